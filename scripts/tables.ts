const RULER_MIN = 3

/** A Markdown table laid out as the formatter does it: columns padded to their widest cell. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map(row => row.map(cell => cell.replaceAll('|', '\\|')))
  const widths = head.map((_, column) => Math.max(RULER_MIN, ...cells.map(row => widthOf(row[column]!))))
  const line = (row: readonly string[], filling = ' ') =>
    `| ${row.map((cell, column) => cell + filling.repeat(widths[column]! - widthOf(cell))).join(' | ')} |\n`
  const ruler = line(
    head.map(() => ''),
    '-',
  )
  return (
    line(cells[0]!) +
    ruler +
    cells
      .slice(1)
      .map(row => line(row))
      .join('')
  )
}

/** Columns on a terminal, as the formatter counts them: an emoji takes two. */
function widthOf(text: string): number {
  return [...text].reduce((sum, character) => sum + (/\p{Emoji_Presentation}/u.test(character) ? 2 : 1), 0)
}
