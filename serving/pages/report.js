import { element, tool } from './dom.js'
import { readsPictures } from './scores.js'

/** "Seems wrong" on a post: which score, and what it should be. */
const choices = [
  ['niceness', 8, 'kind'],
  ['niceness', 5, 'plain'],
  ['niceness', 2, 'unkind'],
  ['text-spam', 1, 'spam'],
  ['text-spam', 0, 'not spam'],
  ['image-spam', 1, 'spam in a picture'],
  ['image-spam', 0, 'no spam in a picture'],
]

/** @param kinds the post's scores by kind, as far as they have come */
export function createReport({ kinds, send }) {
  const button = tool('Report', () => toggle(node.hidden))
  button.setAttribute('aria-expanded', 'false')
  const options = choices.map(([kind, expected, label]) => tool(label, () => choose({ kind, expected })))
  const node = element(
    'div',
    'post-report',
    element('p', '', 'The score seems wrong. This is really…'),
    element('div', 'row', ...options),
  )
  node.hidden = true
  node.setAttribute('role', 'group')
  node.setAttribute('aria-label', 'Report a wrong score')
  node.addEventListener('keydown', event => {
    if (event.key === 'Escape') toggle(false)
  })

  function toggle(isShown) {
    node.hidden = !isShown
    for (const [index, [kind]] of choices.entries())
      options[index].hidden = readsPictures(kind) && !kinds.has(kind)
    button.setAttribute('aria-expanded', String(isShown))
    if (isShown) options[0].focus()
    else button.focus()
  }

  async function choose(choice) {
    for (const option of options) option.disabled = true
    const isSent = await send(choice)
    for (const option of options) option.disabled = false
    if (!isSent) return
    toggle(false)
    button.textContent = 'Reported'
  }

  return { button, node }
}
