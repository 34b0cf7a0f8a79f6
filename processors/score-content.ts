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
const EVENT_TIME_AHEAD_MS = 5 * 60_000

/** Event time of a content record: its `at`, but never far in the future; the append time where it is not stated. */
export function eventTimeOf(at: number, appendedAt: number): number {
  return at <= 0 ? appendedAt : Math.min(at, appendedAt + EVENT_TIME_AHEAD_MS)
}

/** What became of a content: decided, or why there is no value. */
export type ScoreOutcome =
  | { readonly status: 'SCORED' | 'DEGRADED'; readonly decision: Decision; readonly language: string | null }
  | { readonly status: 'EMPTY' | 'UNSUPPORTED'; readonly language: string | null }

/** How a version came to score: as what, when, and how long it took. */
export interface Scoring {
  readonly card: ModelCard
  readonly alias: 'CHAMPION' | 'CHALLENGER'
  /** Wall clock in ms. */
  readonly scoredAt: number
  /** Mean of the batch; null where it was not measured. */
  readonly scoringMicros: number | null
}

/**
 * The score record of an outcome; without a value it says why. Without a detected language the platform's stands. What only a
 * comparison reads, a challenger's, goes without reasons.
 */
export function scoreRecord(
  record: Incoming<'content'>,
  outcome: ScoreOutcome,
  scoring: Scoring,
): Emitted<'scores'> {
  return emit(record, outcome, scoring)
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
    without: reason.without ?? null,
  }
}

const CLEARED = { status: 'CLEARED', language: null } as const

/** A deletion's record: it clears the scores of the content for every reader, also where nothing had been scored. */
export function clearedRecord(
  record: Incoming<'content'>,
  card: ModelCard,
  scoredAt: number,
): Emitted<'scores'> {
  return emit(record, CLEARED, { card, alias: 'CHAMPION', scoredAt, scoringMicros: null })
}

/** Written as one literal: this is done for every score, and spreading one object into another costs as much as scoring. */
function emit(
  record: Incoming<'content'>,
  outcome: ScoreOutcome | typeof CLEARED,
  { card, alias, scoredAt, scoringMicros }: Scoring,
): Emitted<'scores'> {
  const content: Content = record.value
  const decision = 'decision' in outcome ? outcome.decision : null
  const value: Score = {
    id: scoreId({
      contentId: content.id,
      revision: content.revision,
      kind: card.kind,
      modelVersion: card.version,
      alias,
    }),
    contentId: content.id,
    revision: content.revision,
    kind: card.kind,
    status: outcome.status,
    value: decision?.value ?? null,
    label: decision?.label ?? null,
    probability: decision?.probability ?? null,
    reasons: decision === null || alias === 'CHALLENGER' ? [] : decision.reasons.map(toScoreReason),
    author: content.author,
    contentKind: content.kind,
    language: outcome.language ?? content.language,
    modelVersion: card.version,
    alias,
    eventAt: eventTimeOf(content.at, record.appendedAt),
    scoredAt,
    scoringMicros,
  }
  return { topic: 'scores', key: content.id, value }
}
