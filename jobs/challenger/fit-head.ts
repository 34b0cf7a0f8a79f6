import { featureSettings } from '../../processors/text/features.ts'
import type { LearningRows } from './learning-rows.ts'
import { valueOfBucket } from './learning-rows.ts'
import type { MatchingLoss } from './matching-loss.ts'
import { minimise } from './minimise.ts'

/** Rows with what they should say. */
export interface TaughtRows {
  readonly rows: LearningRows
  /** On the kind's scale; null for rows that should keep the champion's margin. */
  readonly targets: Float64Array | null
  /** 0 leaves a row out. */
  readonly weights: Float64Array
}

/** What is added to the champion's margins: `change[bucket]` times the bucket's value in a text. */
export type HeadChange = Float64Array

/**
 * Fits a linear head that is added to the champion's margin, in one convex problem:
 *
 *   Σ weight · matching loss(champion's margin + change · features, target) + ½ Σ weight · (change · features)² + ½ Σ ridge · change²
 *      over rows with targets                                                   over rows that keep the champion's margin
 *
 * A margin is kept, not its score: a score near 0 or 1 hardly moves while its margin is lost.
 * @param ridges one a bucket; buckets with Infinity are not changed
 */
export function fitHead(
  sets: readonly TaughtRows[],
  loss: MatchingLoss,
  ridges: Float64Array,
  onStep?: () => void,
): HeadChange {
  const problem = compact(sets, ridges)
  const { starts, columns, values, margins, targets, weights, scales, bucketOf } = problem
  const count = margins.length
  const found = minimise(
    (at, gradient) => {
      gradient.set(at)
      let value = 0
      for (let i = 0; i < at.length; i++) value += (at[i]! * at[i]!) / 2
      for (let row = 0; row < count; row++) {
        const from = starts[row]!
        const end = starts[row + 1]!
        let margin = margins[row]!
        for (let i = from; i < end; i++) margin += values[i]! * at[columns[i]!]!
        const target = targets[row]!
        const isKept = Number.isNaN(target)
        const moved = margin - margins[row]!
        value += weights[row]! * (isKept ? (moved * moved) / 2 : loss.loss(margin, target))
        const slope = weights[row]! * (isKept ? moved : loss.slope(margin, target))
        for (let i = from; i < end; i++) gradient[columns[i]!]! += slope * values[i]!
      }
      return value
    },
    bucketOf.length,
    onStep === undefined ? {} : { onStep },
  )
  const change = new Float64Array(featureSettings.buckets)
  for (const [column, bucket] of bucketOf.entries()) change[bucket] = found[column]! * scales[column]!
  return change
}

/** The margin of a row with the change. */
export function changedMargin(
  { starts, buckets, units, margins }: LearningRows,
  row: number,
  change: HeadChange,
) {
  let sum = 0
  for (let i = starts[row]!; i < starts[row + 1]!; i++)
    sum += change[buckets[i]!]! * valueOfBucket(buckets[i]!)
  return margins[row]! + units[row]! * sum
}

/** Only rows that count, and of them only features that may change, each scaled so that its ridge is 1. */
function compact(sets: readonly TaughtRows[], ridges: Float64Array) {
  const columnOf = new Int32Array(ridges.length).fill(-1)
  const bucketOf: number[] = []
  for (const [bucket, ridge] of ridges.entries())
    if (Number.isFinite(ridge)) {
      columnOf[bucket] = bucketOf.length
      bucketOf.push(bucket)
    }
  const scales = Float64Array.from(bucketOf, bucket => 1 / Math.sqrt(ridges[bucket]!))
  const taught = sets.flatMap(({ rows, weights }) =>
    Array.from(weights.keys())
      .filter(row => weights[row]! > 0)
      .map(row => ({ rows, row })),
  )
  const size = taught.reduce((sum, { rows, row }) => sum + rows.starts[row + 1]! - rows.starts[row]!, 0)
  const columns = new Int32Array(size)
  const values = new Float32Array(size)
  const starts = new Int32Array(taught.length + 1)
  const margins = new Float64Array(taught.length)
  let end = 0
  for (const [at, { rows, row }] of taught.entries()) {
    const unit = rows.units[row]!
    margins[at] = rows.margins[row]!
    for (let i = rows.starts[row]!; i < rows.starts[row + 1]!; i++) {
      const bucket = rows.buckets[i]!
      const column = columnOf[bucket]!
      if (column === -1) continue
      columns[end] = column
      values[end++] = unit * valueOfBucket(bucket) * scales[column]!
    }
    starts[at + 1] = end
  }
  const inOrder = (of: (set: TaughtRows, row: number) => number) =>
    Float64Array.from(
      sets.flatMap(set =>
        [...set.weights.keys()].filter(row => set.weights[row]! > 0).map(row => of(set, row)),
      ),
    )
  return {
    starts,
    columns,
    values,
    margins,
    targets: inOrder(({ targets }, row) => targets?.[row] ?? Number.NaN),
    weights: inOrder((set, row) => set.weights[row]!),
    scales,
    bucketOf,
  }
}
