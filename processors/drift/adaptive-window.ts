import { RampMean } from './ramp-mean.ts'
import { RANK_MOMENTS, type RankBasis } from './rank-basis.ts'
import { stretchOf, type Tails, tailsOf } from './rank-tails.ts'

/**
 * Has the feature changed, and since when: an adaptive window (ADWIN, Bifet & Gavaldà 2007) over the sums of steps. The window
 * keeps the past in an exponential histogram; whenever a newer and an older part of it differ by more than chance explains, the
 * older part is dropped and that is an alarm. Three things differ from the paper:
 *
 * - It watches several bounded sums at once (the rank moments), so it sees spread and shape too.
 * - It starts with the reference as its oldest part, so a stream that is away from the reference from its first record on is a
 *   change as well, with the reference's own size in the reckoning.
 * - The bound is Chernoff's for the reference's own law of each moment (`tailsOf`), which a skewed moment needs and which costs a
 *   symmetric one nothing, with the variance between steps, learned from neighbouring steps, so records that resemble the
 *   one before (threads) do not count as so many independent ones.
 *
 * False alarms: each look keeps that bound at level e^-`logLevel`, the moments after the first at a stricter one; looks at old
 * parts are made as rarely as those parts change. The rate over unlimited looking is measured, not proven (the e-detector beside it is the one with a proof): see
 * `nicr bench drift`.
 */

/** Buckets of a size before two of them become one of the next. */
const BUCKETS_OF_A_SIZE = 4
const SIZES_MAX = 12
const SLOTS = BUCKETS_OF_A_SIZE + 1
/** Records, sums of the moments, event time of the first in seconds since the base: 32 bits tell seconds of a year apart. */
const WIDTH = RANK_MOMENTS + 2
const AT = RANK_MOMENTS + 1
/** Steps over which the variance between steps is learned. */
const VARIANCE_MEMORY_STEPS = 1000
/** After a change so many steps are waited for, to learn how much it varies now. */
const QUIET_STEPS = 12
/** A newer part of fewer records is not looked at: no bound by a few records' law holds so far out. */
const NEWER_RECORDS_MIN = 32
/**
 * Added to the level of the moments after the first. Most false alarms are theirs, being three of four, and changes of spread and shape
 * move them further than a change of location as hard to see moves the first.
 */
const FURTHER_MOMENTS_LOG_LEVEL = 1.5
/** Newer parts of so many records are looked at for a change that still grows, too. */
const RAMP_RECORDS_MIN = 512
/** Parts of so many records are looked at just at the level asked for. */
const LEVEL_RECORDS = 2000
/** How much less strictly the largest parts are looked at, and how much more strictly the smallest. */
const LEVEL_EASED_MAX = 0.5
const LEVEL_RAISED_MAX = 2
/** A step smaller than this says little of the variance between steps. */
const VARIANCE_STEP_MIN = 8

export interface WindowSettings {
  /** Records of the reference; 0 where there is none. */
  readonly referenceCount: number
  /** Law of one record's moments under the reference. */
  readonly basis: RankBasis
  /** Variance of a step's sum over its number of records, for each moment, as the reference shows it: 1 if records are independent. */
  readonly designEffects: Float64Array
  /** Variance of what was taken out as season, for the worst hour. */
  readonly seasonVariance: number
  /** −ln of the level of one look. */
  readonly logLevel: number
}

export interface Change {
  /** Index of the moment that shows it best. */
  readonly moment: number
  /** Difference of means over its bound: above 1. */
  readonly ratio: number
  /** Newer mean less the older one. */
  readonly effect: number
  /** Standard error of `effect`. */
  readonly standardError: number
  /** Event time of the first step of the newer part, ms since the epoch. */
  readonly changedAt: number
  /** Records of the newer part. */
  readonly count: number
}

interface Found {
  readonly change: Change
  /** Where the newer part begins. */
  readonly older: { readonly size: number; readonly slot: number }
}

