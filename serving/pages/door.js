import { createApi } from './api.js'
import { byId } from './dom.js'

/** The door of a page: asks for a key in a password field and keeps it in this tab's session storage until the tab is closed or it is forgotten. */
const KEY = 'nicr.key'

/** Problems that another key would mend. */
export const keyProblems = ['NICR_KEY_MISSING', 'NICR_KEY_INVALID', 'NICR_ROLE_MISSING']

/**
 * Lets in who has a key that will do, at once where the tab remembers one.
 * @param check asks the server with the key's api; answers `{ problem: { code, detail } }` where it will not do, or whatever `enter` needs
 * @param enter starts the page with the api and what `check` answered
 */
export function keepDoor({ check, enter }) {
  const door = byId('door')
  door.addEventListener('submit', event => {
    event.preventDefault()
    void tryKey(byId('key').value.trim())
  })
  byId('leave').addEventListener('click', () => {
    sessionStorage.clear()
    location.reload()
  })
  const known = sessionStorage.getItem(KEY)
  if (known === null) {
    busy(false)
    show('')
  } else void tryKey(known)

  function show(problem) {
    door.hidden = false
    byId('door-problem').textContent = problem
    byId('key').focus()
  }
  function busy(isBusy) {
    byId('loading').hidden = !isBusy
    document.querySelector('main').setAttribute('aria-busy', String(isBusy))
  }
  async function tryKey(key) {
    const api = createApi(key)
    busy(true)
    const checked = await check(api)
    busy(false)
    if (checked.problem !== undefined) {
      const { code, detail } = checked.problem
      // Where it is the server that cannot answer now, the key is tried again by a click.
      if (keyProblems.includes(code)) sessionStorage.removeItem(KEY)
      else byId('key').value = key
      return show(detail)
    }
    sessionStorage.setItem(KEY, key)
    byId('key').value = ''
    door.hidden = true
    for (const id of ['desk', 'leave']) byId(id).hidden = false
    enter(api, checked)
  }
}
