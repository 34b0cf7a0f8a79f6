import { textDrift } from '../processors/drift/text-drift.ts'
import { textLoopRules } from '../processors/retrain/loop-rules.ts'
import { textScorer } from '../processors/text/text-scorer.ts'
import type { KindDeclaration } from './kind-declaration.ts'
import { textRetrainPolicies } from './retrain-policies.ts'
import { loadTextModel } from './runtime/inference/text-model.ts'

const languages = ['en'] as const
const scale = { min: 0, max: 10 } as const
const labels = ['unkind', 'plain', 'kind'] as const
/** Below this range a text reads as unkind, above it as kind (design §7: three classes). */
const middle = { min: 4, max: 6 } as const
/** Neither kind nor unkind. */
const PLAIN = 5

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
  compared: [
    {
      with: 'toxicity',
      // Toxic where it is abusive, and not from plain on.
      expected: value => Math.max(0, 1 - value / PLAIN),
      contradictions: [
        ['kind', 'toxic'],
        ['unkind', 'civil'],
      ],
    },
  ],
  votes: { upAbove: middle.max, downBelow: middle.min },
  retrain: textRetrainPolicies,
  loop: textLoopRules,
  guideline: { file: 'pipelines/guidelines/niceness.md' },
  loadModel: loadTextModel,
} as const satisfies KindDeclaration
