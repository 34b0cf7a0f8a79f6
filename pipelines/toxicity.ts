import { textDrift } from '../processors/drift/text-drift.ts'
import { textLoopRules } from '../processors/retrain/loop-rules.ts'
import { textScorer } from '../processors/text/text-scorer.ts'
import { twoClasses } from '../processors/text/two-classes.ts'
import type { KindDeclaration } from './kind-declaration.ts'
import { textRetrainPolicies } from './retrain-policies.ts'
import { loadTextModel } from './runtime/inference/text-model.ts'

const scale = { min: 0, max: 1 } as const
const labels = ['civil', 'toxic'] as const

/** Toxicity of a text, as a calibrated probability. */
export const toxicity = {
  kind: 'toxicity',
  description: 'The probability that a text is toxic: insults, slurs, hate, threats and abuse of others.',
  input: 'TEXT',
  scale,
  languages: ['en'],
  labels,
  processorName: 'score-toxicity',
  scorer: textScorer({ kind: 'toxicity', languages: ['en'], ...twoClasses('civil', 'toxic') }),
  training: {
    objective: 'BINARY',
    field: 'label',
    negative: ['civil'],
    positive: ['toxic'],
    threshold: { rule: 'macroF1' },
  },
  drift: textDrift({ scale, labels, doubt: ({ value }) => 1 - Math.abs(2 * value - 1) }),
  retrain: textRetrainPolicies,
  loop: textLoopRules,
  guideline: { file: 'pipelines/guidelines/toxicity.md' },
  loadModel: loadTextModel,
} as const satisfies KindDeclaration
