import type { ClickHouse } from './clickhouse.ts'
import { describeFeature, describeSlice } from './drift-names.ts'
import type {
  DriftFinding,
  DriftOverview,
  DriftWord,
  FeatureHistory,
  OpenDrift,
  OpenRequest,
} from './drift-overview.ts'
import { createDriftWatch } from './drift-watch.ts'

/** Points of a history at most. */
const POINTS_MAX = 120
const EXAMPLES_MAX = 3
const EXAMPLE_UNITS_MAX = 280
const LIMIT_MAX = 200
const MOVED_MAX = 3
/** Of a history, before the oldest open drift began and at most in all. */
const HISTORY_BEFORE_MS = 24 * 3_600_000
const HISTORY_DAYS_MAX = 30

const DRIFTS = `
SELECT kind, modelVersion, feature, slice, toUnixTimestamp64Milli(since) AS sinceMs, toUnixTimestamp64Milli(lastAt) AS lastAtMs,
  toUInt32(alarms) AS alarms, method, statistic, threshold, eValue, effect, effectLow, effectHigh, toUInt32(count) AS count, moved
FROM current_drifts
LEFT JOIN (
  SELECT kind, modelVersion, feature, slice, argMax(arraySlice(arrayMap(one -> one.name, contributors), 1, ${MOVED_MAX}), at) AS moved
  FROM drift_reports WHERE drifted AND method IN ('adwin', 'e-detector', 'joint') GROUP BY kind, modelVersion, feature, slice
) AS movers USING (kind, modelVersion, feature, slice)
WHERE lastAt >= fromUnixTimestamp64Milli({since:Int64}) AND ({kind:String} = '' OR kind = {kind:String}) AND feature NOT IN ('terms', 'company')
ORDER BY lastAt DESC LIMIT {limit:UInt32}`

const WORDS = `
SELECT kind, word, toUnixTimestamp64Milli(firstAt) AS firstAtMs, toUnixTimestamp64Milli(lastAt) AS lastAtMs, weight,
  toUInt32(count) AS count, expected, contentIds, change, neighbours
FROM drift_words
WHERE lastAt >= fromUnixTimestamp64Milli({since:Int64}) AND ({kind:String} = '' OR kind = {kind:String})
ORDER BY lastAt DESC, weight DESC LIMIT {limit:UInt32}`

const EXAMPLES = `
SELECT id, substringUTF8(text, 1, ${EXAMPLE_UNITS_MAX}) AS text FROM content
WHERE id IN {ids:Array(String)} AND action != 'DELETED' AND text != ''`

const FINDINGS = `
SELECT id, kind, modelVersion, feature, slice, assumeNotNull(finding) AS finding, method, drifted, statistic, threshold, effect,
  effectLow, effectHigh, toUInt32(count) AS count, toUnixTimestamp64Milli(at) AS atMs,
  arrayMap(one -> (one.name, one.weight), contributors) AS weights
FROM drift_reports AS r
WHERE isNotNull(r.finding) AND r.finding NOT IN ('NEW_WORDS', 'NEW_COMPANY', 'ESTIMATE') AND at >= fromUnixTimestamp64Milli({since:Int64})
  AND ({kind:String} = '' OR kind = {kind:String})
ORDER BY at DESC LIMIT {limit:UInt32}`

const REQUESTS = `
SELECT id, kind, policy, reason, modelVersion, toUnixTimestamp64Milli(requestedAt) AS requestedAtMs
FROM retrain_requests
WHERE requestedAt >= fromUnixTimestamp64Milli({since:Int64}) AND ({kind:String} = '' OR kind = {kind:String})
ORDER BY requestedAt DESC LIMIT {limit:UInt32}`

/**
 * What the view feature_history says, of few features and of a bounded past, without unpacking the sums of all others. Repeats of
 * a profile are alike in what is asked for here, so that may be asked before they are collapsed.
 */
const HISTORY = `
SELECT kind, features[place] AS feature, toUnixTimestamp(toStartOfMinute(stepAt)) * 1000 AS atMs,
  sum(reinterpretAsFloat64(substring(base64Decode(sums), (place - 1) * 16 + 1, 8))) AS records,
  sum(reinterpretAsFloat64(substring(base64Decode(sums), (place - 1) * 16 + 9, 8))) / records AS mean
FROM (
  SELECT kind, features, steps.sums AS stepSums, steps.eventAtMax AS stepTimes FROM feature_profiles_log FINAL
  WHERE kind IN {kinds:Array(String)} AND concat(kind, '@', modelVersion) IN {versions:Array(String)} AND sumsPerFeature = 2
    AND at >= fromUnixTimestamp64Milli({from:Int64}) AND hasAny(features, {features:Array(String)})
)
ARRAY JOIN arrayFilter(i -> has({features:Array(String)}, features[i]), arrayEnumerate(features)) AS place
ARRAY JOIN stepSums AS sums, stepTimes AS stepAt
GROUP BY kind, feature, atMs HAVING records > 0 ORDER BY kind, feature, atMs
SETTINGS optimize_move_to_prewhere_if_final = 1`

type WithMs<Row, Times extends keyof Row> = Omit<Row, Times> & {
  readonly [Time in Times as `${string & Time}Ms`]: number
}

