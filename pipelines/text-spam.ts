import { textDrift } from '../processors/drift/text-drift.ts'
import { textLoopRules } from '../processors/retrain/loop-rules.ts'
import { textScorer } from '../processors/text/text-scorer.ts'
import { twoClasses } from '../processors/text/two-classes.ts'
import type { KindDeclaration } from './kind-declaration.ts'
import { textRetrainPolicies } from './retrain-policies.ts'
import { loadTextModel } from './runtime/inference/text-model.ts'

const scale = { min: 0, max: 1 } as const
const labels = ['ham', 'spam'] as const

/** Spam in text, as a calibrated probability. */
export const textSpam = {
  kind: 'text-spam',
  description: 'The probability that a text is spam: unasked advertising, lures and self-promotion.',
  input: 'TEXT',
  scale,
  languages: ['en'],
  labels,
  processorName: 'score-text-spam',
  scorer: textScorer({ kind: 'text-spam', languages: ['en'], ...twoClasses('ham', 'spam') }),
  training: {
    objective: 'BINARY',
    field: 'label',
    negative: ['ham'],
    positive: ['spam'],
    threshold: { rule: 'falseAlarms', shareMax: 0.003 },
  },
  drift: textDrift({ scale, labels, doubt: ({ value }) => 1 - Math.abs(2 * value - 1) }),
  retrain: textRetrainPolicies,
  loop: textLoopRules,
  guideline: { file: 'pipelines/guidelines/text-spam.md' },
  loadModel: loadTextModel,
} as const satisfies KindDeclaration
