/** Puts new nodes in a place, and keeps what a reader unfolded there and where the keyboard was, by `data-key`. */
export function redraw(place, nodes) {
  const open = new Set([...place.querySelectorAll('details[open]')].map(({ dataset }) => dataset.key))
  const focused = place.contains(document.activeElement) ? keyOf(document.activeElement) : undefined
  place.replaceChildren(...nodes)
  for (const more of place.querySelectorAll('details')) more.open = open.has(more.dataset.key)
  if (focused === undefined) return
  for (const node of place.querySelectorAll('button, summary')) if (keyOf(node) === focused) node.focus()
}

function keyOf(node) {
  return node.dataset.key ?? (node.localName === 'summary' ? `summary ${node.parentElement.dataset.key}` : undefined)
}
