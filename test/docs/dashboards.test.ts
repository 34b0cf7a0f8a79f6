import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClickHouse } from '../../pipelines/clickhouse.ts'
import { createDriftWatch } from '../../pipelines/drift-watch.ts'
import { rowOf } from '../../pipelines/sinks/clickhouse.ts'
import { type ProfileLayout, packStep } from '../../processors/drift/profile.ts'
import { packagePath } from '../../schemas/package-root.ts'
import { type RecordOf, type TopicName, tableOf } from '../../schemas/topics.ts'
import { dropDatabase, newMigratedClickHouse } from '../support/clickhouse.ts'
import { aDriftReport, aFeatureProfile, aModelPromotion } from '../support/records.ts'
import { filesUnder } from '../support/sources.ts'
import { stackMissing } from '../support/stack.ts'

/** Every query of the dashboards, as Grafana would send it, on the real engine. */

interface Target {
  readonly rawSql?: string
}
interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly Target[] }[]
  readonly templating?: { readonly list: readonly { readonly name: string; readonly query: string }[] }
}

const HOUR = 3_600_000
const T0 = Date.UTC(2026, 2, 1, 10)
const dashboards = filesUnder('deploy/grafana/dashboards', '.json').map(
  path => JSON.parse(readFileSync(packagePath(path), 'utf8')) as Dashboard,
)
const queries = dashboards.flatMap(({ panels, templating }) => [
  ...panels.flatMap(({ title, targets }) =>
    targets.flatMap(({ rawSql }) => (rawSql === undefined ? [] : [{ title, sql: rawSql }])),
  ),
  ...(templating?.list ?? []).map(({ name, query }) => ({ title: `variable ${name}`, sql: query })),
])

const variables: Readonly<Record<string, string>> = { kind: "'niceness','text-spam'", feature: "'score'" }

/** What Grafana's ClickHouse data source makes of macros and variables. */
function filledIn(sql: string): string {
  return sql
    .replaceAll(/\$__timeFilter\(((?:[^()]|\([^()]*\))+)\)/g, (_, column: string) => {
      const at = (ms: number) => `toDateTime(${ms / 1000})`
      return `(${column} >= ${at(T0 - 48 * HOUR)} AND ${column} <= ${at(T0 + 48 * HOUR)})`
    })
    .replaceAll(/\$\{(\w+):singlequote\}/g, (_, name: string) => variables[name]!)
}

const layout: ProfileLayout = {
  version: 'v1',
  features: [{ name: 'score', description: '', edges: Float64Array.of(5) }],
  slices: [{ name: 'all', description: '', holds: () => true }],
  binsMax: 2,
}

