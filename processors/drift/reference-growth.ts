import { type DetectorBudget, FeatureDetector } from './feature-detector.ts'
import { grownReference, momentSums, rhythmLearned } from './feature-reference.ts'
import type { MonitorStep } from './monitor-findings.ts'
import { RANK_MOMENTS } from './rank-basis.ts'
import { addHour, clearHours, knowsWeek, showsDay, showsWeek } from './season.ts'
import { addRhythm, recordsOf } from './unknown-rhythm.ts'

/**
 * What follows a reference may join it: all of it while nothing was found, and the rhythm of the day whatever was found. Three things
 * make a reference grow: its records doubled; while its rhythm is not known, they are a quarter more; and its hours show a day and a
 * half, or two weeks, for the first time.
 */

/** A reference grows with what follows, while nothing was found, up to so many records. */
export const REFERENCE_RECORDS_MAX = 64_000
/** While the rhythm is not known, it is foretold from what was seen; it is asked again when so large a share is new. */
const REFINED_SHARE = 0.02

/** A feature in a slice, and what came since its reference. */
export interface Watched {
  readonly feature: number
  /** Whether it has no voice of its own. */
  readonly onlyJointly: boolean
  readonly slice: number
  readonly offset: number
  detector: FeatureDetector
  /** Records seen when it was last found; -Infinity if never. */
  foundAt: number
  /** Records since the reference was formed, by bin: they may join it. */
  readonly counts: Float64Array
}

/** Whether nothing speaks against this feature's records joining its reference. */
function isWhole({ foundAt, detector }: Watched, grows: boolean): boolean {
  return grows || (foundAt === Number.NEGATIVE_INFINITY && detector.reference.rhythm !== null)
}

/** Adds a step to what may join the reference. @param grows whether nothing was found in any feature */
export function remember(one: Watched, { cells, at }: MonitorStep, grows: boolean): void {
  const { counts, offset, detector } = one
  const { reference } = detector
  const whole = isWhole(one, grows)
  if (!whole && knowsWeek(reference.season)) return
  const count = momentSums(reference.basis, cells, offset, sums)
  if (count === 0) return
  addHour(reference.hours, at, count, sums)
  if (!whole) return
  for (let bin = 0; bin < counts.length; bin++) counts[bin]! += cells[offset + bin]!
  if (reference.rhythm !== null) addRhythm(reference.rhythm, at, count, sums)
}

/** Notes that it was found. Before its rhythm is known, the hours until then may not be like those that follow: it is learned of these. */
export function noteFound(one: Watched, records: number): void {
  const { reference } = one.detector
  if (reference.rhythm !== null) clearHours(reference.hours)
  one.foundAt = records
}

/**
 * Makes the reference of a feature take in what followed, if it may. A detector that begins anew from it follows the one before.
 * @param hasDoubled whether what came since the reference is as much as that
 * @param grows whether nothing was found in any feature
 * @returns whether it did
 */
export function grow(one: Watched, budget: DetectorBudget, hasDoubled: boolean, grows: boolean): boolean {
  const { reference } = one.detector
  const { hours, season, rhythm } = reference
  const whole = isWhole(one, grows)
  const isUnknown = rhythm !== null
  const shows = isUnknown ? showsDay(hours) : season !== null && !knowsWeek(season) && showsWeek(hours)
  if (!shows && !(grows && hasDoubled && !isUnknown)) {
    if (rhythm !== null && whole && one.detector.foretold >= REFINED_SHARE * recordsOf(rhythm))
      one.detector.refineRhythm(one.counts)
    return false
  }
  const before = one.detector
  one.detector = new FeatureDetector(
    whole ? grownReference(reference, one.counts, hours) : rhythmLearned(reference, hours),
    budget,
  )
  one.detector.follow(before)
  one.counts.fill(0)
  return true
}

const sums = new Float64Array(RANK_MOMENTS)
