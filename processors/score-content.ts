import { scoreId } from '../schemas/ids.ts'
import type { RecordOf } from '../schemas/topics.ts'
import type { Emitted, Incoming } from './processor.ts'
import type { Decision, ModelCard, Reason } from './scorer.ts'

/**
 * content → scores: the score record of one content record and one kind.
 *
 * Stateless: a late older revision is scored too, and readers keep the highest revision. The id follows from content,
 * revision, kind, model version and alias, so a repeat of the content repeats the id.
 */

type Content = RecordOf<'content'>
type Score = RecordOf<'scores'>

/** Event time is trusted this far beyond the broker's append time. */
export const EVENT_TIME_AHEAD_MS = 5 * 60_000

/** Event time of a content record: its `at`, but never far in the future; the append time where it is not stated. */
export function eventTimeOf(at: number, appendedAt: number): number {
  return at <= 0 ? appendedAt : Math.min(at, appendedAt + EVENT_TIME_AHEAD_MS)
}

/** What became of a content: decided, or why there is no value. */
export type ScoreOutcome =
  | { readonly status: 'SCORED'; readonly decision: Decision; readonly language: string | null }
  | { readonly status: 'EMPTY' | 'UNSUPPORTED'; readonly language: string | null }

/** The score record of an outcome; without a value it says why. Without a detected language the platform's stands. */
export function scoreRecord(
  record: Incoming<'content'>,
  outcome: ScoreOutcome,
  card: ModelCard,
  scoredAt: number,
): Emitted<'scores'> {
  const base = {
    ...emptyScore(record, card, scoredAt),
    status: outcome.status,
    language: outcome.language ?? record.value.language,
  }
  if (outcome.status !== 'SCORED') return emit(record, base)
  const { value, label, probability, reasons } = outcome.decision
  return emit(record, { ...base, value, label, probability, reasons: reasons.map(toScoreReason) })
}

function toScoreReason(reason: Reason): Score['reasons'][number] {
  const { start, end, weight, source } = reason
  return {
    start,
    end,
    weight,
    source,
    image: reason.image ?? null,
    box: reason.box ?? null,
    text: reason.text ?? null,
  }
}

/** A deletion's record: it clears the scores of the content for every reader, also where nothing had been scored. */
export function clearedRecord(
  record: Incoming<'content'>,
  card: ModelCard,
  scoredAt: number,
): Emitted<'scores'> {
  return emit(record, { ...emptyScore(record, card, scoredAt), status: 'CLEARED' })
}

function emptyScore(record: Incoming<'content'>, card: ModelCard, scoredAt: number): Score {
  const content: Content = record.value
  return {
    id: scoreId({
      contentId: content.id,
      revision: content.revision,
      kind: card.kind,
      modelVersion: card.version,
      alias: 'CHAMPION',
    }),
    contentId: content.id,
    revision: content.revision,
    kind: card.kind,
    status: 'EMPTY',
    value: null,
    label: null,
    probability: null,
    reasons: [],
    author: content.author,
    contentKind: content.kind,
    language: content.language,
    modelVersion: card.version,
    alias: 'CHAMPION',
    eventAt: eventTimeOf(content.at, record.appendedAt),
    scoredAt,
  }
}

function emit(record: Incoming<'content'>, value: Score): Emitted<'scores'> {
  return { topic: 'scores', key: record.value.id, value }
}