type Undescribed<Shape> = Omit<Shape, 'description' | 'sliceDescription'>

/** Drift as ClickHouse keeps it. */
export function createDriftHistory(clickhouse: ClickHouse) {
  async function examplesOf(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (ids.length === 0) return new Map()
    const rows = await clickhouse.query<{ id: string; text: string }>(EXAMPLES, { ids: [...new Set(ids)] })
    return new Map(rows.map(({ id, text }) => [id, text]))
  }

  async function historiesOf(drifts: readonly OpenDrift[]): Promise<FeatureHistory[]> {
    if (drifts.length === 0) return []
    const rows = await clickhouse.query<{
      kind: string
      feature: string
      atMs: number
      records: number
      mean: number
    }>(HISTORY, {
      kinds: [...new Set(drifts.map(({ kind }) => kind))],
      versions: [...new Set(drifts.map(({ kind, modelVersion }) => `${kind}@${modelVersion}`))],
      from: Math.max(
        Math.min(...drifts.map(({ since }) => since)) - HISTORY_BEFORE_MS,
        Math.max(...drifts.map(({ lastAt }) => lastAt)) - HISTORY_DAYS_MAX * 24 * 3_600_000,
      ),
      features: [...new Set(drifts.map(({ feature }) => feature))],
    })
    const byFeature = new Map<
      string,
      { kind: string; feature: string; points: FeatureHistory['points'][number][] }
    >()
    for (const { kind, feature, atMs, records, mean } of rows) {
      const key = `${kind} ${feature}`
      const history = byFeature.get(key) ?? { kind, feature, points: [] }
      history.points.push({ at: Number(atMs), mean, count: Number(records) })
      byFeature.set(key, history)
    }
    return [...byFeature.values()].map(({ points, ...names }) => ({
      ...names,
      slice: 'all',
      points: thinned(points),
    }))
  }

  const watch = createDriftWatch(clickhouse)

  return {
    /**
     * What drifts now, the newest first.
     * @param kind all kinds unless given
     * @param since ms since the epoch: what was found before is left out
     * @throws NicrError NICR_CLICKHOUSE_UNAVAILABLE
     */
    async overview({ kind = '', since = 0, limit = LIMIT_MAX } = {}): Promise<DriftOverview> {
      const asked = { kind, since: Math.trunc(since), limit: Math.min(limit, LIMIT_MAX) }
      const [watched, accuracy, drifts, words, findings, requests] = await Promise.all([
        watch.watched(kind),
        watch.accuracy(kind),
        clickhouse.query<WithMs<Undescribed<OpenDrift>, 'since' | 'lastAt'>>(DRIFTS, asked),
        clickhouse.query<
          WithMs<Omit<DriftWord, 'examples'>, 'firstAt' | 'lastAt'> & { contentIds: string[] }
        >(WORDS, asked),
        clickhouse.query<
          WithMs<Omit<Undescribed<DriftFinding>, 'contributors'>, 'at'> & { weights: [string, number][] }
        >(FINDINGS, asked),
        clickhouse.query<WithMs<OpenRequest, 'requestedAt'>>(REQUESTS, asked),
      ])
      const texts = await examplesOf(words.flatMap(({ contentIds }) => contentIds))
      const open = drifts.map(({ sinceMs, lastAtMs, ...row }) => ({
        ...row,
        description: describeFeature(row.kind, row.feature),
        sliceDescription: describeSlice(row.kind, row.slice),
        since: Number(sinceMs),
        lastAt: Number(lastAtMs),
      }))
      return {
        watched,
        accuracy,
        drifts: open,
        words: words.map(({ firstAtMs, lastAtMs, contentIds, ...row }) => ({
          ...row,
          firstAt: Number(firstAtMs),
          lastAt: Number(lastAtMs),
          examples: contentIds
            .flatMap(contentId => {
              const text = texts.get(contentId)
              return text === undefined ? [] : [{ contentId, text }]
            })
            .slice(0, EXAMPLES_MAX),
        })),
        findings: findings.map(({ atMs, weights, ...row }) => ({
          ...row,
          description: describeFeature(row.kind, row.feature),
          at: Number(atMs),
          contributors: weights.map(([name, weight]) => ({
            name,
            weight,
            description: describeFeature(row.kind, name),
          })),
        })),
        requests: requests.map(({ requestedAtMs, ...row }) => ({
          ...row,
          requestedAt: Number(requestedAtMs),
        })),
        histories: await historiesOf(open),
      }
    },
  }
}

/** Neighbouring points added up until there are few enough to draw. */
function thinned(points: FeatureHistory['points']): FeatureHistory['points'] {
  const width = Math.ceil(points.length / POINTS_MAX)
  if (width <= 1) return points
  const thin: { at: number; mean: number; count: number }[] = []
  for (let from = 0; from < points.length; from += width) {
    const part = points.slice(from, from + width)
    const count = part.reduce((sum, point) => sum + point.count, 0)
    thin.push({
      at: part[0]!.at,
      count,
      mean: part.reduce((sum, point) => sum + point.mean * point.count, 0) / count,
    })
  }
  return thin
}
