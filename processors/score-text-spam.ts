import type { ModelCard } from './scorer.ts'
import { textScorer } from './text/text-scorer.ts'

/** Where a version states no threshold, the likelier class is named. */
const THRESHOLD_DEFAULT = 0.5

/**
 * content → text-spam score. Stateless; the version's own `threshold` parts spam from ham. Says EMPTY for a text without
 * a visible character and UNSUPPORTED for languages its models were not trained on.
 */
export const scoreTextSpam = textScorer({
  kind: 'text-spam',
  languages: ['en'],
  scaleWidth: 1,
  label: (value, card) => (isSpam(value, card) ? 'spam' : 'ham'),
  probability: (value, card) => (isSpam(value, card) ? value : 1 - value),
})

function isSpam(value: number, card: ModelCard): boolean {
  return value >= (card.settings['threshold'] ?? THRESHOLD_DEFAULT)
}