export class AdaptiveWindow {
  private readonly settings: WindowSettings
  private readonly buckets = new Float32Array(SIZES_MAX * SLOTS * WIDTH)
  private readonly counts = new Uint8Array(SIZES_MAX)
  /** Records and sums of the whole window, with the reference. */
  private readonly total = new Float64Array(RANK_MOMENTS + 1)
  private readonly variances: Float64Array
  private readonly tails: Tails
  private readonly previous = new Float64Array(RANK_MOMENTS).fill(Number.NaN)
  private steps = 0
  /** Largest variance of what an unknown rhythm may have added to a step since `correct`. */
  private rhythmVariance = 0
  /** Records since `correct`: what was expected of these was foretold, not fitted. */
  private recordsForetold = 0
  /** Event time of the first step, ms since the epoch. */
  private base = 0
  /** Steps since the variances began to be learned anew; the reference counts as many. */
  private learned = VARIANCE_MEMORY_STEPS

  constructor(settings: WindowSettings) {
    this.settings = settings
    this.variances = Float64Array.from(settings.designEffects)
    this.tails = tailsOf(settings.basis)
    this.total[0] = settings.referenceCount
  }

  /** Records since `correct`, or since the reference. */
  get foretold(): number {
    return this.recordsForetold
  }

  /** Records in the window, those of the reference among them while it is part of it. */
  get count(): number {
    return this.total[0]!
  }

  /** Mean of a moment over the window. */
  mean(moment: number): number {
    return this.total[0] === 0 ? 0 : this.total[1 + moment]! / this.total[0]!
  }

  /**
   * Adds a step and looks for a change.
   * @param count records of the step; 0 changes nothing
   * @param sums of their moments
   * @param at event time of the step, ms since the epoch
   * @param relief taken off `logLevel`
   * @param rhythmVariance of what a rhythm that is not known yet may add to this step's mean
   */
  add(count: number, sums: ArrayLike<number>, at: number, relief = 0, rhythmVariance = 0): Change | null {
    if (count === 0) return null
    this.rhythmVariance = Math.max(this.rhythmVariance, rhythmVariance)
    this.take(count, sums, at)
    this.recordsForetold += count
    const logLevel = this.settings.logLevel - relief
    if (this.learned < QUIET_STEPS) return null
    const change = this.look(sizesDue(this.steps), logLevel)
    if (change === null) return null
    const best = this.look(SIZES_MAX, logLevel) ?? change
    this.forget(best.older)
    // What comes after a change may vary more than what was before.
    this.learned = 1
    return best.change
  }

  /** Adds a step that belongs to the reference: nothing is looked for. */
  take(count: number, sums: ArrayLike<number>, at: number): void {
    if (this.steps === 0) this.base = at
    this.learnVariances(count, sums)
    this.insert(count, sums, at)
    this.steps++
  }

  /**
   * Takes off what is expected otherwise now, after all records of the window were fitted.
   * @param change fills its second argument with what is expected more than before of each moment at a time
   */
  correct(change: (at: number, into: Float64Array) => void): void {
    const { buckets, counts, total, base } = this
    this.recordsForetold = 0
    this.rhythmVariance = 0
    let end: number | null = null
    for (let size = 0; size < SIZES_MAX; size++)
      for (let slot = counts[size]! - 1; slot >= 0; slot--) {
        const place = (size * SLOTS + slot) * WIDTH
        const from = buckets[place + AT]!
        change(base + 500 * (from + (end ?? from)), newer)
        end = from
        for (let k = 0; k < RANK_MOMENTS; k++) {
          const more = buckets[place]! * newer[k]!
          buckets[place + 1 + k]! -= more
          total[1 + k]! -= more
        }
      }
  }

