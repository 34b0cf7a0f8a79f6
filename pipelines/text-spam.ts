import { textScorer } from '../processors/text/text-scorer.ts'
import { twoClasses } from '../processors/text/two-classes.ts'
import type { KindDeclaration } from './kinds.ts'
import { loadHeadsModel } from './runtime/inference/heads-model.ts'

/** Spam in text, as a calibrated probability. */
export const textSpam = {
  kind: 'text-spam',
  description: 'The probability that a text is spam: unasked advertising, lures and self-promotion.',
  input: 'TEXT',
  scale: { min: 0, max: 1 },
  languages: ['en'],
  labels: ['ham', 'spam'],
  processorName: 'score-text-spam',
  scorer: textScorer({ kind: 'text-spam', languages: ['en'], ...twoClasses('ham', 'spam') }),
  training: {
    objective: 'BINARY',
    field: 'label',
    negative: ['ham'],
    positive: ['spam'],
    threshold: { rule: 'falseAlarms', shareMax: 0.003 },
  },
  loadModel: loadHeadsModel,
} as const satisfies KindDeclaration
