import type { DataSetRow, RowTie } from './data-set.ts'
import { type GroupableRow, pairsOf, tiesOf } from './group-rows.ts'
import type { NearPictures } from './row-pictures.ts'

/** Two rows on two sides of a split that tell of one another. */
export interface Leak {
  readonly tie: RowTie
  /** Places of the rows. */
  readonly rows: readonly [number, number]
}

/** More are not looked for: one is too many. */
const LEAKS_MAX = 100

/**
 * Rows of two folds with the same content, the same or nearly the same text or picture, author or thread; none in a sound data set. It looks at the rows
 * as they are, not at how they were grouped.
 * @param ties those that must not cross; those that the data set says it dropped may
 */
export function leaksOf(
  rows: readonly (GroupableRow & Pick<DataSetRow, 'fold'>)[],
  ties: readonly RowTie[] = tiesOf(rows),
  newNearPictures?: () => NearPictures,
): Leak[] {
  const leaks: Leak[] = []
  for (const tie of ties) {
    const pairs = pairsOf(rows, tie, newNearPictures)
    for (let i = 0; i < pairs.length && leaks.length < LEAKS_MAX; i += 2) {
      const [one, other] = [pairs[i]!, pairs[i + 1]!]
      if (rows[one]!.fold !== rows[other]!.fold) leaks.push({ tie, rows: [one, other] })
    }
  }
  return leaks
}
