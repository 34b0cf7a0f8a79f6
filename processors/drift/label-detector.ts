/**
 * Does the truth still follow the score: an e-detector over labelled posts. If scores are calibrated, a label is 1 with the
 * probability p that was scored. Each bet is another law, logit of the chance = a + b·logit p for a grid of a and b; its
 * likelihood ratio is an e-value, and the mixture of their Shiryaev–Roberts sums (Shin, Ramdas & Rinaldo 2022) reaches c after
 * at least c labels in the mean while scores stay calibrated, however often one looks. A covariate shift, where posts change and
 * the truth still follows the score, is rightly silent.
 */

const LOGIT_MAX = 6
const INTERCEPTS = [-1.6, -0.8, -0.4, 0, 0.4, 0.8, 1.6] as const
const SLOPES = [-0.5, 0, 0.25, 0.5, 0.75, 1, 1.4] as const
/** Laws other than the calibrated one. */
const LAWS = INTERCEPTS.flatMap(a => SLOPES.map(b => [a, b] as const)).filter(([a, b]) => a !== 0 || b !== 1)

export interface LabelFinding {
  readonly eValue: number
  readonly threshold: number
  /** The law with the most evidence: logit of the chance = intercept + slope × logit of the score. */
  readonly intercept: number
  readonly slope: number
  /** Labels since the detector began anew. */
  readonly count: number
  readonly changedAt: number
}

export class LabelDetector {
  private readonly sums = new Float64Array(LAWS.length)
  private readonly labelsBetweenFalseAlarms: number
  private count = 0
  private since = 0

  /** @param labelsBetweenFalseAlarms at least, in the mean, while nothing changed */
  constructor(labelsBetweenFalseAlarms: number) {
    this.labelsBetweenFalseAlarms = labelsBetweenFalseAlarms
  }

  /**
   * @param probability that was scored for the label 1
   * @param label 0 or 1
   * @param at event time, ms since the epoch
   */
  add(probability: number, label: number, at: number): LabelFinding | null {
    if (this.count++ === 0) this.since = at
    const logit = Math.max(-LOGIT_MAX, Math.min(LOGIT_MAX, Math.log(probability / (1 - probability))))
    const was = Math.log1p(Math.exp(label === 1 ? -logit : logit))
    let total = 0
    LAWS.forEach(([intercept, slope], i) => {
      const other = intercept + slope * logit
      const is = Math.log1p(Math.exp(label === 1 ? -other : other))
      this.sums[i] = Math.min((this.sums[i]! + 1) * Math.exp(was - is), E_VALUE_MAX)
      total += this.sums[i]!
    })
    const eValue = total / LAWS.length
    if (eValue < this.labelsBetweenFalseAlarms) return null
    const [intercept, slope] = LAWS[this.sums.indexOf(Math.max(...this.sums))]!
    const finding = {
      eValue,
      threshold: this.labelsBetweenFalseAlarms,
      intercept,
      slope,
      count: this.count,
      changedAt: this.since,
    }
    this.sums.fill(0)
    this.count = 0
    return finding
  }

  snapshot(): number[] {
    return [this.count, this.since, ...this.sums]
  }

  restore(numbers: readonly number[]): void {
    this.count = numbers[0]!
    this.since = numbers[1]!
    this.sums.set(numbers.slice(2))
  }
}

const E_VALUE_MAX = 1e200
