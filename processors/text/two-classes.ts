import type { TextScorerRule } from './text-scorer.ts'

/** Where a version states no threshold, the likelier class is named. */
const THRESHOLD_DEFAULT = 0.5

/**
 * What is common to kinds of two classes whose value is the calibrated probability of the second: from the version's own
 * `threshold` on a text gets the label `positive`, and the probability is that of the label's class.
 */
export function twoClasses(
  negative: string,
  positive: string,
): Pick<TextScorerRule, 'scaleWidth' | 'label' | 'probability'> {
  const thresholdOf = (settings: Readonly<Record<string, number>>) =>
    settings['threshold'] ?? THRESHOLD_DEFAULT
  return {
    scaleWidth: 1,
    label: (value, { settings }) => (value >= thresholdOf(settings) ? positive : negative),
    probability: (value, { settings }) => (value >= thresholdOf(settings) ? value : 1 - value),
  }
}
