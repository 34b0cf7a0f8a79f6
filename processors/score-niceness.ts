import { textScorer } from './text/text-scorer.ts'

/** Below this range a text reads as unkind, above it as kind (design §7: three classes). */
export const nicenessMiddle = { min: 4, max: 6 } as const

/**
 * content → niceness score. Stateless; says EMPTY for a text without a visible character and UNSUPPORTED for languages
 * its models were not trained on.
 */
export const scoreNiceness = textScorer({
  kind: 'niceness',
  languages: ['en'],
  scaleWidth: 10,
  label: value => (value < nicenessMiddle.min ? 'unkind' : value > nicenessMiddle.max ? 'kind' : 'plain'),
  probability: () => null,
})
