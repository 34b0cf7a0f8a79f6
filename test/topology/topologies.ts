import { declareProcessor, type ProcessorDeclaration } from '../../pipelines/runtime/processor-declaration.ts'
import { scoringStep } from '../../pipelines/runtime/scoring-step.ts'
import type { Processor } from '../../processors/processor.ts'
import type { Model, Scorer } from '../../processors/scorer.ts'

/** Small topologies for tests: a scorer whose answers are plain to see, and a processor with state. */

const lengthScorer: Scorer<number, number> = {
  kind: 'niceness',
  prepare: ({ text }) =>
    text === ''
      ? { status: 'EMPTY', language: null }
      : { status: 'READY', input: text.length, language: 'en' },
  decide: (_content, _input, prediction) => ({
    value: prediction,
    label: 'plain',
    probability: null,
    reasons: [],
  }),
}

/** Answers a text's length, up to 10. */
export const lengthModel: Model<number, number> = {
  card: { kind: 'niceness', version: 'length-1', settings: {} },
  predict: inputs => inputs.map(length => Math.min(length, 10)),
  close: async () => undefined,
}

/** content → scores, by text length. `model` may be changed by the test. */
export function lengthTopology(
  model: Model<number, number> = lengthModel,
  name = 'score-length',
  textLengthMax = 1000,
): ProcessorDeclaration {
  return {
    name,
    reads: ['content'],
    writes: ['scores'],
    stateful: false,
    createStep: () =>
      scoringStep({
        scorer: lengthScorer as Scorer<unknown, unknown>,
        model: () => model as Model<unknown, unknown>,
        textLengthMax,
        now: () => 1_790_000_000_000,
      }),
  }
}

interface Tally {
  readonly votes: number
  readonly sum: number
}

/** votes → draft-outcomes: counts the votes of each content in its state and says the count after each. */
export const tallyVotes: Processor<'votes', 'draft-outcomes', Tally> = {
  name: 'tally-votes',
  reads: ['votes'],
  writes: ['draft-outcomes'],
  init: () => ({ votes: 0, sum: 0 }),
  process: (state, { value }) => {
    if (Math.abs(value.value) > 1)
      return { reject: { code: 'NICR_RECORD_INVALID', detail: `value is ${value.value}, not -1, 0 or 1` } }
    const next = { votes: state.votes + 1, sum: state.sum + value.value }
    const outcome = {
      draftId: value.contentId,
      contentId: value.contentId,
      outcome: 'POSTED_AS_IS',
      nicenessFirst: next.sum,
      nicenessLast: null,
      edits: next.votes,
      modelVersion: '',
      at: value.at,
    } as const
    return { state: next, emit: [{ topic: 'draft-outcomes', key: value.contentId, value: outcome }] }
  },
}

export const tallyTopology = declareProcessor(tallyVotes)
