import { scoreId } from '../../schemas/ids.ts'
import type { RecordOf } from '../../schemas/topics.ts'
import type { Erasures } from '../erasures.ts'
import type { Step } from './step.ts'

export interface BackfillParts {
  /** Scores content as the live processor would, without a profiler and without a challenger. */
  readonly scoring: Step
  /** The offset of each partition at which the backfill ends. */
  readonly endOf: (partition: number) => number
  /** Whoever was erased meanwhile is not scored anew. */
  readonly erasures: Pick<Erasures, 'covers'>
  /** Records to do at once: what a second may do. */
  readonly recordsAtOnce: number
  /** Awaited before records are done: bounds the rate, and waits while the live processor is behind. */
  readonly pace: (records: number) => Promise<void>
  /** Told of what was scored, and left out because it cannot be. */
  readonly onDone?: (counts: { readonly scored: number; readonly rejected: number }) => void
}

/**
 * content → scores of another version, as BACKFILL: nothing is profiled, nothing is cleared, and what cannot be scored is left out,
 * for the live processor has dead-lettered it. The ids follow from the content and the version, so a repeat is a repeat.
 */
export function backfillStep({ scoring, endOf, erasures, recordsAtOnce, pace, onDone }: BackfillParts): Step {
  return {
    takes: batch => Math.min(recordsAtOnce, scoring.takes?.(batch) ?? batch.length),
    async run(batch, emit) {
      const due = batch.filter(({ partition, offset, value, appendedAt }) => {
        const { action, author } = value as RecordOf<'content'>
        const isErased = erasures.covers('content', { author, _appended_at: appendedAt })
        return offset < endOf(partition) && action !== 'DELETED' && !isErased
      })
      if (due.length === 0) return []
      await pace(due.length)
      let scored = 0
      const rejected = await scoring.run(due, ({ topic, key, value }) => {
        if (topic !== 'scores') return
        const score = { ...(value as RecordOf<'scores'>), alias: 'BACKFILL' as const }
        emit({ topic, key, value: { ...score, id: scoreId(score) } })
        scored++
      })
      onDone?.({ scored, rejected: rejected.length })
      return []
    },
  }
}