  private learnVariances(count: number, sums: ArrayLike<number>): void {
    if (count < VARIANCE_STEP_MIN) return
    const root = Math.sqrt(count)
    for (let k = 0; k < RANK_MOMENTS; k++) {
      const value = sums[k]! / root
      const before = this.previous[k]!
      this.previous[k] = value
      if (Number.isNaN(before)) continue
      this.variances[k]! +=
        ((value - before) ** 2 / 2 - this.variances[k]!) / Math.min(VARIANCE_MEMORY_STEPS, this.learned)
    }
    this.learned++
  }

  private insert(count: number, sums: ArrayLike<number>, at: number): void {
    const { total, buckets, counts } = this
    total[0]! += count
    for (let k = 0; k < RANK_MOMENTS; k++) total[1 + k]! += sums[k]!
    const slot = counts[0]!++ * WIDTH
    buckets[slot] = count
    for (let k = 0; k < RANK_MOMENTS; k++) buckets[slot + 1 + k] = sums[k]!
    buckets[slot + AT] = (at - this.base) / 1000
    for (let size = 0; counts[size]! > BUCKETS_OF_A_SIZE; size++) this.mergeOldest(size)
  }

  /** The two oldest of a size become one of the next; at the largest size they stay of it. */
  private mergeOldest(size: number): void {
    const { buckets, counts } = this
    const from = size * SLOTS * WIDTH
    const isLargest = size === SIZES_MAX - 1
    const next = isLargest ? from : (size + 1) * SLOTS * WIDTH + counts[size + 1]! * WIDTH
    for (let i = 0; i <= RANK_MOMENTS; i++)
      buckets[next + i] = buckets[from + i]! + buckets[from + WIDTH + i]!
    buckets[next + AT] = buckets[from + AT]!
    const kept = isLargest ? 1 : 0
    buckets.copyWithin(from + kept * WIDTH, from + 2 * WIDTH, from + counts[size]! * WIDTH)
    counts[size]! -= 2 - kept
    if (!isLargest) counts[size + 1]!++
  }

  /** The cut, among those at buckets below `sizes`, at which the parts differ most beyond the bound. */
  private look(sizes: number, logLevel: number): Found | null {
    const { buckets, counts, total, settings } = this
    const { degree } = settings.basis
    newer.fill(0)
    ramp.begin()
    let best: Found | null = null
    for (let size = 0; size < sizes; size++) {
      for (let slot = counts[size]! - 1; slot >= 0; slot--) {
        const place = (size * SLOTS + slot) * WIDTH
        ramp.add(newer[0]!, buckets[place]!, buckets[place + 1]!)
        for (let i = 0; i <= RANK_MOMENTS; i++) newer[i]! += buckets[place + i]!
        const count = newer[0]!
        const olderCount = total[0]! - count
        if (olderCount <= 0 || count < NEWER_RECORDS_MIN) continue
        const level = logLevel + levelOfSize(count)
        for (let k = 0; k < degree; k++) {
          const olderMean = (total[1 + k]! - newer[1 + k]!) / olderCount
          const effect = newer[1 + k]! / count - olderMean
          const own = k === 0 ? level : level + FURTHER_MOMENTS_LOG_LEVEL
          const variance = this.varianceOf(k, 1 / count + 1 / olderCount, count)
          let ratio = this.ratioOf(k, effect, variance, own)
          if (k === 0 && count >= RAMP_RECORDS_MIN) {
            const { mean, inverse } = ramp.weigh(count, newer[1]!)
            const rising = this.varianceOf(0, inverse + 1 / olderCount, count)
            ratio = Math.max(ratio, this.ratioOf(0, mean - olderMean, rising, own))
          }
          if (ratio <= 1 || ratio <= (best?.change.ratio ?? 0)) continue
          const changedAt = this.base + Math.round(buckets[place + AT]! * 1000)
          const standardError = Math.sqrt(variance)
          best = {
            change: { moment: k, ratio, effect, standardError, changedAt, count },
            older: { size, slot },
          }
        }
      }
    }
    return best
  }

