import { byId } from './dom.js'

/**
 * The dialogue in which an admin says something to the loop, with a reason.
 * @param done called with what was done, in a sentence
 */
export function createSay(api, done) {
  const dialog = byId('say')
  let wish = null
  byId('say-cancel').addEventListener('click', () => dialog.close())
  byId('say-form').addEventListener('submit', event => {
    event.preventDefault()
    void send()
  })

  async function send() {
    byId('say-do').disabled = true
    const reason = byId('say-reason').value.trim()
    const { ok, body } = await api.post(wish.path, { ...wish.body, ...(reason !== '' && { reason }) })
    byId('say-do').disabled = false
    if (!ok) {
      byId('say-problem').textContent = body.detail
      return
    }
    dialog.close()
    done(wish.done)
  }

  /** @param next `{ title, text, action, path, body, done }` */
  return next => {
    wish = next
    byId('say-title').textContent = next.title
    byId('say-text').textContent = next.text
    byId('say-do').textContent = next.action
    byId('say-reason').value = ''
    byId('say-problem').textContent = ''
    dialog.showModal()
    byId('say-reason').focus()
  }
}
