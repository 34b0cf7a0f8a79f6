import { probabilityEdges } from './declared-features.ts'
import { normalTwoSidedThreshold } from './statistics/special-functions.ts'

/**
 * How large the share of a class is in records without labels, by EM for prior shift (Saerens, Latinne & Decaestecker, Neural
 * Computation 14, 2002). If only the share moved, and what each class looks like did not, records with the calibrated
 * probability p under the share π₀ have the likelihood ratio
 *
 *   w(p; π) = π/π₀ · p + (1 − π)/(1 − π₀) · (1 − p)
 *
 * to what they were, and EM climbs to the π at which Σ ln w is largest. That sum is concave in π, so there is one maximum
 * and EM reaches it from anywhere; it is estimated from the bins of `probabilityEdges`, each taken at its middle.
 */

/** No share is estimated nearer to 0 or 1 than this: its log-odds must stay finite. */
export const SHARE_MIN = 1e-4
/** EM ends where a step moves the share by less. */
const STEP_MIN = 1e-10
/** EM is linear: probabilities that say next to nothing make it slow. Beyond so many steps the interval is wide whatever is answered. */
const STEPS_MAX = 10_000
/** Steps by which a maximum between two estimates is found: each leaves two thirds of what was between them. */
const SEARCH_STEPS = 60
const INTERVAL_LEVEL = 0.05

/** The probability a bin of the score stands for: its middle. */
export const binProbabilities: readonly number[] = middlesOf(probabilityEdges())

function middlesOf(edges: Float64Array): readonly number[] {
  return Array.from({ length: edges.length + 1 }, (_, bin) => ((edges[bin - 1] ?? 0) + (edges[bin] ?? 1)) / 2)
}

/** ln(p / (1 − p)). */
export function logOdds(probability: number): number {
  return Math.log(probability / (1 - probability))
}

/** The probability whose log-odds are given. */
export function probabilityOf(odds: number): number {
  return 1 / (1 + Math.exp(-odds))
}

/**
 * The probability under another share of the class: its log-odds move by as much as those of the share (Saerens et al., eq. 2.4).
 * @param shift log-odds of the new share less those of the old one
 */
export function reweighted(probability: number, shift: number): number {
  return probabilityOf(logOdds(probability) + shift)
}

/** Mean probability of binned scores: the share of the class where they are calibrated. NaN of none. */
export function meanProbability(scores: ArrayLike<number>): number {
  let sum = 0
  let count = 0
  for (let bin = 0; bin < binProbabilities.length; bin++) {
    sum += (scores[bin] ?? 0) * binProbabilities[bin]!
    count += scores[bin] ?? 0
  }
  return sum / count
}

/** A share, kept where its log-odds are finite. */
function boundedShare(share: number): number {
  return Math.min(1 - SHARE_MIN, Math.max(SHARE_MIN, share))
}

export interface ShareEstimate {
  readonly share: number
  /** Standard error of the share's log-odds, from the observed information; infinite where the scores do not tell. */
  readonly logOddsError: number
}

/**
 * The share of the class among records.
 * @param scores records by bin of the score
 * @param assumed the share that the probabilities assume, in (0, 1)
 */
export function estimateShare(scores: ArrayLike<number>, assumed: number): ShareEstimate {
  let count = 0
  for (let bin = 0; bin < binProbabilities.length; bin++) count += scores[bin] ?? 0
  let share = boundedShare(assumed)
  for (let step = 0; step < STEPS_MAX && count > 0; step++) {
    const shift = logOdds(share) - logOdds(assumed)
    let sum = 0
    for (let bin = 0; bin < binProbabilities.length; bin++)
      if (scores[bin]! > 0) sum += scores[bin]! * reweighted(binProbabilities[bin]!, shift)
    const next = boundedShare(sum / count)
    const moved = Math.abs(next - share)
    share = next
    if (moved < STEP_MIN) break
  }
  let information = 0
  for (let bin = 0; bin < binProbabilities.length; bin++) {
    const p = binProbabilities[bin]!
    const slope = p / assumed - (1 - p) / (1 - assumed)
    information += (scores[bin] ?? 0) * (slope / ratioOf(p, share, assumed)) ** 2
  }
  return { share, logOddsError: 1 / (share * (1 - share) * Math.sqrt(information)) }
}

/** w(p; π): how much likelier such a record is under the share than under the one assumed. */
function ratioOf(p: number, share: number, assumed: number): number {
  return (share / assumed) * p + ((1 - share) / (1 - assumed)) * (1 - p)
}

function logLikelihood(scores: ArrayLike<number>, share: number, assumed: number): number {
  let sum = 0
  for (let bin = 0; bin < binProbabilities.length; bin++)
    if (scores[bin]! > 0) sum += scores[bin]! * Math.log(ratioOf(binProbabilities[bin]!, share, assumed))
  return sum
}

/** How the shares of two samples compare. */
export interface ShareShift {
  readonly from: ShareEstimate
  readonly to: ShareEstimate
  /** Log-odds of the second share less those of the first. */
  readonly shift: number
  /** 95 % interval of the shift. */
  readonly shiftLow: number
  readonly shiftHigh: number
  /**
   * Twice the gain in log-likelihood by a share for each sample over one for both. Where the shares are equal it is nearly chi-square
   * with one degree of freedom (Wilks 1938): above 24 by chance once in a million looks.
   */
  readonly evidence: number
}

/**
 * Compares the shares of two samples of binned scores.
 * @param designEffect variance of a mean over that of independent records: evidence and errors of records that resemble each other shrink by it
 */
export function compareShares(
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  assumed: number,
  designEffect = 1,
): ShareShift {
  const from = estimateShare(before, assumed)
  const to = estimateShare(after, assumed)
  const shift = logOdds(to.share) - logOdds(from.share)
  const error = Math.sqrt(designEffect * (from.logOddsError ** 2 + to.logOddsError ** 2))
  const reach = normalTwoSidedThreshold(INTERVAL_LEVEL) * error
  const apart = logLikelihood(before, from.share, assumed) + logLikelihood(after, to.share, assumed)
  const together = commonLikelihood(before, after, [from.share, to.share], assumed)
  const evidence = Math.max(0, 2 * (apart - together)) / designEffect
  return { from, to, shift, shiftLow: shift - reach, shiftHigh: shift + reach, evidence }
}

/** The largest log-likelihood of both samples under one share, which lies between their own, by ternary search: it is concave. */
function commonLikelihood(
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  shares: readonly [number, number],
  assumed: number,
): number {
  const at = (share: number) => logLikelihood(before, share, assumed) + logLikelihood(after, share, assumed)
  let low = Math.min(...shares)
  let high = Math.max(...shares)
  for (let step = 0; step < SEARCH_STEPS; step++) {
    const third = (high - low) / 3
    if (at(low + third) < at(high - third)) low += third
    else high -= third
  }
  return at((low + high) / 2)
}
