import { imageKey } from '../../pipelines/kind-input.ts'
import { NearDuplicates, plainLetters } from '../../processors/text/near-duplicates.ts'
import { hashId } from '../../schemas/ids.ts'
import { DATA_SET_FOLDS, type DataSetRow, pictureTies, type RowTie, textTies } from './data-set.ts'
import type { NearPictures } from './row-pictures.ts'

/** What rows are grouped by. */
export type GroupableRow = Pick<DataSetRow, 'text' | 'contentId' | 'author' | 'thread' | 'role' | 'images'>

export interface Grouping {
  /** By row. */
  readonly groups: readonly string[]
  readonly folds: readonly number[]
  readonly ties: readonly RowTie[]
  readonly tiesDropped: readonly RowTie[]
  readonly groupCount: number
  /** Of the rows, or of the labels where that is more, in the largest group. */
  readonly largestShare: number
}

/** A group with more than this share of the rows leaves too little to measure on. */
const LARGEST_SHARE_MAX = 0.2
/** Below so many rows of a group nothing is dropped. */
const LARGEST_ROWS_MIN = 20
/** Given up in this order where nearly all rows would be one group: people who meet in threads tie everything together. */
const droppable: readonly RowTie[] = ['thread', 'author', 'nearDuplicate', 'nearPicture']

/**
 * Groups of rows that must not be parted, and folds of about equally many labels and rows. Same rows in the same order, same groups.
 * Memory and time are linear in the rows, as far as finding near pictures is.
 * @param newNearPictures finds near-copies among pictures; without it only the same picture ties
 */
export function groupRows(rows: readonly GroupableRow[], newNearPictures?: () => NearPictures): Grouping {
  const all = tiesOf(rows)
  const pairs = new Map(all.map(tie => [tie, pairsOf(rows, tie, newNearPictures)]))
  const dropped: RowTie[] = []
  for (;;) {
    const ties = all.filter(tie => !dropped.includes(tie))
    const roots = rootsOf(
      rows.length,
      ties.map(tie => pairs.get(tie)!),
    )
    const { sizes, largest, largestShare } = sizesOf(rows, roots)
    const next = droppable.find(tie => all.includes(tie) && !dropped.includes(tie))
    if (next !== undefined && largest >= LARGEST_ROWS_MIN && largestShare > LARGEST_SHARE_MAX) {
      dropped.push(next)
      continue
    }
    const names = namesOf(rows, roots)
    const foldOf = foldsOf(sizes, names)
    return {
      groups: roots.map(root => names.get(root)!),
      folds: roots.map(root => foldOf.get(root)!),
      ties,
      tiesDropped: dropped,
      groupCount: sizes.size,
      largestShare,
    }
  }
}

/** What may tie these rows: pictures where they are of a kind that reads them, else texts. */
export function tiesOf(rows: readonly GroupableRow[]): readonly RowTie[] {
  return rows.some(({ images }) => images !== undefined) ? pictureTies : textTies
}

/** Places of rows that a tie holds together, two by two: each with an earlier one that it is like. */
export function pairsOf(
  rows: readonly GroupableRow[],
  tie: RowTie,
  newNearPictures?: () => NearPictures,
): number[] {
  if (tie === 'nearPicture')
    return newNearPictures === undefined ? [] : nearPicturesOf(rows, newNearPictures())
  const pairs: number[] = []
  if (tie === 'nearDuplicate') {
    const texts = new NearDuplicates()
    rows.forEach(({ text }, i) => {
      for (const other of texts.add(text)) pairs.push(other, i)
    })
    return pairs
  }
  const first = new Map<string, number>()
  rows.forEach((row, i) => {
    for (const key of tieKeysOf(row, tie)) {
      if (key === '') continue
      const earlier = first.get(key)
      if (earlier === undefined) first.set(key, i)
      else if (earlier !== i) pairs.push(earlier, i)
    }
  })
  return pairs
}

