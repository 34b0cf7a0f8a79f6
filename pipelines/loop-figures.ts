import type { LabelCount } from '../processors/retrain/next-move.ts'
import type { PairedScores } from '../processors/retrain/paired-scores.ts'
import { AGREEING_SHARE } from '../processors/tagging/join-labels.ts'
import type { ClickHouse } from './clickhouse.ts'
import type { KindDeclaration } from './kind-declaration.ts'

/** What ClickHouse knows of a kind's labels and of two versions that score the same contents. */

/** Answers to hidden checks are known already: nothing is learned from them. */
const LABELS = `
SELECT uniqExact(contentId) AS contents, toUnixTimestamp64Milli(max(_appended_at)) AS lastAt
FROM labels
WHERE kind = {kind:String} AND _appended_at >= fromUnixTimestamp64Milli({since:Int64})
  AND (sampleId IS NULL OR sampleId NOT IN (SELECT sampleId FROM label_samples WHERE kind = {kind:String} AND gold IS NOT NULL))`

/**
 * Contents by the window they fall into, in the order they were appended. A repeat has the id of its first, so `any` takes
 * either. A process takes a moment to load a newcomer: of each partition contents count from the first that it scored, and from
 * `GRACE_MS` on in any case. Labels are joined by their mean; of reports one a reporter counts, and none of a new account.
 */
const PAIRS = `
WITH
  fromUnixTimestamp64Milli({since:Int64}) AS sinceTime,
  fromUnixTimestamp64Milli({until:Int64}) AS untilTime,
  fromUnixTimestamp64Milli({since:Int64} + {graceMs:Int64}) AS graceEnd,
  scored AS (
    SELECT contentId, revision, any(_partition) AS part, min(_offset) AS firstOffset, min(_appended_at) AS appended,
      anyIf(value, modelVersion = {newcomer:String}) AS newValue,
      anyIf(label, modelVersion = {newcomer:String}) AS newLabel,
      anyIf(scoringMicros, modelVersion = {newcomer:String}) AS newMicros,
      anyIf(value, modelVersion = {predecessor:String}) AS oldValue,
      anyIf(label, modelVersion = {predecessor:String}) AS oldLabel,
      anyIf(scoringMicros, modelVersion = {predecessor:String}) AS oldMicros
    FROM scores_log
    WHERE kind = {kind:String} AND modelVersion IN ({newcomer:String}, {predecessor:String})
      AND alias IN ('CHAMPION', 'CHALLENGER') AND status = 'SCORED'
      AND _appended_at >= sinceTime AND _appended_at < untilTime
    GROUP BY contentId, revision
  ),
  loaded AS (
    SELECT part, min(appended) AS loadedAt FROM scored WHERE newValue IS NOT NULL GROUP BY part
  ),
  pairs AS (
    SELECT scored.*, row_number() OVER (ORDER BY appended, scored.part, firstOffset) AS nth
    FROM scored LEFT JOIN loaded ON scored.part = loaded.part
    WHERE oldValue IS NOT NULL AND appended >= least(ifNull(loadedAt, graceEnd), graceEnd)
    ORDER BY nth
    LIMIT {recordsMax:UInt32}
  ),
  said AS (
    SELECT contentId, avg(value) AS truth FROM (
      SELECT contentId, value FROM labels WHERE kind = {kind:String} AND _appended_at >= sinceTime
      UNION ALL
      SELECT contentId, any(expected) AS value FROM reports
      WHERE kind = {kind:String} AND expected IS NOT NULL AND contentId IS NOT NULL AND _appended_at >= sinceTime
        AND (accountSince IS NULL OR dateDiff('day', accountSince, at) >= {accountDaysMin:UInt32})
      GROUP BY contentId, reporter
    )
    GROUP BY contentId
  )
SELECT
  intDiv(nth - 1, {windowRecords:UInt32}) AS window,
  countIf(newValue IS NOT NULL) AS records,
  countIf(newValue IS NULL) AS missing,
  ifNull(avg(newValue - oldValue), 0) AS meanShift,
  ifNull(varPop(newValue - oldValue), 0) AS shiftVariance,
  countIf(newLabel != oldLabel) AS differing,
  quantileExactIf(0.5)(newMicros, newValue IS NOT NULL) AS newcomerMicros,
  quantileExactIf(0.5)(oldMicros, newValue IS NOT NULL) AS predecessorMicros,
  countIf(truth IS NOT NULL AND abs(newValue - truth) < {near:Float64} AND abs(oldValue - truth) >= {near:Float64}) AS newcomerRight,
  countIf(truth IS NOT NULL AND abs(oldValue - truth) < {near:Float64} AND abs(newValue - truth) >= {near:Float64}) AS predecessorRight
FROM pairs LEFT JOIN said ON pairs.contentId = said.contentId
GROUP BY window
ORDER BY window
SETTINGS join_use_nulls = 1`

/** As long as a process may take to find a version that was copied to it a moment later. */
const GRACE_MS = 60_000
/** As in judge-readers: a younger account may be somebody's army. */
const ACCOUNT_DAYS_MIN = 30
/** Of a binary kind: on the same side of the middle. */
const NEAR_BINARY = 0.5

export interface PairsWish {
  readonly newcomer: string
  readonly predecessor: string
  /** ms since the epoch, by the append time of scores. */
  readonly since: number
  /** Exclusive; ms since the epoch. */
  readonly until: number
  readonly windowRecords: number
  readonly windowsMax: number
}

export function createLoopFigures(clickhouse: Pick<ClickHouse, 'query'>) {
  return {
    /**
     * Contents of a kind that were labelled from `since` on.
     * @throws NicrError NICR_CLICKHOUSE_UNAVAILABLE
     */
    async labels(kind: string, since: number): Promise<LabelCount> {
      const [row] = await clickhouse.query<{ contents: number | string; lastAt: number | string }>(LABELS, {
        kind,
        since,
      })
      const contents = Number(row?.contents ?? 0)
      return { contents, lastAt: contents === 0 ? null : Number(row?.lastAt) }
    },
    /**
     * What two versions say of the same contents, window by window, the earliest first.
     * @throws NicrError NICR_CLICKHOUSE_UNAVAILABLE
     */
    async pairs({ kind, scale, training }: KindDeclaration, wish: PairsWish): Promise<PairedScores[]> {
      const { windowRecords, windowsMax, ...asked } = wish
      const near = training.objective === 'GRADED' ? AGREEING_SHARE * (scale.max - scale.min) : NEAR_BINARY
      const rows = await clickhouse.query<Readonly<Record<keyof PairedScores, number | string | null>>>(
        PAIRS,
        {
          kind,
          ...asked,
          windowRecords,
          recordsMax: windowRecords * windowsMax,
          accountDaysMin: ACCOUNT_DAYS_MIN,
          graceMs: GRACE_MS,
          near,
        },
      )
      return rows.map(row => ({
        records: Number(row.records),
        missing: Number(row.missing),
        meanShift: Number(row.meanShift),
        shiftVariance: Number(row.shiftVariance),
        differing: Number(row.differing),
        newcomerMicros: row.newcomerMicros === null ? null : Number(row.newcomerMicros),
        predecessorMicros: row.predecessorMicros === null ? null : Number(row.predecessorMicros),
        newcomerRight: Number(row.newcomerRight),
        predecessorRight: Number(row.predecessorRight),
      }))
    },
  }
}

export type LoopFigures = ReturnType<typeof createLoopFigures>
