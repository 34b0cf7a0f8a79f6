import { RANK_MOMENTS, type RankBasis } from './rank-basis.ts'
import { cumulants } from './rank-tails.ts'

/**
 * Is the feature away from its reference: an e-detector (Shin, Ramdas & Rinaldo 2022, arXiv:2203.03532), a mixture of
 * Shiryaev–Roberts sums of e-processes, one for each moment, direction and size of shift.
 *
 * False alarms: if a record's moments, less what the reference expects, have means within `margin` of 0 and the moment generating
 * function of the reference, and steps are independent, then `R − records` of each sum is a supermartingale, so the expected number of records before `value`
 * reaches c is at least c, however long and often one looks. Families of m detectors that share a budget of one false alarm
 * in A records use c = A × m. `margin` covers what the reference itself may be off by, the design effect records that
 * resemble each other within a step.
 */

const SHIFTS = [0.07, 0.15, 0.3, 0.6] as const
const BETS = SHIFTS.length * 2

export interface EDetectorSettings {
  readonly basis: RankBasis
  /** Shares of the bins by all that the reference knows: the law of the moments. */
  readonly law: Float64Array
  readonly designEffects: Float64Array
  /** Shift of a moment's mean, in standard deviations, that is not one yet. */
  readonly margins: Float64Array
}

export class EDetector {
  private readonly sums: Float64Array
  /** Added to the exponent of each bet for a record; like the sums by moment, then bet. */
  private readonly costs: Float32Array
  private readonly degree: number
  private readonly settings: EDetectorSettings

  constructor(settings: EDetectorSettings) {
    this.settings = settings
    this.degree = settings.basis.degree
    this.sums = new Float64Array(this.degree * BETS)
    this.costs = new Float32Array(this.degree * BETS)
    this.follow(settings.law)
  }

  /**
   * Goes on by another law of the moments. It must be that of what is taken off them: a rare value that is thought to be rarer than it is
   * makes every run of records without it look like a change.
   */
  follow(law: Float64Array): void {
    const { basis, designEffects, margins } = this.settings
    for (let k = 0; k < this.degree; k++) {
      const mean = meanUnder(law, basis, k)
      for (let bet = 0; bet < BETS; bet++) {
        const tilt = tiltOf(bet)
        const central = cumulants(basis, law, k, tilt).value - tilt * mean
        this.costs[k * BETS + bet] = designEffects[k]! * central + Math.abs(tilt) * margins[k]!
      }
    }
  }

  /**
   * Adds a step: how many records, and the sums of their moments.
   * @param margin allowed for beside that of the settings, for all moments
   */
  add(count: number, sums: ArrayLike<number>, margin = 0): void {
    for (let k = 0; k < this.degree; k++) {
      const sum = sums[k]!
      for (let bet = 0; bet < BETS; bet++) {
        const i = k * BETS + bet
        const tilt = tiltOf(bet)
        const grown =
          (this.sums[i]! + count) * Math.exp(tilt * sum - count * (this.costs[i]! + Math.abs(tilt) * margin))
        this.sums[i] = Math.min(grown, E_VALUE_MAX)
      }
    }
  }

  /** Evidence against no change; at c or more it is an alarm. Records so far at most, in the mean, where nothing changed. */
  get value(): number {
    if (this.sums.length === 0) return 0
    let total = 0
    for (const sum of this.sums) total += sum
    return total / this.sums.length
  }

  /** The moment with the most evidence. */
  get moment(): number {
    let heaviest = 0
    for (let i = 1; i < this.sums.length; i++) if (this.sums[i]! > this.sums[heaviest]!) heaviest = i
    return Math.floor(heaviest / BETS)
  }

  reset(): void {
    this.sums.fill(0)
  }

  snapshot(): number[] {
    return [...this.sums]
  }

  restore(numbers: readonly number[]): void {
    this.sums.set(numbers)
  }
}

function meanUnder(law: Float64Array, { moments }: RankBasis, moment: number): number {
  let mean = 0
  for (let bin = 0; bin < law.length; bin++) mean += law[bin]! * moments[bin * RANK_MOMENTS + moment]!
  return mean
}

/** Beyond it evidence is not counted on: sums stay finite. */
const E_VALUE_MAX = 1e200

function tiltOf(bet: number): number {
  const size = SHIFTS[bet >> 1]!
  return bet % 2 === 0 ? size : -size
}
