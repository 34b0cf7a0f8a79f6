import { kolmogorovSurvival } from './kolmogorov.ts'
import { chiSquareSurvival, chiSquareThreshold } from './special-functions.ts'

/**
 * Two samples as counts over the same bins: how far apart, and how surely. Samples without records, and a feature that is all in one
 * bin, differ by nothing: statistic 0, p 1. Where scipy has the same definition the figures agree to 1e-9
 * (test/processors/drift/two-samples.test.ts).
 */

export interface TwoSampleResult {
  readonly statistic: number
  /** Chance of so large a statistic where nothing changed, for one look at one feature. */
  readonly pValue: number | null
  /** Size of the change, in a unit that does not grow with the samples. */
  readonly effect: number
}

type Counts = ArrayLike<number>

const NOTHING: TwoSampleResult = { statistic: 0, pValue: 1, effect: 0 }

/** Records of all bins. */
export function sumOf(counts: Counts): number {
  let sum = 0
  for (let bin = 0; bin < counts.length; bin++) sum += counts[bin]!
  return sum
}

/** Added to each bin of either sample, so that an empty one is no infinity. */
const SMOOTHING = 0.5

/**
 * Population stability index, Σ (q − p) ln(q / p) over bins of either sample, half a record added to each. Where nothing changed it is about
 * chi-square(B − 1) · (1/n + 1/m) (Yurdakul 2018), hence its p-value knows the sizes; a fixed limit such as 0.2 does not. evidently's PSI has the same
 * sum, but cuts equal widths over both samples and puts 1e-4 in empty bins.
 */
export function psi(reference: Counts, current: Counts): TwoSampleResult {
  const bins = usedBins(reference, current)
  const before = sumOf(reference)
  const now = sumOf(current)
  if (before === 0 || now === 0 || bins.length < 2) return NOTHING
  let statistic = 0
  for (const bin of bins) {
    const p = (reference[bin]! + SMOOTHING) / (before + SMOOTHING * bins.length)
    const q = (current[bin]! + SMOOTHING) / (now + SMOOTHING * bins.length)
    statistic += (q - p) * Math.log(q / p)
  }
  const pValue = chiSquareSurvival(statistic / (1 / before + 1 / now), bins.length - 1)
  return { statistic, pValue, effect: statistic }
}

/** The PSI that chance exceeds with this probability at these sizes (Yurdakul 2018). */
export function psiThreshold(level: number, bins: number, before: number, now: number): number {
  return before === 0 || now === 0 ? 0 : chiSquareThreshold(level, bins - 1) * (1 / before + 1 / now)
}

/**
 * Two-sample Kolmogorov–Smirnov: the largest distance of the distribution functions; p as scipy’s `ks_2samp(method="asymp")`. Over bins many
 * values are equal, which makes it conservative.
 */
export function kolmogorovSmirnov(reference: Counts, current: Counts): TwoSampleResult {
  const before = sumOf(reference)
  const now = sumOf(current)
  if (before === 0 || now === 0) return NOTHING
  let distance = 0
  let first = 0
  let second = 0
  for (let bin = 0; bin < reference.length; bin++) {
    first += reference[bin]!
    second += current[bin]!
    distance = Math.max(distance, Math.abs(first / before - second / now))
  }
  const samples = Math.round((before * now) / (before + now))
  return { statistic: distance, pValue: kolmogorovSurvival(samples, distance), effect: distance }
}

/** Jensen–Shannon distance, base 2: 0 for equal shares, 1 for shares that share no bin. As scipy’s `jensenshannon(p, q, 2)`. */
export function jensenShannon(reference: Counts, current: Counts): TwoSampleResult {
  const before = sumOf(reference)
  const now = sumOf(current)
  if (before === 0 || now === 0) return { ...NOTHING, pValue: null }
  let divergence = 0
  for (let bin = 0; bin < reference.length; bin++) {
    const p = reference[bin]! / before
    const q = current[bin]! / now
    const middle = (p + q) / 2
    if (p > 0) divergence += (p * Math.log2(p / middle)) / 2
    if (q > 0) divergence += (q * Math.log2(q / middle)) / 2
  }
  const distance = Math.sqrt(Math.max(0, divergence))
  return { statistic: distance, pValue: null, effect: distance }
}

