import { element } from './dom.js'

/** The boxes of a question as a list: numbered, each with a name and a way to move and delete it. */

/**
 * @param boxes of the question, in order
 * @param acts `{ move, remove }`, each called with a box
 */
export function boxRows(boxes, { move, remove }) {
  return boxes.map((box, i) => {
    const name = element('input', 'box-name')
    Object.assign(name, {
      value: box.name ?? '',
      maxLength: 100,
      autocomplete: 'off',
      placeholder: 'whose logo',
    })
    name.setAttribute('list', 'box-names')
    name.setAttribute('aria-label', `Name of box ${i + 1}`)
    name.addEventListener('input', () => {
      box.name = name.value.trim() === '' ? null : name.value.trim()
    })
    name.addEventListener('keydown', event => {
      if (event.key !== 'Enter' && event.key !== 'Escape') return
      event.preventDefault()
      // The answer keys work again.
      name.blur()
    })
    return element(
      'li',
      'box-row',
      element('span', 'box-number', String(i + 1)),
      name,
      button('Move', `Move box ${i + 1}`, () => move(box)),
      button('Delete', `Delete box ${i + 1}`, () => remove(box)),
    )
  })
}

function button(text, label, click) {
  const node = element('button', 'quiet', text)
  node.type = 'button'
  node.setAttribute('aria-label', label)
  node.addEventListener('click', click)
  return node
}

/** Names as choices of a datalist. */
export function nameOptions(names) {
  return names.map(name => {
    const option = element('option')
    option.value = name
    return option
  })
}

/** A box over the picture. `state` is kept, drawn or read. */
export function boxElement(box, { state, text }) {
  const node = element('div', 'box', ...(text === '' ? [] : [element('span', 'box-tag', text)]))
  node.dataset.state = state
  for (const [side, from] of [
    ['left', box.x],
    ['top', box.y],
    ['width', box.width],
    ['height', box.height],
  ])
    node.style[side] = `${100 * from}%`
  return node
}
