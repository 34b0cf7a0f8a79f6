import { textDrift } from '../processors/drift/text-drift.ts'
import { textScorer } from '../processors/text/text-scorer.ts'
import type { KindDeclaration } from './kinds.ts'
import { textRetrainPolicies } from './retrain-policies.ts'
import { loadHeadsModel } from './runtime/inference/heads-model.ts'

const languages = ['en'] as const
const scale = { min: 0, max: 10 } as const
const labels = ['unkind', 'plain', 'kind'] as const
/** Below this range a text reads as unkind, above it as kind (design §7: three classes). */
const middle = { min: 4, max: 6 } as const

/** Niceness of a text: 10 is grateful and caring, 5 is plain, 0 is abusive. */
export const niceness = {
  kind: 'niceness',
  description:
    'The tone towards others: 10 is grateful and caring, 5 is plain, 0 is abusive. Unhappy is not unkind.',
  input: 'TEXT',
  scale,
  languages,
  labels,
  processorName: 'score-niceness',
  scorer: textScorer({
    kind: 'niceness',
    languages,
    scaleWidth: 10,
    label: value => (value < middle.min ? 'unkind' : value > middle.max ? 'kind' : 'plain'),
    probability: () => null,
  }),
  training: { objective: 'GRADED', field: 'niceness', middle },
  drift: textDrift({
    scale,
    labels,
    // 1 at a border between two labels, 0 from two points away on.
    doubt: ({ value }) =>
      Math.max(0, 1 - Math.min(Math.abs(value - middle.min), Math.abs(value - middle.max)) / 2),
    pairs: true,
  }),
  retrain: textRetrainPolicies,
  loadModel: loadHeadsModel,
} as const satisfies KindDeclaration
