import { RANK_MOMENTS, type RankBasis, rankBasis, sharesBy } from './rank-basis.ts'
import { addHour, createHourSums, fitSeason, type HourSums, type Season, showsDay } from './season.ts'
import { addRhythm, createRhythmSums, provisionalSeason, type RhythmSums } from './unknown-rhythm.ts'

/** What a feature was like when nothing had changed: shares of its bins, the rhythm of its days, how alike neighbours are. */
export interface FeatureReference {
  readonly basis: RankBasis
  /** Records it was made from; what it is off by follows from it. */
  readonly count: number
  /** Records of each bin. */
  readonly counts: Float64Array
  /** Share of each bin, by those records and by what followed while the rhythm is not known: the law of the moments. */
  readonly law: Float64Array
  /** Mean of each moment, where there is no season. */
  readonly means: Float64Array
  /** Variance of a step's sum over its number of records, for each moment: 1 where records are independent. */
  readonly designEffects: Float64Array
  readonly season: Season | null
  /** Sums by hour, from which the season was fitted. */
  readonly hours: HourSums
  /** What is known of the rhythm while it may have one and that does not show yet; null where it shows or is not asked for. */
  readonly rhythm: RhythmSums | null
  /** Records of each bin that the polynomials were made of. */
  readonly basisCounts: Float64Array
}

/** Steps needed before neighbouring records are believed to be alike. */
const STEPS_MIN = 30
const DESIGN_EFFECT_MAX = 20
/** Under their own reference all moments have mean 0. */
const NO_MEANS = new Float64Array(RANK_MOMENTS)

/** One step of a reference: records by bin, in the order they came. */
export interface ReferenceStep {
  readonly at: number
  /** Count of each bin. */
  readonly bins: ArrayLike<number>
}

/**
 * The reference of a feature from steps of it, in the order of the log.
 * @param isBeginning whether they are the stream's own first ones, a stretch of its day: then what follows may be the rest of a rhythm
 */
export function featureReference(
  bins: number,
  steps: readonly ReferenceStep[],
  isBeginning = false,
): FeatureReference {
  const counts = new Float64Array(bins)
  for (const step of steps) for (let bin = 0; bin < bins; bin++) counts[bin]! += step.bins[bin]!
  const basis = rankBasis(counts)
  const plain = new Float64Array(RANK_MOMENTS).fill(1)
  const hours = createHourSums()
  const sums = new Float64Array(RANK_MOMENTS)
  for (const { at, bins: own } of steps) addHour(hours, at, momentSums(basis, own, 0, sums), sums)
  const designEffects = designEffectsOf(basis, steps)
  const rhythm = isBeginning && !showsDay(hours) ? createRhythmSums() : null
  if (rhythm !== null)
    for (const { at, bins: own } of steps) addRhythm(rhythm, at, momentSums(basis, own, 0, sums), sums)
  return {
    basis,
    count: counts.reduce((sum, count) => sum + count, 0),
    counts,
    law: basis.shares,
    means: NO_MEANS,
    designEffects,
    season: rhythm === null ? fitSeason(hours, plain) : provisionalSeason(rhythm, designEffects),
    hours,
    rhythm,
    basisCounts: counts,
  }
}

/**
 * A reference and what followed it as one: it keeps its polynomials, and its means and season follow.
 * @param counts records of each bin that followed
 * @param hours sums by hour of both
 */
export function grownReference(
  reference: FeatureReference,
  counts: Float64Array,
  hours: HourSums,
): FeatureReference {
  const { designEffects, basis } = reference
  const together = reference.counts.map((count, bin) => count + counts[bin]!)
  const means = new Float64Array(RANK_MOMENTS)
  const count = momentSums(basis, together, 0, means)
  for (let k = 0; k < RANK_MOMENTS; k++) means[k]! /= Math.max(1, count)
  return {
    ...reference,
    count,
    counts: together,
    law: sharesBy(basis, together),
    means,
    season: fitSeason(hours, designEffects),
    hours,
    rhythm: null,
  }
}

/**
 * A reference whose rhythm is not known yet, with what its sums say of it by now.
 * @param counts records of each bin that followed
 */
export function rhythmRefined(reference: FeatureReference, counts: Float64Array): FeatureReference {
  const { rhythm, designEffects, basis } = reference
  if (rhythm === null) return reference
  const together = reference.counts.map((count, bin) => count + counts[bin]!)
  return {
    ...reference,
    law: sharesBy(basis, together),
    season: provisionalSeason(rhythm, designEffects),
  }
}

/**
 * A reference with the rhythm of what followed, not its mean: something was found, so it may lie elsewhere.
 * @param hours sums by hour of what followed
 */
