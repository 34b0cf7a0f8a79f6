import { AdaptiveWindow } from './adaptive-window.ts'
import { EDetector } from './e-detector.ts'
import { type FeatureReference, momentSums, rhythmRefined } from './feature-reference.ts'
import { momentNames, RANK_MOMENTS } from './rank-basis.ts'
import { seasonAt } from './season.ts'
import { unknownVarianceAt } from './unknown-rhythm.ts'

/** The two sequential voices over one feature in one slice: has it changed, and is it away from the reference. */

export interface FeatureFinding {
  /** Whether it came back: it was found before, and for `AWAY_RECORDS` records nothing more was. */
  readonly cleared: boolean
  readonly method: 'adwin' | 'e-detector'
  readonly statistic: number
  readonly threshold: number
  readonly eValue: number | null
  /** Shift of the moment in standard deviations of the reference's ranks. */
  readonly effect: number
  readonly effectLow: number
  readonly effectHigh: number
  readonly moment: (typeof momentNames)[number]
  /** Event time since which it is so, ms since the epoch, as estimated. */
  readonly changedAt: number
  /** Records since then. */
  readonly count: number
}

export interface DetectorBudget {
  /** −ln of the level of one look of the adaptive window. */
  readonly logLevel: number
  /** Records between false alarms of one e-detector, at least, in the mean. */
  readonly recordsBetweenFalseAlarms: number
}

/** Half width of a 95 % interval in standard errors. */
const Z95 = 1.96
/** Standard errors of the reference that its e-detector allows for. */
const MARGIN_ERRORS = 2.5
/** Evidence below this share of what an alarm needs is none. */
const EVIDENCE_SHARE = 1e-4
/** Records without a second crossing after which the e-detector counts as back at the reference. */
const AWAY_RECORDS = 5000

export class FeatureDetector {
  private own: FeatureReference
  private readonly budget: DetectorBudget
  private readonly window: AdaptiveWindow
  private readonly detector: EDetector
  /** Since evidence gathers: records, sums of the moments, event time. */
  private readonly since = { count: 0, sums: new Float64Array(RANK_MOMENTS), at: 0 }
  private away = false
  /** Something was found, and it did not come back since. */
  private open = false
  /** Records since then without a further finding. */
  private quiet = 0

  constructor(reference: FeatureReference, budget: DetectorBudget) {
    this.own = reference
    this.budget = budget
    const { basis, count, designEffects, law, season, rhythm } = reference
    const seasonVariance = season?.variance ?? 0
    this.window = new AdaptiveWindow({
      // While a rhythm may show, its records are in the window with their hours: see `learn`.
      referenceCount: rhythm === null ? count : 0,
      basis,
      designEffects,
      seasonVariance,
      logLevel: budget.logLevel,
    })
    // Of a rhythm that is not known, what the mean may be off by is part of what is allowed for at each step.
    const margins = designEffects.map(effect =>
      rhythm === null ? MARGIN_ERRORS * Math.sqrt(effect / Math.max(1, count) + seasonVariance) : 0,
    )
    this.detector = new EDetector({ basis, law, designEffects, margins })
  }

  /** Whether it was found and did not come back. */
  get isOpen(): boolean {
    return this.open
  }

  get reference(): FeatureReference {
    return this.own
  }

  /** Records since `refineRhythm`. */
  get foretold(): number {
    return this.window.foretold
  }

  /** Adds a step of the reference, while its rhythm is not known: nothing is looked for. */
  learn(bins: ArrayLike<number>, offset: number, at: number): void {
    const count = this.read(bins, offset, at)
    if (count > 0) this.window.take(count, sums, at)
  }

  /**
   * Expects of each hour what all that was seen since makes likely, while the rhythm is not known.
   * @param counts records of each bin since the reference was formed
   */
  refineRhythm(counts: Float64Array): void {
    const before = this.own.season
    this.own = rhythmRefined(this.own, counts)
    const { season, law } = this.own
    this.detector.follow(law)
    if (before === null || season === null) return
    this.window.correct((at, into) => {
      seasonAt(before, at, expected)
      seasonAt(season, at, into)
      for (let k = 0; k < RANK_MOMENTS; k++) into[k]! -= expected[k]!
    })
  }

  /** Whether the e-detector found it away from the reference, and not back since. */
  get isAway(): boolean {
    return this.away
  }

  /** Evidence that it is away from the reference. */
  get eValue(): number {
    return this.detector.value
  }

  /**
   * Reads a step without adding it: `residuals` are its moments less what the season lets expect.
   * @returns how many records it is
   */
  read(bins: ArrayLike<number>, offset: number, at: number): number {
    const { reference } = this
    const count = momentSums(reference.basis, bins, offset, sums)
    if (count === 0) return 0
    if (reference.season === null) expected.set(reference.means)
    else seasonAt(reference.season, at, expected)
    for (let k = 0; k < RANK_MOMENTS; k++) sums[k]! -= count * expected[k]!
    return count
  }

  /** Sums of the moments of the step that was read last, by whichever detector: to be used at once. */
  get residuals(): Float64Array {
    return sums
  }

