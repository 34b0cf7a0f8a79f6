import { type Static, type TSchema, Type } from 'typebox'
import { NicrError } from '../../schemas/errors.ts'
import { principalOf } from '../credentials.ts'
import { within } from '../deadline.ts'
import { reasonBody, spamOf } from '../draft-scoring.ts'
import type { LatestScores, ScoreRecord } from '../score-heads.ts'
import type { AddRoutes, RouteContext } from './context.ts'
import { Id, Nullable, ReasonBody } from './shapes.ts'

/** `GET /v1/scores/:contentId`: what the feed knows is answered at once, so a client reads what it was just pushed. */
export const addScoresRoute: AddRoutes = (app, context) => {
  app.get<{ Params: { contentId: string } }>(
    '/v1/scores/:contentId',
    {
      config: { access: ['read'] },
      schema: {
        summary:
          'The scores of a content’s highest revision. 404 where it is unknown, not scored yet, or deleted.',
        params: Type.Object({ contentId: Id }),
        problems: ['NICR_SCORE_NOT_FOUND', 'NICR_CLICKHOUSE_UNAVAILABLE'],
        response: { 200: Scores },
      },
    },
    async request => {
      const { contentId } = request.params
      const { records, degraded } = await scoresOf(context, contentId)
      const [first] = records
      const { author } = principalOf(request)
      if (first === undefined || (author !== null && first.author !== author))
        throw new NicrError(
          'NICR_SCORE_NOT_FOUND',
          'no score of this content: it is unknown, not scored yet, or deleted',
        )
      return { ...scoresBody(first, records), degraded }
    },
  )
}

/**
 * The newest records of the highest revision, one a kind; none if the content is deleted or unknown. The feed alone
 * answers where it has every kind that scores texts, and every other that it saw: only content with pictures is scored by
 * those that read them. Otherwise it may have started in between, so history is asked too; where history does not answer,
 * what the feed has is better than nothing.
 */
async function scoresOf({ parts, limits }: RouteContext, contentId: string): Promise<Found> {
  const latest = parts.scores.latest(contentId)
  if (latest?.cleared) return { records: [], degraded: false }
  const recent = latest?.records ?? []
  const wanted = [...parts.drafts.kinds, ...(latest?.kinds ?? [])]
  if (wanted.every(kind => recent.some(record => record.kind === kind)))
    return { records: recent, degraded: false }
  try {
    const stored = await within(limits.historyMs, parts.history.scoresOf(contentId), () => {
      throw new NicrError(
        'NICR_CLICKHOUSE_UNAVAILABLE',
        `ClickHouse did not answer within ${limits.historyMs} ms; try again`,
      )
    })
    return { records: merge(latest, stored), degraded: false }
  } catch (error) {
    if (error instanceof NicrError && recent.length > 0) return { records: recent, degraded: true }
    throw error
  }
}

interface Found {
  readonly records: readonly ScoreRecord[]
  /** History did not answer: older scores may be missing. */
  readonly degraded: boolean
}

function merge(latest: LatestScores | null, stored: readonly ScoreRecord[]): readonly ScoreRecord[] {
  const recent = latest?.records ?? []
  const revision = Math.max(latest?.revision ?? -1, ...stored.map(record => record.revision))
  const storedNow = stored.filter(record => record.revision === revision)
  if (storedNow.some(record => record.status === 'CLEARED') && recent.length === 0) return []
  const byKind = new Map(storedNow.map(record => [record.kind, record]))
  for (const record of recent) if (record.revision === revision) byKind.set(record.kind, record)
  const merged = [...byKind.values()].filter(record => record.status !== 'CLEARED')
  // The feed knows of a revision that is in neither: it was scored, and will be stored in a moment.
  return merged.length > 0 || latest === null ? merged : stored.filter(record => record.status !== 'CLEARED')
}

function scoresBody(
  first: ScoreRecord,
  records: readonly ScoreRecord[],
): Omit<Static<typeof Scores>, 'degraded'> {
  return {
    contentId: first.contentId,
    revision: first.revision,
    author: first.author,
    niceness: records.find(record => record.kind === 'niceness')?.value ?? null,
    ...spamOf(records),
    scores: Object.fromEntries(
      records.map(record => [
        record.kind,
        {
          status: record.status,
          value: record.value,
          label: record.label,
          probability: record.probability,
          reasons: record.reasons.map(reasonBody),
          model: record.modelVersion,
          eventAt: record.eventAt,
          scoredAt: record.scoredAt,
        },
      ]),
    ),
  }
}

const KindScores = Type.Object({
  status: Type.String(),
  value: Nullable(Type.Number()),
  label: Nullable(Type.String()),
  probability: Nullable(Type.Number()),
  reasons: Type.Array(ReasonBody),
  model: Type.String(),
  eventAt: Type.Integer({ description: 'When the content was written, ms since the epoch.' }),
  scoredAt: Type.Integer({ description: 'When it was scored, ms since the epoch.' }),
})

const Scores = Type.Object({
  contentId: Type.String(),
  revision: Type.Integer(),
  author: Type.String(),
  niceness: Nullable(Type.Number()),
  spam: Nullable(Type.Number({ description: 'The larger of the spam kinds’ values.' })),
  decidedBy: Nullable(Type.String({ description: 'The kind whose value that is.' })),
  degraded: Type.Boolean({
    description: 'ClickHouse did not answer, so scores that are not among the latest may be missing.',
  }),
  scores: Type.Record(Type.String(), KindScores as TSchema),
})
