import { element } from './dom.js'

/** A guideline’s Markdown as elements: headings, paragraphs, flat lists, bold. Everything else is text. */
export function guidelineElements(markdown) {
  const nodes = []
  for (const block of markdown.trim().split(/\n\s*\n/)) {
    const heading = /^(#{1,3}) (.*)$/.exec(block)
    if (heading !== null) nodes.push(element(heading[1].length === 1 ? 'h2' : 'h3', '', heading[2]))
    else if (block.startsWith('- '))
      nodes.push(
        element(
          'ul',
          '',
          ...block.split(/\n(?=- )/).map(item => element('li', '', ...inline(item.slice(2)))),
        ),
      )
    else nodes.push(element('p', '', ...inline(block)))
  }
  return nodes
}

/** The question a guideline asks, for a heading. */
export function questionOf(markdown) {
  const found = /^\*\*The question:\*\* (.+)$/m.exec(markdown)
  return found === null ? '' : found[1][0].toUpperCase() + found[1].slice(1)
}

function inline(text) {
  return text.split(/\*\*(.+?)\*\*/).map((part, i) => (i % 2 === 1 ? element('b', '', part) : part))
}
