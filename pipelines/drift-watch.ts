import { lineSettings } from '../processors/drift/line-settings.ts'
import { REFERENCE_RECORDS } from '../processors/drift/monitor.ts'
import type { ClickHouse } from './clickhouse.ts'
import type { AccuracyFigure, WatchedKind } from './drift-overview.ts'
import { kinds } from './kinds.ts'

/** What is watched while nothing drifts: how much was seen of each kind, and how right its scores are thought to be. */

const WATCHED = `
SELECT kind, modelVersion, toUInt64(records) AS records, toUnixTimestamp64Milli(since) AS sinceMs, toUnixTimestamp64Milli(lastAt) AS lastAtMs
FROM watched_kinds
WHERE {kind:String} = '' OR kind = {kind:String}
ORDER BY kind, lastAppendedAt DESC LIMIT 1 BY kind`

const ACCURACY = `
SELECT kind, modelVersion, multiIf(method = 'cbpe', 'estimate', method = 'accuracy', 'labels', 'reports') AS source,
  statistic AS share, effectLow AS low, effectHigh AS high, toUInt32(count) AS count, drifted, toUnixTimestamp64Milli(at) AS atMs
FROM drift_reports
WHERE method IN ('cbpe', 'accuracy', 'accuracy-reports') AND ({kind:String} = '' OR kind = {kind:String})
ORDER BY kind, source, windowEnd DESC LIMIT 1 BY kind, source`

type Row<Shape, Times extends keyof Shape> = Omit<Shape, Times> & {
  readonly [Time in Times as `${string & Time}Ms`]: number
}

export function createDriftWatch(clickhouse: ClickHouse) {
  return {
    /**
     * @param kind all kinds where it is empty
     * @throws NicrError NICR_CLICKHOUSE_UNAVAILABLE
     */
    async watched(kind: string): Promise<WatchedKind[]> {
      const rows = await clickhouse.query<Row<Omit<WatchedKind, 'referenceRecords'>, 'since' | 'lastAt'>>(
        WATCHED,
        { kind },
      )
      return rows.map(({ sinceMs, lastAtMs, records, ...row }) => ({
        ...row,
        records: Number(records),
        referenceRecords: referenceRecordsOf(row.kind),
        since: Number(sinceMs),
        lastAt: Number(lastAtMs),
      }))
    },

    /**
     * The latest figure of each kind and source.
     * @param kind all kinds where it is empty
     * @throws NicrError NICR_CLICKHOUSE_UNAVAILABLE
     */
    async accuracy(kind: string): Promise<AccuracyFigure[]> {
      const rows = await clickhouse.query<Row<AccuracyFigure, 'at'>>(ACCURACY, { kind })
      return rows.map(({ atMs, ...row }) => ({ ...row, at: Number(atMs) }))
    },
  }
}

/** A kind that is declared no more is shown with the usual number. */
function referenceRecordsOf(kind: string): number {
  const drift = kinds[kind]?.drift
  const own =
    drift &&
    lineSettings(
      drift.features.map(({ name }) => name),
      false,
    ).referenceRecords
  return own ?? REFERENCE_RECORDS
}