  /**
   * Adds a step.
   * @param bins counts of the step's records by bin, from `offset` on
   * @param at event time of the step, ms since the epoch
   * @param discoveries others of the family that were found lately: each makes it less strict, as in e-BH
   */
  add(bins: ArrayLike<number>, offset: number, at: number, discoveries = 0): readonly FeatureFinding[] {
    if (this.reference.basis.degree === 0) return NOTHING
    const count = this.read(bins, offset, at)
    if (count === 0) return NOTHING
    const { season } = this.reference
    const rhythmVariance = season === null ? 0 : unknownVarianceAt(season, at)
    const changed = this.lookForChange(count, at, discoveries, rhythmVariance)
    const away = this.lookAway(count, at, discoveries, rhythmVariance)
    if (changed === null && away === null) return NOTHING
    return [changed, away].filter(finding => finding !== null)
  }

  private lookForChange(
    count: number,
    at: number,
    discoveries: number,
    rhythmVariance: number,
  ): FeatureFinding | null {
    const change = this.window.add(count, sums, at, Math.log1p(discoveries), rhythmVariance)
    if (change === null) return null
    this.open = true
    this.quiet = 0
    return {
      cleared: false,
      method: 'adwin',
      statistic: change.ratio,
      threshold: 1,
      eValue: null,
      ...interval(change.effect, change.standardError),
      moment: momentNames[change.moment]!,
      changedAt: change.changedAt,
      count: change.count,
    }
  }

  private lookAway(
    count: number,
    at: number,
    discoveries: number,
    rhythmVariance: number,
  ): FeatureFinding | null {
    const { detector, since } = this
    const threshold = this.budget.recordsBetweenFalseAlarms / (1 + discoveries)
    if (since.count === 0) since.at = at
    since.count += count
    for (let k = 0; k < RANK_MOMENTS; k++) since.sums[k]! += sums[k]!
    detector.add(count, sums, MARGIN_ERRORS * Math.sqrt(rhythmVariance))
    const eValue = detector.value
    if (eValue < threshold) {
      // While there is hardly any evidence, the change is not yet.
      if (eValue < threshold * EVIDENCE_SHARE) this.beginSum()
      this.quiet += count
      if (this.quiet < AWAY_RECORDS) return null
      this.away = false
      return this.open ? this.clear(at) : null
    }
    const wasAway = this.away
    const { moment } = detector
    const mean = since.sums[moment]! / since.count
    const error = Math.sqrt(
      this.reference.designEffects[moment]! * (1 / since.count + 1 / this.reference.count),
    )
    const finding: FeatureFinding = {
      cleared: false,
      method: 'e-detector',
      statistic: eValue,
      threshold,
      eValue,
      ...interval(mean, error),
      moment: momentNames[moment]!,
      changedAt: since.at,
      count: since.count,
    }
    this.detector.reset()
    this.beginSum()
    this.away = true
    this.open = true
    this.quiet = 0
    return wasAway ? null : finding
  }

  private clear(at: number): FeatureFinding {
    this.open = false
    this.away = false
    return {
      cleared: true,
      method: 'e-detector',
      statistic: this.detector.value,
      threshold: this.budget.recordsBetweenFalseAlarms,
      eValue: this.detector.value,
      effect: 0,
      effectLow: 0,
      effectHigh: 0,
      moment: momentNames[0],
      changedAt: at,
      count: this.quiet,
    }
  }

  /** Takes over from the detector before it of the same feature, with another reference: a drift that is open stays so until it comes back. */
  follow({ open, away, quiet }: FeatureDetector): void {
    this.open = open
    this.away = away
    this.quiet = quiet
  }

  private beginSum(): void {
    this.since.count = 0
    this.since.sums.fill(0)
  }

  snapshot(): FeatureDetectorState {
    const { window, detector, since, away, open, quiet } = this
    return {
      window: window.snapshot(),
      detector: detector.snapshot(),
      since: [since.count, since.at, ...since.sums],
      away,
      open,
      quiet,
    }
  }

  restore(state: FeatureDetectorState): void {
    this.window.restore(state.window)
    this.detector.restore(state.detector)
    const [count, at, ...since] = state.since
    this.since.count = count!
    this.since.at = at!
    this.since.sums.set(since)
    this.away = state.away
    this.open = state.open
    this.quiet = state.quiet
  }
}

/** What a detector goes on from. */
export interface FeatureDetectorState {
  readonly window: readonly number[]
  readonly detector: readonly number[]
  readonly since: readonly number[]
  readonly away: boolean
  readonly open: boolean
  readonly quiet: number
}

/** Sums of the moments of the step that is being read, and what is taken off them. One detector reads after the other, and there are many. */
const sums = new Float64Array(RANK_MOMENTS)
const expected = new Float64Array(RANK_MOMENTS)
const NOTHING: readonly FeatureFinding[] = []

function interval(effect: number, standardError: number) {
  return { effect, effectLow: effect - Z95 * standardError, effectHigh: effect + Z95 * standardError }
}
