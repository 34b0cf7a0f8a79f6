import { RANK_MOMENTS } from './rank-basis.ts'
import { type Season, solve, waveAngle } from './season.ts'

/**
 * What a rhythm of the day could still explain while it is not known: less than a day and a half was seen. The harmonics of a day
 * are given a prior (mean 0, `PRIOR_SDS`), and what was seen so far narrows it: Bayesian linear regression (Gelman et al., Bayesian Data
 * Analysis, ch. 14). The posterior mean is taken out as a season is, and its predictive variance at an hour is allowed for, so hours like
 * those seen are judged almost as strictly as if the rhythm were known, and hours far from them loosely. A stream that stayed level
 * for most of a day has shown that it has no rhythm worth the name.
 *
 * False alarms: as with a known season where the rhythm is a draw from the prior; amplitudes far above it (1 standard
 * deviation and more) can still raise some on the first day.
 */

const DAY_MS = 24 * 3_600_000
const PERIODS = [DAY_MS, DAY_MS / 2] as const
/** Standard deviation of each harmonic's sine and cosine, in standard deviations of the reference's ranks. */
const PRIOR_SDS = [0.3, 0.1] as const
/** As good as no prior of the mean. */
const MEAN_PRIOR_SD = 100
const TERMS = 1 + 2 * PERIODS.length
const PAIRS = (TERMS * (TERMS + 1)) / 2

/** Normal equations of mean and harmonics: the lower triangle of the matrix, then the right side of each moment. They merge by addition. */
export type RhythmSums = Float64Array

export function createRhythmSums(): RhythmSums {
  return new Float64Array(PAIRS + TERMS * RANK_MOMENTS)
}

/** Adds records of about one time: how many, and the sums of their moments. */
export function addRhythm(into: RhythmSums, at: number, count: number, sums: ArrayLike<number>): void {
  const row = rowAt(at)
  let place = 0
  for (let i = 0; i < TERMS; i++) for (let j = 0; j <= i; j++) into[place++]! += count * row[i]! * row[j]!
  for (let k = 0; k < RANK_MOMENTS; k++) for (let i = 0; i < TERMS; i++) into[place++]! += sums[k]! * row[i]!
}

/** Records added. */
export function recordsOf(sums: RhythmSums): number {
  return sums[0]!
}

/** @param designEffects variance of a sum of records over their number, for each moment: the largest counts for all */
export function provisionalSeason(sums: RhythmSums, designEffects: Float64Array): Season {
  const effect = Math.max(...designEffects)
  const precision = Array.from({ length: TERMS }, (_, i) =>
    Array.from({ length: TERMS }, (_, j) => sums[i >= j ? pairOf(i, j) : pairOf(j, i)]! / effect),
  )
  for (let i = 0; i < TERMS; i++)
    precision[i]![i]! += (i === 0 ? MEAN_PRIOR_SD : PRIOR_SDS[(i - 1) >> 1]!) ** -2
  // The matrix is positive definite, the prior sees to that.
  const covariance = precision.map(
    (_, i) =>
      solve(
        precision,
        precision.map((_, j) => (i === j ? 1 : 0)),
      )!,
  )
  const means: number[] = []
  const coefficients: number[][] = []
  for (let k = 0; k < RANK_MOMENTS; k++) {
    const right = sums.subarray(PAIRS + k * TERMS, PAIRS + (k + 1) * TERMS)
    const solved = covariance.map(own => own.reduce((sum, value, i) => sum + (value * right[i]!) / effect, 0))
    means.push(solved[0]!)
    coefficients.push(solved.slice(1))
  }
  return { periods: PERIODS, means, coefficients, variance: 0, covariance: covariance.flat() }
}

/** Variance of what a season that is not known yet lets expect at a time; 0 of one that is. */
export function unknownVarianceAt({ covariance }: Season, at: number): number {
  if (!covariance) return 0
  const row = rowAt(at)
  let variance = 0
  for (let i = 0; i < TERMS; i++)
    for (let j = 0; j < TERMS; j++) variance += covariance[i * TERMS + j]! * row[i]! * row[j]!
  return Math.max(0, variance)
}

function pairOf(i: number, j: number): number {
  return (i * (i + 1)) / 2 + j
}

/** The terms at a time. All features of a step ask for the same. */
function rowAt(at: number): Float64Array {
  if (at === latest.at) return latest.row
  latest.at = at
  latest.row[0] = 1
  PERIODS.forEach((period, i) => {
    const angle = waveAngle(at, period)
    latest.row[1 + 2 * i] = Math.sin(angle)
    latest.row[2 + 2 * i] = Math.cos(angle)
  })
  return latest.row
}

const latest = { at: Number.NaN, row: new Float64Array(TERMS) }
