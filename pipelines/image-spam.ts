import { imageDrift } from '../processors/drift/image-drift.ts'
import { imageScorer } from '../processors/images/image-scorer.ts'
import { imageLoopRules } from '../processors/retrain/loop-rules.ts'
import type { KindDeclaration } from './kind-declaration.ts'
import { imageRetrainPolicies } from './retrain-policies.ts'
import { loadImageModel } from './runtime/inference/image-model.ts'

/** Spam in pictures, as a calibrated probability. */
export const imageSpam = {
  kind: 'image-spam',
  description:
    'The probability that a picture is spam: advertising in it, plain, hidden in a photo or pasted over one.',
  input: 'IMAGE',
  scale: { min: 0, max: 1 },
  languages: ['en'],
  labels: ['ham', 'spam'],
  processorName: 'score-image-spam',
  scorer: imageScorer({ kind: 'image-spam', negative: 'ham', positive: 'spam' }),
  training: {
    objective: 'BINARY',
    field: 'label',
    negative: ['ham'],
    positive: ['spam'],
    threshold: { rule: 'falseAlarms', shareMax: 0.055, min: 0.35 },
  },
  drift: imageDrift({ labels: ['ham', 'spam'], doubt: ({ value }) => 1 - Math.abs(2 * value - 1) }),
  retrain: imageRetrainPolicies,
  loop: imageLoopRules,
  guideline: { file: 'pipelines/guidelines/image-spam.md' },
  loadModel: loadImageModel,
} as const satisfies KindDeclaration