export function rhythmLearned(reference: FeatureReference, hours: HourSums): FeatureReference {
  const { designEffects, season: before, counts } = reference
  const fitted = fitSeason(hours, designEffects)
  const means = before?.means ?? [...reference.means]
  // A mean of a few hours says little of that of a day: the reference weighs what it is worth.
  const worth = before?.covariance
    ? Math.min(1, Math.max(...designEffects) / before.covariance[0]! / Math.max(1, reference.count))
    : 1
  return {
    ...reference,
    count: reference.count * worth,
    counts: counts.map(count => count * worth),
    means: Float64Array.from(means),
    season: fitted && { ...fitted, means },
    hours,
    rhythm: null,
  }
}

/** Fills `into` with the sums of the moments of binned records, and answers how many records they are. */
export function momentSums(
  basis: RankBasis,
  bins: ArrayLike<number>,
  offset: number,
  into: Float64Array,
): number {
  const { moments } = basis
  let count = 0
  into.fill(0)
  for (let bin = 0; bin < basis.bins; bin++) {
    const own = bins[offset + bin]!
    if (own === 0) continue
    count += own
    const place = bin * RANK_MOMENTS
    for (let k = 0; k < RANK_MOMENTS; k++) into[k]! += own * moments[place + k]!
  }
  return count
}

/** From neighbouring steps, so that a rhythm of the day does not pass for likeness (von Neumann 1941). */
function designEffectsOf(basis: RankBasis, steps: readonly ReferenceStep[]): Float64Array {
  const effects = new Float64Array(RANK_MOMENTS)
  const sums = new Float64Array(RANK_MOMENTS)
  let before: Float64Array | null = null
  let pairs = 0
  for (const { bins } of steps) {
    const count = momentSums(basis, bins, 0, sums)
    if (count === 0) continue
    const scaled = sums.map(sum => sum / Math.sqrt(count))
    if (before !== null) {
      for (let k = 0; k < RANK_MOMENTS; k++) effects[k]! += (scaled[k]! - before[k]!) ** 2 / 2
      pairs++
    }
    before = scaled
  }
  return effects.map(effect =>
    pairs < STEPS_MIN ? 1 : Math.min(DESIGN_EFFECT_MAX, shrunk(effect / pairs, pairs)),
  )
}

/** Between 1, that of independent records, and what was measured; less than 1 is chance. */
function shrunk(measured: number, pairs: number): number {
  const noise = Math.sqrt(3 / pairs)
  return measured <= 1 + 2 * noise ? 1 : measured
}

/** A reference as JSON can say it. */
export interface FeatureReferenceState {
  readonly basisCounts: readonly number[]
  readonly counts: readonly number[]
  /** That of the counts unless given. */
  readonly law?: readonly number[]
  readonly means: readonly number[]
  readonly designEffects: readonly number[]
  readonly season: Season | null
  /** null where no hour was seen: JSON has no infinity. */
  readonly from: number | null
  readonly to: number | null
  /** The sums that are not 0: place, then sum. */
  readonly hours: readonly (readonly [number, number])[]
  readonly rhythm?: readonly number[] | null
}

export function referenceState(reference: FeatureReference): FeatureReferenceState {
  const { basisCounts, counts, law, means, designEffects, season, hours, rhythm } = reference
  return {
    basisCounts: [...basisCounts],
    counts: [...counts],
    law: [...law],
    means: [...means],
    designEffects: [...designEffects],
    season,
    from: Number.isFinite(hours.from) ? hours.from : null,
    to: Number.isFinite(hours.to) ? hours.to : null,
    hours: [...hours.hours.entries()].filter(([, sum]) => sum !== 0),
    rhythm: rhythm && [...rhythm],
  }
}

export function referenceOfState(state: FeatureReferenceState): FeatureReference {
  const hours = createHourSums()
  hours.from = state.from ?? Number.POSITIVE_INFINITY
  hours.to = state.to ?? Number.NEGATIVE_INFINITY
  for (const [place, sum] of state.hours) hours.hours[place] = sum
  const counts = Float64Array.from(state.counts)
  const basis = rankBasis(state.basisCounts)
  return {
    basis,
    law: state.law === undefined ? sharesBy(basis, counts) : Float64Array.from(state.law),
    basisCounts: Float64Array.from(state.basisCounts),
    count: counts.reduce((sum, count) => sum + count, 0),
    counts,
    means: Float64Array.from(state.means),
    designEffects: Float64Array.from(state.designEffects),
    season: state.season,
    hours,
    rhythm: state.rhythm ? Float64Array.from(state.rhythm) : null,
  }
}
