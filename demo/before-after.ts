/** A figure before the drift, under it, and after the promotion. */
export interface BeforeAfterRow {
  readonly name: string
  readonly before: number | null
  readonly after: number | null
  /** How it is written: a share as percent, a number of points, a whole number. */
  readonly unit: 'share' | 'points' | 'count'
}

const HEADS = ['', 'before', 'after', 'change'] as const
const MISSING = '–'

/** The table for a terminal, in lines of equal width. */
export function beforeAfterTable(rows: readonly BeforeAfterRow[]): string {
  const cells = [
    [...HEADS],
    ...rows.map(({ name, before, after, unit }) => [
      name,
      shown(before, unit),
      shown(after, unit),
      change(before, after, unit),
    ]),
  ]
  const widths = HEADS.map((_, column) => Math.max(...cells.map(row => row[column]!.length)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('  ')
  const rule = widths.map(width => '─'.repeat(width)).join('  ')
  return [line(cells[0]!), rule, ...cells.slice(1).map(line)].join('\n')
}

function shown(value: number | null, unit: BeforeAfterRow['unit']): string {
  if (value === null) return MISSING
  if (unit === 'share') return `${(value * 100).toFixed(1)} %`
  return unit === 'points' ? value.toFixed(2) : String(Math.round(value))
}

function change(before: number | null, after: number | null, unit: BeforeAfterRow['unit']): string {
  if (before === null || after === null) return MISSING
  const size = Math.abs(after - before)
  // Percent of what, one would ask.
  const text = unit === 'share' ? `${(size * 100).toFixed(1)} points` : shown(size, unit)
  return `${after >= before ? '+' : '−'}${text}`
}
