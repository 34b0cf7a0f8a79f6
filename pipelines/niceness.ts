import { nicenessMiddle, scoreNiceness } from '../processors/score-niceness.ts'
import type { KindDeclaration } from './kinds.ts'
import { loadLinearTextModel } from './runtime/inference/linear-text-model.ts'

/** Niceness of a text: 10 is grateful and caring, 5 is plain, 0 is abusive. */
export const niceness = {
  kind: 'niceness',
  description:
    'The tone towards others: 10 is grateful and caring, 5 is plain, 0 is abusive. Unhappy is not unkind.',
  input: 'TEXT',
  scale: { min: 0, max: 10 },
  languages: ['en'],
  labels: ['unkind', 'plain', 'kind'],
  processorName: 'score-niceness',
  scorer: scoreNiceness,
  training: { objective: 'GRADED', field: 'niceness', middle: nicenessMiddle },
  loadModel: loadLinearTextModel,
} as const satisfies KindDeclaration
