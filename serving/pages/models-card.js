import { element } from './dom.js'

/** A model card’s Markdown as elements: headings, paragraphs, flat lists, tables, bold and code. Everything else is text. */
export function cardElements(markdown) {
  return markdown
    .trim()
    .split(/\n\s*\n/)
    .map(block => {
      const heading = /^(#{1,4}) (.*)$/.exec(block)
      if (heading !== null) return element(heading[1].length < 3 ? 'h2' : 'h3', '', ...inline(heading[2]))
      if (block.startsWith('|')) return tableOf(block)
      if (block.startsWith('- '))
        return element(
          'ul',
          '',
          ...block.split(/\n(?=- )/).map(item => element('li', '', ...inline(item.slice(2)))),
        )
      return element('p', '', ...inline(block))
    })
}

function tableOf(block) {
  const [head, , ...rows] = block.split('\n').map(line =>
    line
      .replace(/^\||\|\s*$/g, '')
      .split('|')
      .map(cell => cell.trim()),
  )
  const line = (name, cells) => element('tr', '', ...cells.map(cell => element(name, '', ...inline(cell))))
  return element(
    'div',
    'wide',
    element(
      'table',
      '',
      element('thead', '', line('th', head)),
      element('tbody', '', ...rows.map(row => line('td', row))),
    ),
  )
}

function inline(text) {
  return text
    .split(/(\*\*.+?\*\*|`[^`]+`)/)
    .map(part =>
      part.startsWith('**') && part.length > 4
        ? element('b', '', part.slice(2, -2))
        : part.startsWith('`') && part.length > 2
          ? element('code', '', part.slice(1, -1))
          : part,
    )
}