  /**
   * Variance of a difference of means.
   * @param inverse sum of the reciprocals of the effective numbers of records
   * @param count records of the newer part
   */
  private varianceOf(moment: number, inverse: number, count: number): number {
    const { designEffects, seasonVariance } = this.settings
    // What was learned is off by a few per cent: below what the reference showed it is mere chance.
    const own = Math.max(this.variances[moment]!, designEffects[moment]!)
    return (
      own * inverse +
      2 * seasonVariance +
      this.rhythmVariance * Math.min(1, this.recordsForetold / count) ** 2
    )
  }

  /** A difference of means over its bound. */
  private ratioOf(moment: number, effect: number, variance: number, level: number): number {
    const square = 2 * level * variance
    const stretch = stretchOf(this.tails, moment, effect, square / this.settings.designEffects[moment]!)
    return Math.abs(effect) / (Math.sqrt(square) * stretch)
  }

  /** Drops the reference and every bucket older than the one at `size` and `slot`. */
  private forget({ size, slot }: { size: number; slot: number }): void {
    const { buckets, counts, total } = this
    const from = size * SLOTS * WIDTH
    buckets.copyWithin(from, from + slot * WIDTH, from + counts[size]! * WIDTH)
    counts[size]! -= slot
    counts.fill(0, size + 1)
    total.fill(0)
    for (let s = 0; s <= size; s++)
      for (let i = 0; i < counts[s]!; i++)
        for (let v = 0; v <= RANK_MOMENTS; v++) total[v]! += buckets[(s * SLOTS + i) * WIDTH + v]!
  }

  /** What the window holds, to go on from with `restore`. */
  snapshot(): number[] {
    const { counts, buckets, total, variances, previous, steps } = this
    const numbers = [
      steps,
      this.learned,
      this.base,
      ...total,
      ...variances,
      ...previous.map(value => (Number.isNaN(value) ? NOT_YET : value)),
    ]
    for (let size = 0; size < SIZES_MAX; size++) {
      numbers.push(counts[size]!)
      const from = size * SLOTS * WIDTH
      numbers.push(...buckets.subarray(from, from + counts[size]! * WIDTH))
    }
    numbers.push(this.recordsForetold, this.rhythmVariance)
    return numbers
  }

  restore(numbers: readonly number[]): void {
    let next = 0
    const take = () => numbers[next++]!
    this.steps = take()
    this.learned = take()
    this.base = take()
    for (const array of [this.total, this.variances, this.previous])
      for (let i = 0; i < array.length; i++) array[i] = take()
    for (let k = 0; k < RANK_MOMENTS; k++) if (this.previous[k] === NOT_YET) this.previous[k] = Number.NaN
    for (let size = 0; size < SIZES_MAX; size++) {
      this.counts[size] = take()
      const from = size * SLOTS * WIDTH
      for (let i = 0; i < this.counts[size]! * WIDTH; i++) this.buckets[from + i] = take()
    }
    // Snapshots of before rhythms were allowed for end here.
    this.recordsForetold = take() ?? 0
    this.rhythmVariance = take() ?? 0
  }
}

/** Records and sums of the newer part while cuts are looked at. */
const newer = new Float64Array(RANK_MOMENTS + 1)
const ramp = new RampMean()
/** Stands for NaN in a snapshot, which JSON cannot say; no step's mean is so large. */
const NOT_YET = 1e300

/** A part of so many steps is looked at four times while it grows by as many: more often would show little more. */
function sizesDue(steps: number): number {
  let sizes = 3
  while (sizes < SIZES_MAX && steps % 2 ** (sizes - 2) === 0) sizes++
  return sizes
}

/** Small parts come often: of n records there are 1 / n as many in a stream, so their level grows with ln(1 / n) and each size has its share of false alarms. */
function levelOfSize(records: number): number {
  return Math.max(-LEVEL_EASED_MAX, Math.min(LEVEL_RAISED_MAX, Math.log(LEVEL_RECORDS / records)))
}