/**
 * Wasserstein-1 distance of the samples with every record at its bin’s position, as scipy’s `wasserstein_distance`; the effect is in
 * standard deviations of the reference.
 * @param positions ascending, one a bin
 */
export function wasserstein(positions: Counts, reference: Counts, current: Counts): TwoSampleResult {
  const before = sumOf(reference)
  const now = sumOf(current)
  if (before === 0 || now === 0) return { ...NOTHING, pValue: null }
  let distance = 0
  let first = 0
  let second = 0
  let mean = 0
  let square = 0
  for (let bin = 0; bin < reference.length; bin++) {
    const position = positions[bin]!
    first += reference[bin]! / before
    second += current[bin]! / now
    if (bin + 1 < reference.length) distance += Math.abs(first - second) * (positions[bin + 1]! - position)
    mean += (reference[bin]! / before) * position
    square += (reference[bin]! / before) * position ** 2
  }
  const deviation = Math.sqrt(Math.max(0, square - mean ** 2))
  return { statistic: distance, pValue: null, effect: deviation === 0 ? 0 : distance / deviation }
}

/** Pearson’s chi-square of the 2 × B table, as scipy’s `chi2_contingency(correction=False)` without bins that are empty in both; the effect is Cramér’s V. */
export function chiSquare(reference: Counts, current: Counts): TwoSampleResult {
  const bins = usedBins(reference, current)
  const before = sumOf(reference)
  const now = sumOf(current)
  if (before === 0 || now === 0 || bins.length < 2) return NOTHING
  let statistic = 0
  for (const bin of bins) {
    const both = reference[bin]! + current[bin]!
    const first = (both * before) / (before + now)
    const second = (both * now) / (before + now)
    statistic += (reference[bin]! - first) ** 2 / first + (current[bin]! - second) ** 2 / second
  }
  return {
    statistic,
    pValue: chiSquareSurvival(statistic, bins.length - 1),
    effect: Math.sqrt(statistic / (before + now)),
  }
}

/** A bin of which fewer records are expected in either sample has no law near the one of chi-square (Cochran 1954). */
const EXPECTED_MIN = 5

/**
 * Samples of the same bins with neighbours pooled until each holds `EXPECTED_MIN` expected records in the smaller sample: without it,
 * a rare value that comes twice in a small window passes for a change far more often than its p-value says.
 * @returns counts of both, as many as there are pools
 */
export function pooledBins(reference: Counts, current: Counts): readonly [number[], number[]] {
  const [before, now] = [sumOf(reference), sumOf(current)]
  const enough = (EXPECTED_MIN * (before + now)) / Math.min(before, now)
  const pooled: [number[], number[]] = [[], []]
  let [first, second] = [0, 0]
  const pool = () => {
    pooled[0].push(first)
    pooled[1].push(second)
    first = 0
    second = 0
  }
  for (let bin = 0; bin < reference.length; bin++) {
    first += reference[bin]!
    second += current[bin]!
    if (first + second >= enough) pool()
  }
  const last = pooled[0].length - 1
  if (last < 0) pool()
  else {
    pooled[0][last]! += first
    pooled[1][last]! += second
  }
  return pooled
}

/** Benjamini & Hochberg (1995): which of the p-values are discoveries at this false discovery rate. */
export function discoveries(pValues: readonly number[], rate: number): boolean[] {
  const sorted = [...pValues].sort((left, right) => left - right)
  let limit = Number.NEGATIVE_INFINITY
  sorted.forEach((pValue, i) => {
    if (pValue <= (rate * (i + 1)) / sorted.length) limit = pValue
  })
  return pValues.map(pValue => pValue <= limit)
}

/** The bins that hold records of either sample. */
export function usedBins(reference: Counts, current: Counts): number[] {
  const used: number[] = []
  for (let bin = 0; bin < reference.length; bin++) if (reference[bin]! + current[bin]! > 0) used.push(bin)
  return used
}
