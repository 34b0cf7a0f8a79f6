import { textScorer } from '../processors/text/text-scorer.ts'
import { twoClasses } from '../processors/text/two-classes.ts'
import type { KindDeclaration } from './kinds.ts'
import { loadHeadsModel } from './runtime/inference/heads-model.ts'

/** Toxicity of a text, as a calibrated probability. */
export const toxicity = {
  kind: 'toxicity',
  description: 'The probability that a text is toxic: insults, slurs, hate, threats and abuse of others.',
  input: 'TEXT',
  scale: { min: 0, max: 1 },
  languages: ['en'],
  labels: ['civil', 'toxic'],
  processorName: 'score-toxicity',
  scorer: textScorer({ kind: 'toxicity', languages: ['en'], ...twoClasses('civil', 'toxic') }),
  training: {
    objective: 'BINARY',
    field: 'label',
    negative: ['civil'],
    positive: ['toxic'],
    threshold: { rule: 'macroF1' },
  },
  loadModel: loadHeadsModel,
} as const satisfies KindDeclaration
