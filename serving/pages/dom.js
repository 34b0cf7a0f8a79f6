export const byId = id => document.getElementById(id)

/** An element with a class and children. */
export function element(name, className = '', ...children) {
  const node = document.createElement(name)
  if (className !== '') node.className = className
  node.append(...children)
  return node
}

/** A quiet button, for the tools of a post. */
export function tool(text, click) {
  const button = element('button', 'tool', text)
  button.type = 'button'
  button.addEventListener('click', () => click(button))
  return button
}
