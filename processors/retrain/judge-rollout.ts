import type { RolloutRules } from './loop-rules.ts'
import type { PairedScores } from './paired-scores.ts'

/** Why a newcomer is not let on, or is taken back. */
export interface Breach {
  readonly name: 'errors' | 'latency' | 'shift' | 'disagreement' | 'people'
  /** In a sentence, with the figures. */
  readonly detail: string
}

export interface JudgeParts {
  readonly rules: RolloutRules
  /** Width of the kind's scale. */
  readonly scaleWidth: number
  /** What was measured before the newcomer answered anything; null for a promotion that was never in shadow. */
  readonly measured: PairedScores | null
}

/** Of what the predecessor scored. */
const MISSING_SHARE_MAX = 0.02
const MISSING_MIN = 5
/** A newcomer may take so many times its predecessor's time, and so much more in any case. */
const LATENCY_TIMES_MAX = 3
const LATENCY_MICROS_FREE = 500
/** Standard errors, so far from what was measured that chance does not explain it in thousands of windows. */
const DEVIATION_MIN = 5
/** And far enough to matter: shares of the scale, and of the contents. */
const SHIFT_SHARE_MIN = 0.05
const DIFFERING_SHARE_MIN = 0.1
/** Mean shift of an unmeasured promotion, as a share of the scale. */
const UNMEASURED_SHIFT_MAX = 0.2
/** Of the sign test on what people say. */
const PEOPLE_P_MAX = 0.005

/**
 * What is wrong with a newcomer on contents that its predecessor scored too: errors, latency, a shift other than was measured
 * in its shadow, or people who find it wrong where they find its predecessor right. A newcomer that shifts scores as it did in
 * its shadow is not wrong for that.
 */
export function judgeRollout(pairs: PairedScores, parts: JudgeParts): Breach | null {
  return (
    errorsIn(pairs) ??
    latencyIn(pairs) ??
    (parts.measured === null ? unmeasuredIn(pairs, parts) : deviationIn(pairs, parts.measured, parts)) ??
    peopleIn(pairs)
  )
}

function errorsIn({ missing, records }: PairedScores): Breach | null {
  const all = missing + records
  if (missing < MISSING_MIN || missing / all <= MISSING_SHARE_MAX) return null
  return {
    name: 'errors',
    detail: `it has no score of ${missing} of ${all} contents that its predecessor scored`,
  }
}

function latencyIn({ newcomerMicros, predecessorMicros }: PairedScores): Breach | null {
  if (newcomerMicros === null || predecessorMicros === null) return null
  const limit = Math.max(LATENCY_TIMES_MAX * predecessorMicros, predecessorMicros + LATENCY_MICROS_FREE)
  if (newcomerMicros <= limit) return null
  return {
    name: 'latency',
    detail: `it takes ${Math.round(newcomerMicros)} µs a content, its predecessor ${Math.round(predecessorMicros)} µs`,
  }
}

function unmeasuredIn(pairs: PairedScores, { rules, scaleWidth }: JudgeParts): Breach | null {
  const { records, differing, meanShift } = pairs
  if (records === 0) return null
  const share = differing / records
  if (share > rules.disagreementMax)
    return {
      name: 'disagreement',
      detail: `it was never in shadow, and its label differs from its predecessor’s in ${percent(share)} of ${records} contents, more than ${percent(rules.disagreementMax)}`,
    }
  if (Math.abs(meanShift) <= UNMEASURED_SHIFT_MAX * scaleWidth) return null
  return {
    name: 'shift',
    detail: `it was never in shadow, and shifts scores by ${meanShift.toFixed(3)} on average over ${records} contents`,
  }
}

function deviationIn(pairs: PairedScores, measured: PairedScores, { scaleWidth }: JudgeParts): Breach | null {
  if (pairs.records === 0 || measured.records === 0) return null
  const shift = pairs.meanShift - measured.meanShift
  const shiftError = Math.sqrt(
    pairs.shiftVariance / pairs.records + measured.shiftVariance / measured.records,
  )
  if (Math.abs(shift) > SHIFT_SHARE_MIN * scaleWidth && Math.abs(shift) > DEVIATION_MIN * shiftError)
    return {
      name: 'shift',
      detail: `it shifts scores by ${pairs.meanShift.toFixed(3)} on average, where ${measured.meanShift.toFixed(3)} was measured in its shadow`,
    }
  const now = pairs.differing / pairs.records
  const before = measured.differing / measured.records
  const joint = (pairs.differing + measured.differing) / (pairs.records + measured.records)
  const error = Math.sqrt(joint * (1 - joint) * (1 / pairs.records + 1 / measured.records))
  if (now - before <= DIFFERING_SHARE_MIN || now - before <= DEVIATION_MIN * error) return null
  return {
    name: 'disagreement',
    detail: `its label differs from its predecessor’s in ${percent(now)} of ${pairs.records} contents, where ${percent(before)} was measured in its shadow`,
  }
}

function peopleIn({ newcomerRight, predecessorRight }: PairedScores): Breach | null {
  if (predecessorRight <= newcomerRight) return null
  const p = signTest(predecessorRight, newcomerRight + predecessorRight)
  if (p > PEOPLE_P_MAX) return null
  return {
    name: 'people',
    detail: `where the two differ, people side with its predecessor ${predecessorRight} times and with it ${newcomerRight} times`,
  }
}

/** Probability of at least `wins` of `trials` where both sides are as likely (one-sided sign test). */
export function signTest(wins: number, trials: number): number {
  // As logarithms: 0.5 ** trials is 0 from 1,075 on.
  let log = -trials * Math.LN2
  let sum = 0
  for (let k = 0; k <= trials; k++) {
    if (k >= wins) sum += Math.exp(log)
    log += Math.log((trials - k) / (k + 1))
  }
  return Math.min(1, sum)
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
