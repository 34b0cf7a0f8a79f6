import { NearDuplicates } from '../../processors/text/near-duplicates.ts'
import { type DataSetRow, type RowTie, rowTies } from './data-set.ts'
import { type GroupableRow, tieKeyOf } from './group-rows.ts'

/** Two rows on two sides of a split that tell of one another. */
export interface Leak {
  readonly tie: RowTie
  /** Places of the rows. */
  readonly rows: readonly [number, number]
}

/** More are not looked for: one is too many. */
export const LEAKS_MAX = 100

/**
 * Rows of two folds with the same content, the same or nearly the same text, author or thread; none in a sound data set. It looks at the rows
 * as they are, not at how they were grouped.
 * @param ties those that must not cross; those that the data set says it dropped may
 */
export function leaksOf(
  rows: readonly (GroupableRow & Pick<DataSetRow, 'fold'>)[],
  ties: readonly RowTie[] = rowTies,
): Leak[] {
  const leaks: Leak[] = []
  const report = (tie: RowTie, one: number, other: number) => {
    if (rows[one]!.fold !== rows[other]!.fold && leaks.length < LEAKS_MAX)
      leaks.push({ tie, rows: [one, other] })
  }
  for (const tie of ties)
    if (tie === 'nearDuplicate') {
      const texts = new NearDuplicates()
      rows.forEach(({ text }, i) => {
        for (const other of texts.add(text)) report(tie, other, i)
      })
    } else {
      const first = new Map<string, number>()
      rows.forEach((row, i) => {
        const key = tieKeyOf(row, tie)
        if (key === '') return
        const earlier = first.get(key)
        if (earlier === undefined) first.set(key, i)
        else report(tie, earlier, i)
      })
    }
  return leaks
}

/**
 * A split by time: rows before a moment to learn from, and those from then on to measure on, without rows whose group lies on both sides
 * among the earlier ones.
 * @param rows the earliest first
 * @param laterShare of the rows that are later, 0–1
 */
export function splitByTime<Row extends Pick<DataSetRow, 'group'>>(
  rows: readonly Row[],
  laterShare: number,
): { readonly earlier: readonly Row[]; readonly later: readonly Row[] } {
  const later = rows.slice(Math.ceil(rows.length * (1 - laterShare)))
  const held = new Set(later.map(({ group }) => group))
  return { earlier: rows.slice(0, rows.length - later.length).filter(({ group }) => !held.has(group)), later }
}
