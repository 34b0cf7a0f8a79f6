/** Evidence of counts against a reference, under the predictive law that the reference leaves. */

/**
 * Records that the prior of a rate of its own is worth, at most: it decides which rates are thought likely, and so how soon
 * those are found. It is always a part of the reference’s, which pins a rate down better.
 */
const PRIOR_RECORDS_MAX = 100
const PRIOR_SHARE = 1 / 8
/** Records that the prior of the log-odds is worth, at most. */
const LOG_ODDS_RECORDS_MAX = 500

/** Records that hold a term: `count` of `records` now, `known` of `reference` before. */
export interface Counts {
  readonly count: number
  readonly records: number
  readonly known: number
  readonly reference: number
}

/**
 * ln of the gamma–Poisson Bayes factor of “a rate of its own”, with Jeffreys’ prior, against “the reference’s rate, as far as the
 * reference pins it down”. It is an e-value: it ever exceeds e^t with a probability of at most e^-t (Ville).
 * @param shape of the prior of the reference’s rate
 */
export function rateBayesFactor({ count, records, known, reference }: Counts, shape: number): number {
  const prior = priorRecords(reference, PRIOR_RECORDS_MAX)
  const own =
    logGamma(count + 0.5) -
    logGamma(0.5) +
    0.5 * Math.log(prior / (prior + records)) +
    count * Math.log(records / (prior + records))
  const same =
    logGamma(count + known + shape) -
    logGamma(known + shape) +
    (known + shape) * Math.log(reference / (reference + records)) +
    count * Math.log(records / (reference + records))
  return own - same
}

/** The rates of terms that a reference does not hold: a gamma law, by its mean in records of the reference and its variance over the mean. */
export interface UnseenRates {
  readonly mean: number
  readonly dispersion: number
}

/**
 * ln of the probability that a term which the reference does not hold is held by so many records, or a little more: the tail
 * of the negative binomial law is bounded by a geometric series.
 */
export function logTail(
  { count, records, reference }: Omit<Counts, 'known'>,
  { mean, dispersion }: UnseenRates,
): number {
  const shape = mean / dispersion
  const scale = (dispersion * records) / reference
  const share = scale / (1 + scale)
  const ratio = (share * (count + shape)) / (count + 1)
  if (ratio >= 1) return 0
  const mass = logGamma(count + shape) - logGamma(shape) - logGamma(count + 1)
  return mass + count * Math.log(share) + shape * Math.log(1 - share) - Math.log(1 - ratio)
}

/** Log-odds ratio with both counts together as prior, over its standard deviation (Monroe, Colaresi & Quinn 2008). */
export function logOdds({ count, records, known, reference }: Counts): number {
  const rest = priorRecords(reference, LOG_ODDS_RECORDS_MAX)
  const prior = ((count + known) / (records + reference)) * rest + 0.01
  const now = Math.log((count + prior) / Math.max(prior, records + rest - count - prior))
  const before = Math.log((known + prior) / Math.max(prior, reference + rest - known - prior))
  return (now - before) / Math.sqrt(1 / (count + prior) + 1 / (known + prior))
}

/** Lanczos' approximation for positive arguments, to about 1e-10. */
function logGamma(x: number): number {
  if (x < 7) {
    let factor = 1
    let shifted = x
    while (shifted < 7) factor *= shifted++
    return logGamma(shifted) - Math.log(factor)
  }
  const inverse = 1 / (x * x)
  return (
    (x - 0.5) * Math.log(x) - x + 0.9189385332046728 + (1 / 12 - inverse * (1 / 360 - inverse / 1260)) / x
  )
}

function priorRecords(reference: number, max: number): number {
  return Math.max(1, Math.min(max, reference * PRIOR_SHARE))
}
