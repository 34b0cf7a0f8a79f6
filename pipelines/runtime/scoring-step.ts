import type { Emitted, Incoming } from '../../processors/processor.ts'
import { clearedRecord, scoreRecord } from '../../processors/score-content.ts'
import type { Model, Scorer } from '../../processors/scorer.ts'
import type { ErrorCode } from '../../schemas/errors.ts'
import { scoreBatch } from './inference/score-batch.ts'
import type { Profiler } from './profiler.ts'
import type { Step, StepResult } from './step.ts'

export interface ScoringParts {
  readonly scorer: Scorer<unknown, unknown>
  /** The version to score with, asked for once a batch: a batch is scored by one version. */
  readonly model: () => Model<unknown, unknown>
  readonly textLengthMax: number
  /** Wall clock in ms, for `scoredAt`. */
  readonly now: () => number
  /** Profiles what was scored; none: nothing is watched for drift. */
  readonly profiler?: Profiler
}

/** What a score repeats of its content. Longer than this, the score might not fit into its topic. */
const copiedFields = ['id', 'author', 'language'] as const
const COPIED_LENGTH_MAX = 10_000

type ContentRecord = Incoming<'content'>

/** content → scores of one kind, and a profile of what was scored. Deletions clear without asking the model; what cannot be scored is rejected. */
export function scoringStep({ scorer, model, textLengthMax, now, profiler }: ScoringParts): Step {
  return {
    async run(batch) {
      const records = batch as readonly ContentRecord[]
      const current = model()
      const fates = records.map(record => fateOf(record, textLengthMax))
      const due = records.filter((_, index) => fates[index] === 'SCORE')
      profiler?.begin(now())
      // A newer version may take its place before the batch is done; this one must stay open until then.
      const release = current.hold?.()
      const scored = await scoreBatch(
        scorer,
        current,
        due.map(({ value }) => value),
        profiler &&
          ((index, input, decision) => profiler.observe(due[index]!, input, decision, current.vocabulary)),
      ).finally(release)
      const scoredAt = now()
      const emitted: Emitted[] = []
      const rejected: StepResult['rejected'][number][] = []
      let next = 0
      records.forEach((record, index) => {
        const fate = fates[index]!
        if (fate === 'CLEAR') emitted.push(clearedRecord(record, current.card, scoredAt))
        else if (fate !== 'SCORE') rejected.push({ index, ...fate })
        else {
          const outcome = scored[next++]!
          if (outcome.status === 'REJECTED')
            rejected.push({ index, code: outcome.code, detail: outcome.detail })
          else if (outcome.status !== 'NOT_APPLICABLE')
            emitted.push(scoreRecord(record, outcome, current.card, scoredAt))
        }
      })
      if (profiler !== undefined) emitted.push(...profiler.take(records, current.card))
      return { emitted, rejected }
    },
  }
}

/** What is to become of a record before the model is asked. */
function fateOf(
  { value }: ContentRecord,
  textLengthMax: number,
): 'SCORE' | 'CLEAR' | { code: ErrorCode; detail: string } {
  const { action, revision, text } = value
  const long = copiedFields.find(field => (value[field]?.length ?? 0) > COPIED_LENGTH_MAX)
  if (long !== undefined)
    return {
      code: 'NICR_RECORD_INVALID',
      detail: `${long} has ${value[long]?.length} UTF-16 code units, and at most ${COPIED_LENGTH_MAX} are taken`,
    }
  if (revision < 0)
    return { code: 'NICR_RECORD_INVALID', detail: `revision is ${revision}; revisions count upwards from 0` }
  if (action === 'DELETED') return 'CLEAR'
  if (text.length <= textLengthMax) return 'SCORE'
  return {
    code: 'NICR_TEXT_TOO_LONG',
    detail: `the text has ${text.length} UTF-16 code units, the limit is ${textLengthMax} (NICR_TEXT_LENGTH)`,
  }
}
