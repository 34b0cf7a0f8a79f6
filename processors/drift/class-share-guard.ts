import { meanProbability } from './class-share.ts'
import { chiSquareSurvival } from './statistics/special-functions.ts'
import { sumOf } from './statistics/two-samples.ts'

/**
 * Whether a moved share of a class explains what else moved. Where only the share moved, every feature is a mixture of what
 * it is in either class (label shift; Lipton, Wang & Smola, ICML 2018), so its bins are known in advance:
 *
 *   expected = N/R · ( π/m · of the class + (1 − π)/(1 − m) · of the rest )
 *
 * for R records of the reference, of which a share m was drawn as of the class with the probability the score states: no
 * labels are needed, and the draw is right whatever the feature has to do with the score. Each feature, the score among them, is
 * tested against that by chi-square, with the chance of window, reference and draw in the variance. It speaks against the
 * correction where that is beyond chance for all features together (Bonferroni) and has an effect that matters: with many
 * records, everything differs a little.
 */

/** The chance that a pure move of the share is refused, all features together, where records are independent. */
const LEVEL = 0.001
/**
 * Effects (Cohen's w of what the mixture leaves unexplained) below which a difference is no reason: what Cohen (1988) calls small
 * for the score, from which the share is read, and medium for what only stands beside it.
 */
const SCORE_EFFECT_MIN = 0.1
const EFFECT_MIN = 0.3
/** Bins that expect fewer are added to the next, for chi-square to hold. */
const EXPECTED_MIN = 5
/** A word more frequent than the mixture allows by so many standard deviations is unexplained. */
const WORD_DEVIATIONS = 4
/** Records that hold unexplained words, beyond those expected, over all: from this share on language moved. Pure moves of public sets stay under 0.02. */
const WORD_MASS_MAX = 0.05

/** Records by bin of one feature. */
export interface FeatureCounts {
  readonly name: string
  readonly reference: ArrayLike<number>
  /** Of the reference, those drawn as of the class. */
  readonly drawn: ArrayLike<number>
  readonly window: ArrayLike<number>
  /** Variance of a mean over that of independent records. */
  readonly designEffect: number
}

/** A word that became more frequent. */
export interface RisenWord {
  readonly name: string
  readonly count: number
  readonly expected: number
  /** Records among which it was counted. */
  readonly records: number
}

/** What the mixture does not explain, and how much of it there is: Cohen's w of a feature, the share of records of a word. */
export interface Unexplained {
  readonly name: string
  readonly weight: number
  readonly count: number
  readonly expected: number | null
}

/**
 * What speaks against a move of the share alone, the heaviest first; nothing where it explains everything.
 * @param scores records of the reference by bin of the score
 * @param share the new share, by EM from the mean probability of the reference
 * @param referenceRecords records that the words' rates are known from
 */
export function unexplainedBy(
  scores: ArrayLike<number>,
  share: number,
  features: readonly FeatureCounts[],
  words: readonly RisenWord[],
  referenceRecords: number,
): readonly Unexplained[] {
  const mean = meanProbability(scores)
  const weights = { drawn: share / mean, rest: (1 - share) / (1 - mean) }
  const moved = features.flatMap(feature => {
    const { effect, pValue, count } = misfitOf(feature, weights)
    const isReason =
      pValue * features.length < LEVEL && effect >= (feature.name === 'score' ? SCORE_EFFECT_MIN : EFFECT_MIN)
    return isReason ? [{ name: feature.name, weight: effect, count, expected: null }] : []
  })
  const risen = words
    .map(word => excessOf(word, Math.max(weights.drawn, weights.rest), referenceRecords))
    .filter(word => word.weight > 0)
  const mass = risen.reduce((sum, { weight }) => sum + weight, 0)
  const reasons: Unexplained[] = mass >= WORD_MASS_MAX ? [...moved, ...risen] : moved
  return reasons.sort((left, right) => right.weight - left.weight || (left.name < right.name ? -1 : 1))
}

interface MixtureWeights {
  /** What a record of the class, and one of the rest, counts in the window for one in the reference. */
  readonly drawn: number
  readonly rest: number
}

/** Observed against expected by the mixture, bins with few added up. */
function misfitOf(
  { reference, drawn, window, designEffect }: FeatureCounts,
  weights: MixtureWeights,
): { readonly effect: number; readonly pValue: number; readonly count: number } {
  const [known, count] = [sumOf(reference), sumOf(window)]
  const scale = count / Math.max(1, known)
  const cells: Cell[] = []
  let open: Cell = { observed: 0, expected: 0, variance: 0 }
  for (let bin = 0; bin < reference.length; bin++) {
    const ofClass = scale * weights.drawn * drawn[bin]!
    const ofRest = scale * weights.rest * (reference[bin]! - drawn[bin]!)
    open.observed += window[bin]!
    open.expected += ofClass + ofRest
    open.variance += scale * (weights.drawn * ofClass + weights.rest * ofRest)
    if (open.expected < EXPECTED_MIN) continue
    cells.push(open)
    open = { observed: 0, expected: 0, variance: 0 }
  }
  const last = cells.at(-1)
  if (last === undefined) return { effect: 0, pValue: 1, count }
  last.observed += open.observed
  last.expected += open.expected
  last.variance += open.variance
  let statistic = 0
  for (const { observed, expected, variance } of cells)
    statistic += (observed - expected) ** 2 / (expected + variance)
  const freedom = cells.length - 1
  const records = (count * known) / (count + known)
  return {
    effect: Math.sqrt(Math.max(0, statistic - freedom * designEffect) / records),
    pValue: chiSquareSurvival(statistic / designEffect, freedom),
    count,
  }
}

interface Cell {
  observed: number
  expected: number
  /** Of what is expected: the reference's own chance. */
  variance: number
}

/** How much more frequent a word is than it can be where all that holds it is of the class that grew. */
function excessOf(
  { name, count, expected, records }: RisenWord,
  growth: number,
  referenceRecords: number,
): Unexplained {
  const known = (expected * referenceRecords) / records + 1
  const most = (growth * known * records) / referenceRecords
  const deviation = Math.sqrt(most + most ** 2 / known)
  const isMore = count > most + WORD_DEVIATIONS * deviation
  return { name, weight: isMore ? (count - most) / records : 0, count, expected }
}
