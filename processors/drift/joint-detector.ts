/**
 * Have all features together changed: an adaptive window over vectors, as `AdaptiveWindow` is over one feature. A shift too small
 * to see in any one feature, such as one along some direction of an embedding, shows in the squared length of the whitened
 * difference of means (Hotelling 1931), which is chi-square with as many degrees as there are features; the bound of its tail is
 * Laurent & Massart's (2000). The reference is the oldest part of the window, so its own size is in the reckoning.
 *
 * False alarms: each look is at level e^-`logLevel` as far as sums of a step are normal; the rate over unlimited looking is
 * measured (`nicr bench drift`), not proven.
 */

const BUCKETS_OF_A_SIZE = 4
const SLOTS = BUCKETS_OF_A_SIZE + 1
const SIZES_MAX = 18
/** Sums of fewer records are too far from normal. */
const RECORDS_MIN = 32
/** Of fewer features each says alone what they would say together. */
export const JOINT_FEATURES_MIN = 3
/** More features than this are not watched jointly: the covariance of the reference would be too rough. */
export const JOINT_FEATURES_MAX = 256
/** Added to the diagonal of the correlation, so that features that follow from each other do no harm. */
const RIDGE = 1e-3

export interface JointReference {
  readonly count: number
  /** Inverse of the Cholesky factor of the features' correlation, rows one after the other. */
  readonly whitening: Float64Array
  readonly dimensions: number
  /** Variance of a step's sum over its number of records: 1 where records are independent. */
  readonly designEffect: number
}

export interface JointChange {
  /** Squared length over its bound. */
  readonly ratio: number
  /** Length of the whitened shift, standard deviations. */
  readonly effect: number
  readonly changedAt: number
  readonly count: number
  /** Newer mean less older mean of each feature, standard deviations. */
  readonly shifts: Float64Array
}

/**
 * @param products sums of the products of the features' values over the reference, rows one after the other
 * @param count its records
 */
export function jointReference(
  products: Float64Array,
  dimensions: number,
  count: number,
  designEffect: number,
): JointReference {
  return { count, dimensions, designEffect, whitening: invertedFactor(products, dimensions, count) }
}

export class JointDetector {
  private readonly reference: JointReference
  private readonly logLevel: number
  private readonly width: number
  private readonly buckets: Float64Array[] = []
  private readonly total: Float64Array
  private steps = 0

  constructor(reference: JointReference, logLevel: number) {
    this.reference = reference
    this.logLevel = logLevel
    this.width = reference.dimensions + 2
    this.total = new Float64Array(reference.dimensions + 1)
    this.total[0] = reference.count
  }

  /**
   * @param sums of the features' values, each of mean 0 and variance 1 under the reference
   * @param at event time, ms since the epoch
   */
  add(count: number, sums: Float64Array, at: number): JointChange | null {
    if (count === 0) return null
    const { dimensions, whitening } = this.reference
    const bucket = new Float64Array(this.width)
    bucket[0] = count
    bucket[1] = at
    for (let row = 0, place = 0; row < dimensions; row++) {
      let sum = 0
      for (let column = 0; column <= row; column++) sum += whitening[place + column]! * sums[column]!
      bucket[2 + row] = sum
      place += dimensions
    }
    this.total[0]! += count
    for (let i = 0; i < dimensions; i++) this.total[1 + i]! += bucket[2 + i]!
    this.insert(bucket)
    this.steps++
    const change = this.look()
    if (change === null) return null
    this.forget(change.newest)
    return change.change
  }

  /** Buckets lie oldest first; of each size at most `SLOTS` follow each other. */
  private insert(bucket: Float64Array): void {
    const { buckets } = this
    buckets.push(bucket)
    const sizes = this.sizes
    sizes.push(0)
    for (let size = 0; size < SIZES_MAX - 1; size++) {
      const first = sizes.indexOf(size)
      if (first < 0 || sizes.lastIndexOf(size) - first + 1 < SLOTS) return
      const [older, newer] = [buckets[first]!, buckets[first + 1]!]
      older[0]! += newer[0]!
      for (let i = 2; i < this.width; i++) older[i]! += newer[i]!
      buckets.splice(first + 1, 1)
      sizes.splice(first + 1, 1)
      sizes[first] = size + 1
    }
  }

  private readonly sizes: number[] = []

