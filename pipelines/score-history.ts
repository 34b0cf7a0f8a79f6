import type { JudgedScore } from '../processors/drift/judge-labels.ts'
import type { Label } from '../schemas/records.ts'
import type { RecordOf } from '../schemas/topics.ts'
import type { ClickHouse } from './clickhouse.ts'
import { kinds } from './kinds.ts'
import type { ChampionScore, KindVersion } from './runtime/readers-step.ts'
import { saidRuleOf } from './said.ts'

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
  modelVersion, alias, toUnixTimestamp64Milli(eventAt) AS eventAtMs, toUnixTimestamp64Milli(scoredAt) AS scoredAtMs, scoringMicros
FROM scores
WHERE contentId = {contentId:String} AND alias = 'CHAMPION'
ORDER BY kind`

/** Of each content the highest revision that was scored: labels name the content, and rarely an older revision of it. */
const CHAMPIONS_OF = `
SELECT contentId, kind, argMax(modelVersion, revision) AS modelVersion, argMax(value, revision) AS value,
  argMax(label, revision) AS label
FROM scores
WHERE alias = 'CHAMPION' AND status = 'SCORED' AND contentId IN {contentIds:Array(String)}
GROUP BY contentId, kind`

const CHAMPIONS_AMONG = `
SELECT DISTINCT kind, modelVersion FROM scores_log
WHERE alias = 'CHAMPION' AND kind IN {kinds:Array(String)} AND modelVersion IN {versions:Array(String)}`

/** Scores as ClickHouse keeps them. */
export function createScoreHistory(clickhouse: Pick<ClickHouse, 'query'>) {
  function championsOf(contentIds: readonly string[]): Promise<ChampionScore[]> {
    return clickhouse.query<ChampionScore>(CHAMPIONS_OF, { contentIds })
  }

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
     * The champion scores of the highest revision of each content; absent where it was not scored.
     * @throws NicrError NICR_CLICKHOUSE_UNAVAILABLE
     */
    championsOf,
    /**
     * Which of these versions have scored as champions of their kind.
     * @throws NicrError NICR_CLICKHOUSE_UNAVAILABLE
     */
    async championsAmong(versions: readonly KindVersion[]): Promise<readonly KindVersion[]> {
      const known = await clickhouse.query<KindVersion>(CHAMPIONS_AMONG, {
        kinds: [...new Set(versions.map(({ kind }) => kind))],
        versions: [...new Set(versions.map(({ modelVersion }) => modelVersion))],
      })
      return versions.filter(asked =>
        known.some(one => one.kind === asked.kind && one.modelVersion === asked.modelVersion),
      )
    },
    /**
     * The scores that labels judge, by label id; absent where content or kind has none.
     * @throws NicrError NICR_CLICKHOUSE_UNAVAILABLE
     */
    async judgedBy(labels: readonly Label[]): Promise<ReadonlyMap<string, JudgedScore>> {
      const scores = await championsOf([...new Set(labels.map(({ contentId }) => contentId))])
      const found = new Map(scores.map(row => [`${row.kind}\0${row.contentId}`, row]))
      const judged = new Map<string, JudgedScore>()
      for (const label of labels) {
        const row = found.get(`${label.kind}\0${label.contentId}`)
        const kind = Object.hasOwn(kinds, label.kind) ? kinds[label.kind] : undefined
        if (row === undefined || kind === undefined) continue
        const isGraded = kind.training.objective === 'GRADED'
        judged.set(label.id, {
          modelVersion: row.modelVersion,
          probability: isGraded ? null : row.value,
          agrees: saidRuleOf(kind).agrees(row, label.value),
          error: isGraded ? Math.abs(row.value - label.value) / (kind.scale.max - kind.scale.min) : null,
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
