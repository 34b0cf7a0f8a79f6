import { JOINT_FEATURES_MIN } from './joint-detector.ts'
import type { MonitorLayout } from './monitor-findings.ts'
import { isSketch } from './text-sketch.ts'

/** One budget of false alarms for all that is watched together: watching more makes each one stricter. */

/** −ln of the level of one look for a single detector; measured rates are in `nicr bench drift`. */
const LOG_LEVEL = 9.4
/**
 * Levels are divided by the size of the family to this power: all together cry wolf more seldom than one alone would, a hundred a
 * sixth as often, since whoever watches a hundred features reads the alarms of all.
 */
const FAMILY_POWER = 1.4
/** Records between false alarms of all e-detectors together, at least, in the mean. */
const RECORDS_BETWEEN_FALSE_ALARMS = 4_000_000

/** How many share the budget: each feature that has a voice in each slice, and the joint voice where there are enough features. */
export function familySize(
  watched: readonly { readonly feature: number }[],
  { features }: MonitorLayout,
): number {
  const voices = watched.filter(({ feature }) => !isSketch(features[feature]!)).length
  return voices + (features.length >= JOINT_FEATURES_MIN ? 1 : 0)
}

export function budgetOf(family: number) {
  return {
    logLevel: LOG_LEVEL + FAMILY_POWER * Math.log(family),
    recordsBetweenFalseAlarms: RECORDS_BETWEEN_FALSE_ALARMS * family,
  }
}
