import type { Emitted, Incoming } from '../../processors/processor.ts'
import { clearedRecord, scoreRecord } from '../../processors/score-content.ts'
import type { Model, Scorer } from '../../processors/scorer.ts'
import type { ErrorCode } from '../../schemas/errors.ts'
import { scoreBatch } from './inference/score-batch.ts'
import type { Step } from './step.ts'

export interface ScoringParts {
  readonly scorer: Scorer<unknown, unknown>
  /** The version to score with, asked for once a batch: a batch is scored by one version. */
  readonly model: () => Model<unknown, unknown>
  readonly textLengthMax: number
  /** Wall clock in ms, for `scoredAt`. */
  readonly now: () => number
}

type ContentRecord = Incoming<'content'>

/** content → scores of one kind. Deletions clear without asking the model; texts beyond the limit are rejected. */
export function scoringStep({ scorer, model, textLengthMax, now }: ScoringParts): Step {
  return {
    async run(batch) {
      const records = batch as readonly ContentRecord[]
      const current = model()
      const scorable = records.filter(
        ({ value }) => value.action !== 'DELETED' && value.text.length <= textLengthMax,
      )
      const scored = await scoreBatch(
        scorer,
        current,
        scorable.map(record => record.value),
      )
      const scoredAt = now()
      const emitted: Emitted[] = []
      const rejected: { index: number; code: ErrorCode; detail: string }[] = []
      let next = 0
      records.forEach((record, index) => {
        if (record.value.action === 'DELETED') {
          emitted.push(clearedRecord(record, current.card, scoredAt))
          return
        }
        if (record.value.text.length > textLengthMax) {
          rejected.push({ index, code: 'NICR_TEXT_TOO_LONG', detail: tooLong(record, textLengthMax) })
          return
        }
        const outcome = scored[next++]!
        if (outcome.status === 'REJECTED')
          rejected.push({ index, code: outcome.code, detail: outcome.detail })
        else if (outcome.status !== 'NOT_APPLICABLE')
          emitted.push(scoreRecord(record, outcome, current.card, scoredAt))
      })
      return { emitted, rejected }
    },
  }
}

function tooLong({ value }: ContentRecord, textLengthMax: number): string {
  return `the text has ${value.text.length} UTF-16 code units, the limit is ${textLengthMax} (NICR_TEXT_LENGTH)`
}
