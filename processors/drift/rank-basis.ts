/**
 * Values become bins of a reference's quantiles, and bins become orthonormal polynomials of the reference rank: under the
 * reference each has mean 0 and variance 1, they are uncorrelated, and a change of location, spread, skew or shape is a change
 * of mean in the first, second, third or fourth. They are bounded, so no outlier can move them far. These are the components
 * of Neyman's smooth test (Neyman 1937; Rayner & Best 1989), here on discrete classes.
 */

/** Polynomials watched for each feature: location, spread, skew, tails. */
export const RANK_MOMENTS = 4
export const momentNames = ['location', 'spread', 'skew', 'shape'] as const

/** Bins a feature is cut into: quantiles of the reference. */
const BINS_MAX = 20

/**
 * Inner edges of at most `binsMax` bins with about equally many of the values; equal values share a bin. Values that are not
 * finite are left out. A feature that never varies gets a bin for its value, and one for what is below and above it.
 * @returns ascending; none for a feature without a value
 */
export function quantileEdges(values: Iterable<number>, binsMax = BINS_MAX): Float64Array {
  const sorted = Float64Array.from(finite(values)).sort()
  const edges: number[] = []
  for (let k = 1; k < binsMax && sorted.length > 0; k++) {
    const edge = sorted[Math.floor((k * sorted.length) / binsMax)]!
    if (edge > (edges.at(-1) ?? sorted[0]!)) edges.push(edge)
  }
  // A value that is nearly always the same would leave one bin, and hide when the rare ones become common.
  const last = sorted.at(-1)
  const first = sorted[0]
  if (edges.length === 0 && first !== undefined && last !== undefined && last > first)
    edges.push(sorted[upperBound(sorted, first)]!)
  // All the same so far: any other value is another bin, or it would go unseen for good.
  if (first !== undefined && first === last) edges.push(first, nextAbove(first))
  return Float64Array.from(edges)
}

/** The bin of a finite value: how many edges are at or below it. */
export function binOf(edges: Float64Array, value: number): number {
  let low = 0
  let high = edges.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (value >= edges[middle]!) low = middle + 1
    else high = middle
  }
  return low
}

export interface RankBasis {
  readonly bins: number
  /** The group of each bin: bins of one are told apart by no polynomial. */
  readonly groups: Uint16Array
  /** Share of each bin under the reference, smoothed by half a record, above 0. */
  readonly shares: Float64Array
  /** `moments[bin * RANK_MOMENTS + k]`; 0 for those beyond what the bins can tell apart. */
  readonly moments: Float32Array
  /** How many polynomials there are: at most `RANK_MOMENTS`, at most one fewer than there are bins. */
  readonly degree: number
  /** Largest absolute value of the first polynomial. */
  readonly locationMax: number
}

/** A group of bins holds at least this share of the reference, and so many records: the polynomials stay small. */
const GROUP_SHARE_MIN = 0.005
const GROUP_RECORDS_MIN = 5

/** The polynomials of a reference, from how many of its records fell into each bin. Rare bins count as one with their neighbours. */
export function rankBasis(counts: ArrayLike<number>): RankBasis {
  const bins = counts.length
  const { groups, groupCounts } = grouped(counts)
  const size = groupCounts.length
  const groupShares = smoothed(groupCounts)
  const ranks = new Float64Array(size)
  let below = 0
  for (let group = 0; group < size; group++) {
    ranks[group] = below + groupShares[group]! / 2
    below += groupShares[group]!
  }
  const degree = Math.max(0, Math.min(RANK_MOMENTS, size - 1))
  const moments = new Float32Array(bins * RANK_MOMENTS)
  let locationMax = 0
  const basis: Float64Array[] = [new Float64Array(size).fill(1)]
  for (let k = 1; k <= degree; k++) {
    const polynomial = orthonormal(
      ranks.map(rank => rank ** k),
      basis,
      groupShares,
    )
    basis.push(polynomial)
    for (let bin = 0; bin < bins; bin++) {
      const value = polynomial[groups[bin]!]!
      moments[bin * RANK_MOMENTS + k - 1] = value
      if (k === 1) locationMax = Math.max(locationMax, Math.abs(value))
    }
  }
  return { bins, groups, shares: spread(groups, groupShares), moments, degree, locationMax }
}

