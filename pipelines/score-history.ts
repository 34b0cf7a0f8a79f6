import type { JudgedScore } from '../processors/drift/judge-labels.ts'
import type { Label } from '../schemas/records.ts'
import type { RecordOf } from '../schemas/topics.ts'
import type { ClickHouse } from './clickhouse.ts'
import { kinds } from './kinds.ts'

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

/** Of each content the highest revision that was scored: labels name the content, and rarely an older revision of it. */
const JUDGED_SCORES = `
SELECT contentId, kind, argMax(modelVersion, revision) AS modelVersion, argMax(value, revision) AS value,
  argMax(label, revision) AS label
FROM scores
WHERE alias = 'CHAMPION' AND status = 'SCORED' AND contentId IN {contentIds:Array(String)}
GROUP BY contentId, kind`

interface JudgedRow {
  readonly contentId: string
  readonly kind: string
  readonly modelVersion: string
  readonly value: number
  readonly label: string
}

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
    /**
     * The scores that labels judge, by label id; absent where content or kind has none.
     * @throws NicrError NICR_CLICKHOUSE_UNAVAILABLE
     */
    async judgedBy(labels: readonly Label[]): Promise<ReadonlyMap<string, JudgedScore>> {
      const contentIds = [...new Set(labels.map(({ contentId }) => contentId))]
      const rows = await clickhouse.query<JudgedRow>(JUDGED_SCORES, { contentIds })
      const found = new Map(rows.map(row => [`${row.kind}\0${row.contentId}`, row]))
      const judged = new Map<string, JudgedScore>()
      for (const label of labels) {
        const row = found.get(`${label.kind}\0${label.contentId}`)
        const kind = Object.hasOwn(kinds, label.kind) ? kinds[label.kind] : undefined
        if (row === undefined || kind === undefined) continue
        const isGraded = kind.training.objective === 'GRADED'
        // Two labels of a scale agree where they are less than a fifth of it apart.
        const agrees = isGraded
          ? Math.abs(row.value - label.value) < (kind.scale.max - kind.scale.min) / 5
          : (row.label === kind.labels[1]) === label.value >= 0.5
        judged.set(label.id, {
          modelVersion: row.modelVersion,
          probability: isGraded ? null : row.value,
          agrees,
        })
      }
      return judged
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
