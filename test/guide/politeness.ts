import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import { textRetrainPolicies } from '../../pipelines/retrain-policies.ts'
import { loadTextModel } from '../../pipelines/runtime/inference/text-model.ts'
import { textDrift } from '../../processors/drift/text-drift.ts'
import { textLoopRules } from '../../processors/retrain/loop-rules.ts'
import { textScorer } from '../../processors/text/text-scorer.ts'
import { twoClasses } from '../../processors/text/two-classes.ts'

const scale = { min: 0, max: 1 } as const
const labels = ['impolite', 'polite'] as const

/** Whether a request is put politely, as a calibrated probability. */
export const politeness = {
  kind: 'politeness',
  description: 'The probability that a request is put politely.',
  input: 'TEXT',
  scale,
  languages: ['en'],
  labels,
  processorName: 'score-politeness',
  scorer: textScorer({ kind: 'politeness', languages: ['en'], ...twoClasses('impolite', 'polite') }),
  training: {
    objective: 'BINARY',
    field: 'label',
    negative: ['impolite'],
    positive: ['polite'],
    threshold: { rule: 'macroF1' },
  },
  drift: textDrift({ scale, labels, doubt: ({ value }) => 1 - Math.abs(2 * value - 1) }),
  retrain: textRetrainPolicies,
  loop: textLoopRules,
  guideline: {
    text: `# Politeness

**The question:** is this request put politely? Answer yes or no.

A request asks somebody to do or to tell something. Judge how it is put, not what is asked for.

## Yes

- **It leaves a choice.** "Would you mind closing the window?"
- **It thanks, greets or apologises** for the trouble. "Sorry to ask again, and thanks"
- **It is plain and friendly.** "Please send me the list by Friday"
- **In the words of the community**, also new ones, where those who use them mean it kindly.

## No

- **It orders.** "Send it. Now."
- **It blames or presses.** "How often must I tell you?"
- **It is polite in words alone:** scorn, threats. "Would you kindly learn to read"

## Hard cases

- **Short is not rude:** "Salt, please" is polite, and so is "When does it open?"
- **Between friends** a bare "Pass me that" is plain; without a sign of it, answer no.
- **No request at all,** or not your language: skip.
- **You cannot tell:** skip rather than guess. Whoever is asked next may know the word.
`,
  },
  loadModel: loadTextModel,
} as const satisfies KindDeclaration