/** Shares of the bins by other records than those of the basis, smoothed as its own are. */
export function sharesBy({ groups }: RankBasis, counts: ArrayLike<number>): Float64Array {
  const groupCounts = new Array<number>(Math.max(...groups) + 1).fill(0)
  for (let bin = 0; bin < groups.length; bin++) groupCounts[groups[bin]!]! += counts[bin]!
  return spread(groups, smoothed(groupCounts))
}

/** Counts as shares, smoothed by half a record: none is 0. */
function smoothed(counts: readonly number[]): Float64Array {
  const records = counts.reduce((sum, count) => sum + count, 0)
  return Float64Array.from(counts, count => (count + 0.5) / (records + 0.5 * counts.length))
}

/** Bins of a group share its share. */
function spread(groups: Uint16Array, groupShares: Float64Array): Float64Array {
  const members = new Float64Array(groupShares.length)
  for (const group of groups) members[group]!++
  return Float64Array.from(groups, group => groupShares[group]! / members[group]!)
}

/** Which group each bin belongs to, and the records of each group. */
function grouped(counts: ArrayLike<number>): { groups: Uint16Array; groupCounts: number[] } {
  const bins = counts.length
  let records = 0
  let largest = 0
  for (let bin = 0; bin < bins; bin++) {
    records += counts[bin]!
    if (counts[bin]! > counts[largest]!) largest = bin
  }
  const enough = Math.max(GROUP_RECORDS_MIN, records * GROUP_SHARE_MIN)
  const groups = new Uint16Array(bins)
  const groupCounts: number[] = []
  let own = 0
  for (let bin = 0; bin < bins; bin++) {
    groups[bin] = groupCounts.length
    own += counts[bin]!
    if (own < enough) continue
    groupCounts.push(own)
    own = 0
  }
  if (groupCounts.length > 0) {
    // What is left over at the end is too rare for a group of its own.
    groupCounts[groupCounts.length - 1]! += own
    for (let bin = 0; bin < bins; bin++) groups[bin] = Math.min(groups[bin]!, groupCounts.length - 1)
  } else groupCounts.push(own)
  if (groupCounts.length > 1 || bins < 2) return { groups, groupCounts }
  // Nearly all in one bin: then whether a record is in it is what can change.
  const isLast = largest === bins - 1
  const isConstant = counts[largest]! === records
  for (let bin = 0; bin < bins; bin++) {
    const isAbove = isConstant ? bin !== largest : bin > largest
    groups[bin] = (isLast ? bin === largest : isAbove) ? 1 : 0
  }
  const above = Array.from({ length: bins }, (_, bin) => (groups[bin] === 1 ? counts[bin]! : 0))
  const second = above.reduce((sum, count) => sum + count, 0)
  return { groups, groupCounts: [records - second, second] }
}

/** Gram and Schmidt, twice over for the digits that one pass loses. */
function orthonormal(
  polynomial: Float64Array,
  basis: readonly Float64Array[],
  weights: Float64Array,
): Float64Array {
  for (let pass = 0; pass < 2; pass++)
    for (const other of basis) {
      const part = innerProduct(polynomial, other, weights)
      for (let bin = 0; bin < polynomial.length; bin++) polynomial[bin]! -= part * other[bin]!
    }
  const norm = Math.sqrt(innerProduct(polynomial, polynomial, weights))
  return polynomial.map(value => value / norm)
}

function innerProduct(left: Float64Array, right: Float64Array, weights: Float64Array): number {
  let sum = 0
  for (let bin = 0; bin < left.length; bin++) sum += weights[bin]! * left[bin]! * right[bin]!
  return sum
}

/** A number above a finite one, no further than two of its last digits. */
function nextAbove(value: number): number {
  return value + Math.max(Number.MIN_VALUE, Math.abs(value) * Number.EPSILON)
}

function upperBound(sorted: Float64Array, value: number): number {
  let index = 0
  while (index < sorted.length && sorted[index]! <= value) index++
  return Math.min(index, sorted.length - 1)
}

function* finite(values: Iterable<number>): Generator<number> {
  for (const value of values) if (Number.isFinite(value)) yield value
}
