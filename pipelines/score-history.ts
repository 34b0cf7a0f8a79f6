import type { RecordOf } from '../schemas/topics.ts'
import type { ClickHouse } from './clickhouse.ts'

type Score = RecordOf<'scores'>
type Reason = Score['reasons'][number]
type Box = NonNullable<Reason['box']>

/** A row of the view: times as ms, a missing box as one of nulls. */
interface ScoreRow extends Omit<Score, 'eventAt' | 'scoredAt' | 'reasons'> {
  readonly eventAtMs: number
  readonly scoredAtMs: number
  readonly reasons: readonly (Omit<Reason, 'box'> & {
    readonly box: { readonly [Side in keyof Box]: number | null }
  })[]
}

const CHAMPION_SCORES = `
SELECT id, contentId, revision, kind, status, value, label, probability, reasons, author, contentKind, language,
  modelVersion, alias, toUnixTimestamp64Milli(eventAt) AS eventAtMs, toUnixTimestamp64Milli(scoredAt) AS scoredAtMs
FROM scores
WHERE contentId = {contentId:String} AND alias = 'CHAMPION'
ORDER BY kind`

/** Scores as ClickHouse keeps them. */
export function createScoreHistory(clickhouse: ClickHouse) {
  return {
    /**
     * The champion scores of a content's highest revision, one a kind; none if it is unknown or deleted.
     * @throws NicrError NICR_CLICKHOUSE_UNAVAILABLE
     */
    async scoresOf(contentId: string): Promise<Score[]> {
      const rows = await clickhouse.query<ScoreRow>(CHAMPION_SCORES, { contentId })
      const latest = Math.max(...rows.map(row => row.revision))
      return rows.filter(row => row.revision === latest).map(toScore)
    },
  }
}

function toScore({ eventAtMs, scoredAtMs, reasons, ...row }: ScoreRow): Score {
  return { ...row, eventAt: eventAtMs, scoredAt: scoredAtMs, reasons: reasons.map(toReason) }
}

function toReason(reason: ScoreRow['reasons'][number]): Reason {
  const { x, y, width, height } = reason.box
  const box = x === null || y === null || width === null || height === null ? null : { x, y, width, height }
  return { ...reason, box }
}
