/**
 * Are people further from the score than they were: for kinds on a scale, which have no probability to test. The error of a label is
 * |label − value| as a share of the scale, a bounded number, so its mean is tested by betting (Waudby-Smith & Ramdas 2024,
 * arXiv:2010.09686): with m the mean that the first labels of the model version show, and 3 standard errors more, each factor
 * 1 + λ (error − m) is on average at most 1 while the mean is at most m, for any λ in [0, 1 / m). A mixture of Shiryaev–Roberts
 * sums of their products over a grid of λ (Shin, Ramdas & Rinaldo 2022, arXiv:2203.03532) reaches c after at least c labels in
 * the mean, however often one looks, whatever the law of the errors, unless the reference errs by more than that.
 *
 * It finds rises only. Posts on which the model is less sure raise the error too: that is no change of the truth, but the scores
 * are as wrong.
 */

/** Labels that make a first reference. */
const REFERENCE_LABELS = 200
/** While nothing was found, what followed joins the reference each time it doubles, up to so many labels. */
const REFERENCE_LABELS_MAX = 6400
/** Standard errors of the reference that are allowed for. */
const MARGIN_ERRORS = 3
/** λ as a part of 1 / m: a product never falls to 0. */
const BETS = [0.05, 0.1, 0.2, 0.4, 0.8] as const
/** A mean below it is not believed: m is what bets divide by. */
const MEAN_MIN = 0.005
/** Evidence below this share of what an alarm needs is none: the change is not yet. */
const EVIDENCE_SHARE = 1e-4
const Z95 = 1.96
const E_VALUE_MAX = 1e200

export interface ErrorFinding {
  readonly eValue: number
  readonly threshold: number
  /** Rise of the mean error since evidence gathers, as a share of the scale, with a 95 % interval. */
  readonly effect: number
  readonly effectLow: number
  readonly effectHigh: number
  /** Labels since evidence gathers, and the event time of the first, ms since the epoch. */
  readonly count: number
  readonly changedAt: number
}

/** Count, sum, sum of squares. */
type Sums = [count: number, sum: number, squares: number]

export class ErrorDetector {
  private readonly labelsBetweenFalseAlarms: number
  private reference: Sums = [0, 0, 0]
  /** Since the reference last grew. */
  private following: Sums = [0, 0, 0]
  /** Since evidence gathers. */
  private since: Sums = [0, 0, 0]
  private sinceAt = 0
  private found = false
  private readonly sums = new Float64Array(BETS.length)

  /** @param labelsBetweenFalseAlarms at least, in the mean, while nothing changed */
  constructor(labelsBetweenFalseAlarms: number) {
    this.labelsBetweenFalseAlarms = labelsBetweenFalseAlarms
  }

  /**
   * @param error of the label, 0 to 1
   * @param at event time, ms since the epoch
   */
  add(error: number, at: number): ErrorFinding | null {
    if (this.reference[0] < REFERENCE_LABELS) {
      count(this.reference, error)
      return null
    }
    if (this.since[0] === 0) this.sinceAt = at
    count(this.since, error)
    count(this.following, error)
    const limit = limitOf(this.reference)
    BETS.forEach((bet, i) => {
      const grown = (this.sums[i]! + 1) * (1 + (bet / limit) * (error - limit))
      this.sums[i] = Math.min(grown, E_VALUE_MAX)
    })
    const eValue = this.sums.reduce((sum, own) => sum + own, 0) / BETS.length
    if (eValue >= this.labelsBetweenFalseAlarms) return this.find(eValue)
    if (eValue < this.labelsBetweenFalseAlarms * EVIDENCE_SHARE) this.since = [0, 0, 0]
    this.growReference()
    return null
  }

  private find(eValue: number): ErrorFinding {
    const { since, reference } = this
    const effect = mean(since) - mean(reference)
    const half = Z95 * Math.sqrt(variance(since) / since[0] + variance(reference) / reference[0])
    const finding = {
      eValue,
      threshold: this.labelsBetweenFalseAlarms,
      effect,
      effectLow: effect - half,
      effectHigh: effect + half,
      count: since[0],
      changedAt: this.sinceAt,
    }
    this.sums.fill(0)
    this.since = [0, 0, 0]
    this.found = true
    return finding
  }

  private growReference(): void {
    const { reference, following } = this
    if (this.found || following[0] < reference[0] || 2 * reference[0] > REFERENCE_LABELS_MAX) return
    for (const i of [0, 1, 2] as const) reference[i] += following[i]
    this.following = [0, 0, 0]
  }

  snapshot(): number[] {
    const { reference, following, since, sinceAt, found, sums } = this
    return [...reference, ...following, ...since, sinceAt, found ? 1 : 0, ...sums]
  }

  restore(numbers: readonly number[]): void {
    const three = (from: number): Sums => [numbers[from]!, numbers[from + 1]!, numbers[from + 2]!]
    this.reference = three(0)
    this.following = three(3)
    this.since = three(6)
    this.sinceAt = numbers[9]!
    this.found = numbers[10] === 1
    this.sums.set(numbers.slice(11))
  }
}

function count(sums: Sums, error: number): void {
  sums[0]++
  sums[1] += error
  sums[2] += error * error
}

function mean([records, sum]: Sums): number {
  return sum / records
}

function variance(sums: Sums): number {
  return Math.max(0, sums[2] / sums[0] - mean(sums) ** 2)
}

/** The largest mean that the reference may have come from. */
function limitOf(reference: Sums): number {
  const error = Math.sqrt(variance(reference) / reference[0])
  return Math.min(1, Math.max(MEAN_MIN, mean(reference) + MARGIN_ERRORS * error))
}
