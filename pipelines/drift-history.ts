import type { ClickHouse } from './clickhouse.ts'

/** What drifts, as ClickHouse keeps it; times are ms since the epoch. */
export interface DriftOverview {
  readonly drifts: readonly OpenDrift[]
  readonly words: readonly DriftWord[]
  readonly findings: readonly DriftFinding[]
  readonly requests: readonly OpenRequest[]
  readonly histories: readonly FeatureHistory[]
}

export interface OpenDrift {
  readonly kind: string
  readonly modelVersion: string
  readonly feature: string
  readonly slice: string
  readonly since: number
  readonly lastAt: number
  readonly alarms: number
  readonly method: string
  readonly statistic: number
  readonly threshold: number
  readonly eValue: number | null
  readonly effect: number | null
  readonly effectLow: number | null
  readonly effectHigh: number | null
  readonly count: number
}

export interface DriftWord {
  readonly kind: string
  readonly word: string
  readonly firstAt: number
  readonly lastAt: number
  readonly weight: number
  readonly count: number
  readonly expected: number | null
  /** What of it is new: a word, an expression of two, or the neighbours of a known word. */
  readonly change: 'word' | 'expression' | 'company'
  /** For company: the word with each of its new neighbours. */
  readonly neighbours: readonly string[]
  /** Texts that hold it and were not deleted. */
  readonly examples: readonly { readonly contentId: string; readonly text: string }[]
}

/** A finding that is no plain drift, such as DOMAIN_GAP or CLEARED. */
export interface DriftFinding {
  readonly kind: string
  readonly feature: string
  readonly slice: string
  readonly finding: string
  readonly method: string
  readonly effect: number | null
  readonly at: number
}

export interface OpenRequest {
  readonly id: string
  readonly kind: string
  readonly policy: string
  readonly reason: string
  readonly modelVersion: string
  readonly requestedAt: number
}

/** Means of a drifting feature, oldest first. */
export interface FeatureHistory {
  readonly kind: string
  readonly feature: string
  readonly slice: string
  readonly points: readonly { readonly at: number; readonly mean: number; readonly count: number }[]
}

/** Points of a history at most. */
const POINTS_MAX = 120
const EXAMPLES_MAX = 3
const EXAMPLE_UNITS_MAX = 280
const LIMIT_MAX = 200

const DRIFTS = `
SELECT kind, modelVersion, feature, slice, toUnixTimestamp64Milli(since) AS sinceMs, toUnixTimestamp64Milli(lastAt) AS lastAtMs,
  toUInt32(alarms) AS alarms, method, statistic, threshold, eValue, effect, effectLow, effectHigh, toUInt32(count) AS count
FROM current_drifts
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
SELECT kind, feature, slice, assumeNotNull(finding) AS finding, method, effect, toUnixTimestamp64Milli(at) AS atMs
FROM drift_reports AS r
WHERE isNotNull(r.finding) AND r.finding NOT IN ('NEW_WORDS', 'NEW_COMPANY', 'ESTIMATE') AND at >= fromUnixTimestamp64Milli({since:Int64})
  AND ({kind:String} = '' OR kind = {kind:String})
ORDER BY at DESC LIMIT {limit:UInt32}`

const REQUESTS = `
SELECT id, kind, policy, reason, modelVersion, toUnixTimestamp64Milli(requestedAt) AS requestedAtMs
FROM retrain_requests
WHERE requestedAt >= fromUnixTimestamp64Milli({since:Int64}) AND ({kind:String} = '' OR kind = {kind:String})
ORDER BY requestedAt DESC LIMIT {limit:UInt32}`

const HISTORY = `
SELECT kind, feature, toUnixTimestamp(minute) * 1000 AS atMs, sum(h.count) AS records, sum(h.count * h.mean) / sum(h.count) AS mean
FROM feature_history AS h
WHERE slice = 'all' AND h.count > 0 AND kind IN {kinds:Array(String)} AND feature IN {features:Array(String)}
GROUP BY kind, feature, minute ORDER BY kind, feature, minute`

type WithMs<Row, Times extends keyof Row> = Omit<Row, Times> & {
  readonly [Time in Times as `${string & Time}Ms`]: number
}

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

  return {
    /**
     * What drifts now, the newest first.
     * @param kind all kinds unless given
     * @param since ms since the epoch: what was found before is left out
     * @throws NicrError NICR_CLICKHOUSE_UNAVAILABLE
     */
    async overview({ kind = '', since = 0, limit = LIMIT_MAX } = {}): Promise<DriftOverview> {
      const asked = { kind, since: Math.trunc(since), limit: Math.min(limit, LIMIT_MAX) }
      const [drifts, words, findings, requests] = await Promise.all([
        clickhouse.query<WithMs<OpenDrift, 'since' | 'lastAt'>>(DRIFTS, asked),
        clickhouse.query<
          WithMs<Omit<DriftWord, 'examples'>, 'firstAt' | 'lastAt'> & { contentIds: string[] }
        >(WORDS, asked),
        clickhouse.query<WithMs<DriftFinding, 'at'>>(FINDINGS, asked),
        clickhouse.query<WithMs<OpenRequest, 'requestedAt'>>(REQUESTS, asked),
      ])
      const texts = await examplesOf(words.flatMap(({ contentIds }) => contentIds))
      const open = drifts.map(({ sinceMs, lastAtMs, ...row }) => ({
        ...row,
        since: Number(sinceMs),
        lastAt: Number(lastAtMs),
      }))
      return {
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
        findings: findings.map(({ atMs, ...row }) => ({ ...row, at: Number(atMs) })),
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
