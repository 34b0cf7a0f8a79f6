/** An element with properties and children; properties that are not of the element are attributes. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Readonly<Record<string, unknown>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const node = document.createElement(name)
  for (const [property, value] of Object.entries(properties))
    if (property in node) Reflect.set(node, property, value)
    else node.setAttribute(property, String(value))
  node.append(...children)
  return node
}

export function button(text: string, className: string, click: () => void): HTMLButtonElement {
  const node = element('button', { type: 'button', className }, text)
  node.addEventListener('click', click)
  return node
}

export function styleSheet(css: string): CSSStyleSheet {
  // Not a style element, which the strict policy of a page may refuse.
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(css)
  return sheet
}