  private look(): { change: JointChange; newest: number } | null {
    const { buckets, total, reference, logLevel } = this
    const { dimensions, designEffect } = reference
    const newer = new Float64Array(dimensions + 1)
    const limit = designEffect * (dimensions + 2 * Math.sqrt(dimensions * logLevel) + 2 * logLevel)
    let best: { ratio: number; newest: number; count: number; sums: Float64Array } | null = null
    for (let i = buckets.length - 1; i >= 0; i--) {
      const bucket = buckets[i]!
      newer[0]! += bucket[0]!
      for (let k = 0; k < dimensions; k++) newer[1 + k]! += bucket[2 + k]!
      const count = newer[0]!
      const older = total[0]! - count
      if (count < RECORDS_MIN || older <= 0) continue
      // Older cuts are looked at as rarely as they move.
      if (this.steps % 2 ** this.sizes[i]! !== 0) break
      let squared = 0
      for (let k = 1; k <= dimensions; k++)
        squared += (newer[k]! / count - (total[k]! - newer[k]!) / older) ** 2
      const ratio = squared / (1 / count + 1 / older) / limit
      if (ratio > 1 && ratio > (best?.ratio ?? 0)) best = { ratio, newest: i, count, sums: newer.slice() }
    }
    return best === null ? null : { change: this.changeOf(best), newest: best.newest }
  }

  private changeOf(best: { ratio: number; newest: number; count: number; sums: Float64Array }): JointChange {
    const { total, reference } = this
    const older = total[0]! - best.count
    const whitened = best.sums.subarray(1).map((sum, k) => sum / best.count - (total[1 + k]! - sum) / older)
    return {
      ratio: best.ratio,
      effect: Math.hypot(...whitened),
      changedAt: this.buckets[best.newest]![1]!,
      count: best.count,
      shifts: unwhitened(whitened, reference),
    }
  }

  private forget(newest: number): void {
    this.buckets.splice(0, newest)
    this.sizes.splice(0, newest)
    this.total.fill(0)
    for (const bucket of this.buckets) {
      this.total[0]! += bucket[0]!
      for (let k = 0; k < this.reference.dimensions; k++) this.total[1 + k]! += bucket[2 + k]!
    }
  }

  snapshot(): number[] {
    const { steps, total, sizes, buckets } = this
    return [steps, ...total, sizes.length, ...sizes, ...buckets.flatMap(bucket => [...bucket])]
  }

  restore(numbers: readonly number[]): void {
    const { total, width, sizes, buckets } = this
    this.steps = numbers[0]!
    total.set(numbers.slice(1, 1 + total.length))
    let next = 1 + total.length
    const count = numbers[next++]!
    sizes.splice(0, sizes.length, ...numbers.slice(next, next + count))
    next += count
    buckets.length = 0
    for (let i = 0; i < count; i++, next += width)
      buckets.push(Float64Array.from(numbers.slice(next, next + width)))
  }
}

/** Solves the triangular system that whitening inverted. */
function unwhitened(values: Float64Array, { whitening, dimensions }: JointReference): Float64Array {
  const result = new Float64Array(dimensions)
  for (let row = 0; row < dimensions; row++) {
    let rest = values[row]!
    for (let column = 0; column < row; column++)
      rest -= whitening[row * dimensions + column]! * result[column]!
    result[row] = rest / whitening[row * dimensions + row]!
  }
  return result
}

/** L⁻¹ of the Cholesky factor L of the correlation. */
function invertedFactor(products: Float64Array, size: number, count: number): Float64Array {
  // A record’s own variance is 1: a feature that happened to vary less in the reference is no reason for larger steps.
  const scale = Array.from({ length: size }, (_, i) => Math.sqrt(Math.max(products[i * size + i]!, count)))
  const factor = new Float64Array(size * size)
  for (let i = 0; i < size; i++)
    for (let j = 0; j <= i; j++) {
      const own = i === j ? 1 + RIDGE : products[i * size + j]! / (scale[i]! * scale[j]!)
      let sum = own
      for (let k = 0; k < j; k++) sum -= factor[i * size + k]! * factor[j * size + k]!
      factor[i * size + j] = i === j ? Math.sqrt(Math.max(RIDGE, sum)) : sum / factor[j * size + j]!
    }
  const inverse = new Float64Array(size * size)
  for (let column = 0; column < size; column++)
    for (let row = column; row < size; row++) {
      let sum = row === column ? 1 : 0
      for (let k = column; k < row; k++) sum -= factor[row * size + k]! * inverse[k * size + column]!
      inverse[row * size + column] = sum / factor[row * size + row]!
    }
  return inverse
}