describe.skipIf(stackMissing() !== null)('the dashboards', () => {
  let clickhouse: ClickHouse
  let nextOffset = 0
  async function store<T extends TopicName>(topic: T, ...records: RecordOf<T>[]) {
    const rows = records.map(record =>
      rowOf(topic, record, {
        topic: `nicr.${topic}`,
        partition: 0,
        offset: nextOffset++,
        appendedAt: T0 + nextOffset,
      }),
    )
    await clickhouse.insertRows(`${tableOf(topic)}_log`, rows, {
      deduplicationToken: `${topic}:${nextOffset}`,
    })
  }
  const runTitled = (start: string, place = 0) =>
    run(queries.filter(({ title }) => title.startsWith(start))[place]!.sql)
  const run = (sql: string) =>
    clickhouse.query<Record<string, unknown>>(filledIn(sql).replaceAll('nicr.', `${clickhouse.database}.`))

  /** 1,000 records at this hour with this mean, which hold these words. */
  function aProfile(hour: number, mean: number, words: readonly string[], modelVersion = '2') {
    const at = T0 + hour * HOUR
    const { sums, bins } = packStep(layout, Uint16Array.of(500, 500), Float64Array.of(1000 * mean)) as Record<
      'sums' | 'bins',
      Buffer<ArrayBuffer>
    >
    const [term] = aFeatureProfile().terms
    return {
      ...aFeatureProfile({ sums, bins }),
      id: `p${hour}-${modelVersion}`,
      modelVersion,
      firstOffset: hour,
      nextOffset: hour + 1,
      features: ['score'],
      sumsPerFeature: 2,
      binsPerFeature: 2,
      steps: [{ firstOffset: hour, count: 1000, eventAtMin: at, eventAtMax: at, sums, bins }],
      terms: words.map(word => ({ ...term!, term: word })),
      at,
    }
  }

  beforeAll(async () => {
    clickhouse = await newMigratedClickHouse()
    await store(
      'feature-profiles',
      aProfile(0, 6, ['good', 'day']),
      aProfile(1, 6, ['good']),
      aProfile(15, 2, ['good', 'glorp', 'so glorp']),
    )
    await store(
      'drift-reports',
      aDriftReport({ feature: 'score', at: T0 + HOUR, changedAt: T0, effect: -0.5, modelVersion: '2' }),
      aDriftReport({
        id: 'share',
        kind: 'text-spam',
        feature: 'score',
        method: 'em',
        finding: 'CLASS_SHARE',
        threshold: 0.13,
        statistic: 0.31,
        at: T0 + HOUR,
      }),
    )
  })
  afterAll(() => dropDatabase(clickhouse))

  it('show what the loop does: what is asked for and paused, how long it took, what was live when', async () => {
    const request = {
      kind: 'niceness',
      policy: 'manual',
      reason: 'New slang.',
      evidence: [],
      modelVersion: '2',
      by: 'ada',
      expiresAt: null,
    }
    await store(
      'retrain-requests',
      { ...request, id: 'open', requestedAt: T0 },
      { ...request, id: 'done', requestedAt: T0 - HOUR },
    )
    const step = { kind: 'niceness', progress: 0.5, detail: '', modelVersion: '3' }
    const labels = { labels: 75, labelsNeeded: 150 }
    const pairs = { records: 40, differingShare: 0.1, meanShift: -0.2 }
    const [tagging, shadow] = [
      { step: 'TAGGING', task: 'tag', figures: labels } as const,
      { step: 'SHADOW', task: 'shadow', figures: pairs } as const,
    ]
    await store(
      'retrain-steps',
      { ...step, ...tagging, id: 's1', requestId: 'open', at: T0 },
      {
        ...step,
        ...tagging,
        id: 's2',
        requestId: 'done',
        step: 'TRAINING',
        task: 'train',
        at: T0 - HOUR / 2,
      },
      { ...step, ...shadow, id: 's3', requestId: 'done', at: T0 - HOUR / 3 },
      { ...step, ...shadow, id: 's4', requestId: 'done', step: 'PROMOTED', task: 'promote', at: T0 },
    )
    await store('automation', {
      id: 'a1',
      kind: 'text-spam',
      paused: true,
      by: 'ada',
      reason: 'A wave.',
      at: T0,
    })
    await store('model-promotions', aModelPromotion({ version: '3', previous: '2', at: T0 }))

    expect(await runTitled('What is asked for now')).toMatchObject([
      { kind: 'niceness', step: 'TAGGING', task: 'tag', percent: 50 },
    ])
    expect(await runTitled('What is paused')).toMatchObject([{ kind: 'text-spam', pausedBy: 'ada' }])
    expect(await runTitled('Labels, and how many')).toMatchObject([
      { labels: 75, needed: 150 },
      { labels: 75, needed: 150 },
    ])
    const days = await runTitled('Promotions and roll-backs')
    expect(days.map(({ promoted, rolledBack }) => [Number(promoted), Number(rolledBack)])).toEqual([[1, 0]])
    expect(await runTitled('What was live when')).toMatchObject([{ alias: 'champion', version: '3' }])
    expect(await runTitled('How champion and challenger')).toMatchObject([{ differingShare: 0.1 }])
    expect(await runTitled('From request to promotion')).toMatchObject([
      { minutes: 60, minutesFromTraining: 30 },
    ])
  })

  it('ask ClickHouse only what it can answer', async () => {
    expect(queries.length).toBeGreaterThan(15)
    for (const { title, sql } of queries) {
      expect(filledIn(sql), title).not.toMatch(/\$/)
      await expect(run(sql), title).resolves.toBeInstanceOf(Array)
    }
  })

  it('show what drifts, and a moved share with the report that recalibrates by', async () => {
    expect(await runTitled('What drifts now')).toMatchObject([{ feature: 'score', effect: -0.5 }])
    expect(await runTitled('Class shares')).toMatchObject([
      { finding: 'CLASS_SHARE', shareBefore: 0.13, shareNow: 0.31, id: 'share' },
    ])
  })

  it('show a feature by hour beside the mean of its reference', async () => {
    expect((await runTitled('A feature by hour')).map(({ mean }) => mean)).toEqual([6, 6, 2])
    expect((await runTitled('A feature by hour', 1)).map(({ mean }) => mean)).toEqual([6, 6, 6])
  })

  it('show how many words of a day were never used before', async () => {
    expect((await runTitled('Words never used')).map(({ newShare }) => newShare)).toEqual([1, 0.5])
  })

  it('show what is watched; the version that scores now is the one that scored last', async () => {
    expect(await runTitled('What is watched')).toMatchObject([{ modelVersion: '2', records: 3000 }])
    await store('feature-profiles', aProfile(2, 6, [], '3'))
    expect(await createDriftWatch(clickhouse).watched('')).toEqual([
      {
        kind: 'niceness',
        modelVersion: '3',
        records: 1000,
        referenceRecords: 2000,
        since: T0 + 2 * HOUR,
        lastAt: T0 + 2 * HOUR,
      },
    ])
    await store('feature-profiles', { ...aProfile(2, 6, []), kind: 'image-spam' })
    expect(await createDriftWatch(clickhouse).watched('image-spam')).toMatchObject([
      { referenceRecords: 250 },
    ])
  })
})