function nearPicturesOf(rows: readonly GroupableRow[], pictures: NearPictures): number[] {
  const pairs: number[] = []
  const rowOfPicture: number[] = []
  rows.forEach(({ images = [] }, i) => {
    for (const { hashes } of images) {
      if (hashes === null) continue
      for (const other of pictures.add(Buffer.from(hashes, 'base64')))
        if (rowOfPicture[other] !== i) pairs.push(rowOfPicture[other]!, i)
      rowOfPicture.push(i)
    }
  })
  return pairs
}

/** Union by lowest number, with paths halved (Tarjan & van Leeuwen 1984). */
function rootsOf(rows: number, pairs: readonly (readonly number[])[]): number[] {
  const parents = Array.from({ length: rows }, (_, i) => i)
  const rootOf = (of: number) => {
    let at = of
    while (parents[at] !== at) {
      parents[at] = parents[parents[at]!]!
      at = parents[at]!
    }
    return at
  }
  for (const own of pairs)
    for (let i = 0; i < own.length; i += 2) {
      const [left, right] = [rootOf(own[i]!), rootOf(own[i + 1]!)]
      parents[Math.max(left, right)] = Math.min(left, right)
    }
  return parents.map((_, i) => rootOf(i))
}

/** What rows of one group have in common; empty for what ties to nothing. */
function tieKeysOf(
  row: GroupableRow,
  tie: Exclude<RowTie, 'nearDuplicate' | 'nearPicture'>,
): readonly string[] {
  if (tie === 'samePicture') return (row.images ?? []).map(imageKey)
  if (tie === 'content') return [row.contentId]
  if (tie === 'sameText') return [plainLetters(row.text)]
  return [(tie === 'author' ? row.author : row.thread) ?? '']
}

interface GroupSize {
  readonly labels: number
  readonly rows: number
}

function sizesOf(rows: readonly GroupableRow[], roots: readonly number[]) {
  const sizes = new Map<number, GroupSize>()
  let labels = 0
  roots.forEach((root, i) => {
    const isLabel = rows[i]!.role === 'LABEL' ? 1 : 0
    const size = sizes.get(root) ?? { labels: 0, rows: 0 }
    sizes.set(root, { labels: size.labels + isLabel, rows: size.rows + 1 })
    labels += isLabel
  })
  let largest = 0
  let largestShare = 0
  for (const size of sizes.values()) {
    largest = Math.max(largest, size.rows)
    largestShare = Math.max(largestShare, size.rows / rows.length, labels === 0 ? 0 : size.labels / labels)
  }
  return { sizes, largest, largestShare }
}

/** By the lowest content id of each, so that a group is called the same whatever stands around it. */
function namesOf(rows: readonly GroupableRow[], roots: readonly number[]): Map<number, string> {
  const lowest = new Map<number, string>()
  roots.forEach((root, i) => {
    const { contentId } = rows[i]!
    const known = lowest.get(root)
    if (known === undefined || contentId < known) lowest.set(root, contentId)
  })
  return new Map([...lowest].map(([root, contentId]) => [root, hashId([contentId]).slice(0, 16)]))
}

/** The largest first, each into the fold that has least: of labels where it holds any, else of rows (Graham 1969). */
function foldsOf(
  sizes: ReadonlyMap<number, GroupSize>,
  names: ReadonlyMap<number, string>,
): Map<number, number> {
  const nameOf = (root: number) => names.get(root)!
  const order = [...sizes].sort(
    ([leftRoot, left], [rightRoot, right]) =>
      right.labels - left.labels || right.rows - left.rows || (nameOf(leftRoot) < nameOf(rightRoot) ? -1 : 1),
  )
  const loads = Array.from({ length: DATA_SET_FOLDS }, () => ({ labels: 0, rows: 0 }))
  const folds = new Map<number, number>()
  for (const [root, size] of order) {
    let best = 0
    for (let fold = 1; fold < DATA_SET_FOLDS; fold++) {
      const [one, other] = [loads[fold]!, loads[best]!]
      const fewer =
        size.labels > 0 ? one.labels - other.labels || one.rows - other.rows : one.rows - other.rows
      if (fewer < 0) best = fold
    }
    loads[best]!.labels += size.labels
    loads[best]!.rows += size.rows
    folds.set(root, best)
  }
  return folds
}
