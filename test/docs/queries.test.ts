import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClickHouse } from '../../pipelines/clickhouse.ts'
import { createDriftHistory } from '../../pipelines/drift-history.ts'
import { createScoreHistory } from '../../pipelines/score-history.ts'
import { rowOf } from '../../pipelines/sinks/clickhouse.ts'
import { type ProfileLayout, packStep } from '../../processors/drift/profile.ts'
import { packagePath } from '../../schemas/package-root.ts'
import { type RecordOf, type TopicName, tableOf } from '../../schemas/topics.ts'
import { dropDatabase, newMigratedClickHouse } from '../support/clickhouse.ts'
import {
  aContent,
  aDriftReport,
  aFeatureProfile,
  aLabel,
  aLabelSample,
  aScore,
  aVote,
} from '../support/records.ts'
import { stackMissing } from '../support/stack.ts'

/** The queries that docs/queries.md shows to analysts, and what the pages ask, on the real engine. */

const HOUR = 3_600_000
const T0 = Date.UTC(2026, 2, 1, 10)
const page = readFileSync(packagePath('docs', 'queries.md'), 'utf8')
const queries = [...page.matchAll(/([^\n]+)\n\n```sql\n([^`]+)```/g)].map(([, title, sql]) => ({
  title: title!,
  sql: sql!,
}))

const layout: ProfileLayout = {
  version: 'v1',
  features: [{ name: 'score', description: '', edges: Float64Array.of(5) }],
  slices: [{ name: 'all', description: '', holds: () => true }],
  binsMax: 2,
}

describe.skipIf(stackMissing() !== null)('the queries for analysts', () => {
  let clickhouse: ClickHouse
  let nextOffset = 0
  async function store<T extends TopicName>(topic: T, ...records: RecordOf<T>[]) {
    for (const record of records) {
      const offset = nextOffset++
      const row = rowOf(topic, record, {
        topic: `nicr.${topic}`,
        partition: 0,
        offset,
        appendedAt: Date.now(),
      })
      await clickhouse.insertRows(`${tableOf(topic)}_log`, [row], {
        deduplicationToken: `${topic}:${offset}`,
      })
    }
  }
  const run = (sql: string) =>
    clickhouse.query<Record<string, unknown>>(sql.replaceAll('nicr.', `${clickhouse.database}.`))
  const runTitled = (start: string) => run(queries.find(({ title }) => title.startsWith(start))!.sql)

  beforeAll(async () => {
    clickhouse = await newMigratedClickHouse()
    const report = {
      kind: 'niceness',
      modelVersion: '2',
      referenceVersion: 'v1',
      drifted: true,
      contributors: [],
    } as const
    const found = (id: string, hours: number, changes: Partial<RecordOf<'drift-reports'>>) =>
      aDriftReport({
        ...report,
        id,
        at: T0 + hours * HOUR,
        windowEnd: T0 + hours * HOUR + 1,
        changedAt: T0 + (hours - 1) * HOUR,
        ...changes,
      })
    await store(
      'drift-reports',
      found('1', 1, { feature: 'score', effect: -0.4, method: 'adwin' }),
      found('2', 2, {
        feature: 'score',
        effect: -0.7,
        method: 'e-detector',
        eValue: 2e8,
        statistic: 2e8,
        threshold: 1e7,
      }),
      found('3', 3, { feature: 'urls', effect: 0.5 }),
      found('4', 9, { feature: 'urls', drifted: false, finding: 'CLEARED', effect: 0 }),
      found('5', 4, {
        feature: 'terms',
        method: 'word-bayes-factor',
        finding: 'NEW_WORDS',
        effect: null,
        contributors: [
          { name: 'glorp', weight: 5, count: 12, expected: 0.2, contentIds: ['c1', 'gone'], revisions: [] },
        ],
      }),
      found('8', 5, {
        feature: 'company',
        method: 'company-bayes-factor',
        finding: 'NEW_COMPANY',
        effect: null,
        contributors: ['mid', 'so mid', 'mid vibes'].map(name => ({
          name,
          weight: 1,
          count: 30,
          expected: 28,
          contentIds: ['c2'],
          revisions: [1],
        })),
      }),
      found('6', 5, { feature: 'score', modelVersion: '1', effect: 3 }),
      found('7', 6, {
        feature: 'score',
        effect: -0.8,
        contributors: [
          { name: 'spread', weight: -0.8, count: 320, expected: null, contentIds: [], revisions: [] },
        ],
      }),
      found('share', 6, {
        kind: 'text-spam',
        feature: 'score',
        method: 'em',
        finding: 'CLASS_SHARE_REFUSED',
        drifted: false,
        statistic: 0.3,
        threshold: 0.13,
        contributors: [
          { name: 'urls', weight: 2, count: 320, expected: null, contentIds: [], revisions: [] },
        ],
      }),
      found('gap', 0, {
        kind: 'toxicity',
        feature: '*',
        method: 'psi-training',
        finding: 'DOMAIN_GAP',
        drifted: false,
        effect: 0.4,
        contributors: [
          { name: 'length', weight: 0.4, count: 2000, expected: null, contentIds: [], revisions: [] },
        ],
      }),
      ...[0.9, 0.8].map((statistic, i) =>
        found(`e${i}`, 7 + i, {
          kind: 'text-spam',
          feature: 'accuracy',
          method: 'cbpe',
          finding: 'ESTIMATE',
          drifted: false,
          statistic,
          windowStart: T0 + i * HOUR,
          count: i === 0 ? 300 : 100,
        }),
      ),
      found('r1', 9, {
        kind: 'text-spam',
        feature: 'reports',
        method: 'accuracy-reports',
        drifted: false,
        statistic: 0.2,
        windowStart: T0,
        count: 100,
      }),
    )
    await store('content', aContent({ id: 'c1', text: 'Such a glorp day' }))
    await store('content', aContent({ id: 'c2', text: 'That is so mid' }))
    await store('label-samples', aLabelSample({ contentId: 'c1', kind: 'text-spam', source: 'drift' }))
    await store(
      'content',
      aContent({ id: 'gone', text: 'Glorp!' }),
      aContent({ id: 'gone', revision: 1, action: 'DELETED', text: '' }),
    )
    const scored = { kind: 'text-spam', modelVersion: '2', alias: 'CHAMPION', status: 'SCORED' } as const
    await store(
      'scores',
      ...[0.9, 0.8, 0.1, 0.2].map((value, i) =>
        aScore({
          ...scored,
          id: `s${i}`,
          contentId: `c${i}`,
          value,
          probability: Math.max(value, 1 - value),
          label: value > 0.5 ? 'spam' : 'ham',
        }),
      ),
      aScore({ ...scored, id: 'n1', kind: 'niceness', contentId: 'c1', value: 9, label: 'kind' }),
    )
    const said = { kind: 'text-spam', boxes: [], at: T0 }
    await store(
      'labels',
      ...[1, 0, 0, 0].map((value, i) => aLabel({ ...said, id: `l${i}`, contentId: `c${i}`, value })),
    )
    await store('votes', aVote({ id: 'v1', contentId: 'c1', value: -1, at: T0 }))
    const { sums, bins } = packStep(layout, Uint16Array.of(1, 3), Float64Array.of(26)) as Record<
      'sums' | 'bins',
      Buffer<ArrayBuffer>
    >
    await store('feature-profiles', {
      ...aFeatureProfile({ sums, bins }),
      at: T0,
      features: ['score'],
      sumsPerFeature: 2,
      binsPerFeature: 2,
      modelVersion: '2',
      steps: [{ firstOffset: 10, count: 4, eventAtMin: T0, eventAtMax: T0, sums, bins }],
    })
    await storeProfile('pairs', { toxicityGap: [4, 0.5], toxicityContradicts: [4, 1] })
    await storeProfile('votes', { votes: [8, 3] })
  })
  /** Stores a profile of these sums of features of 0 or 1 and the like, over all records. */
  async function storeProfile(id: string, counts: Readonly<Record<string, readonly [number, number]>>) {
    const sums = Buffer.alloc(Object.keys(counts).length * 16)
    Object.values(counts).forEach(([count, sum], i) => {
      sums.writeDoubleLE(count, i * 16)
      sums.writeDoubleLE(sum, i * 16 + 8)
    })
    await store('feature-profiles', {
      ...aFeatureProfile({ sums }),
      id,
      at: T0,
      features: Object.keys(counts),
      sumsPerFeature: 2,
      modelVersion: '2',
      steps: [{ firstOffset: 10, count: 4, eventAtMin: T0, eventAtMax: T0, sums, bins: Buffer.alloc(0) }],
    })
  }
  afterAll(() => dropDatabase(clickhouse))

  it('are all on the page, and all run', async () => {
    expect(queries.length).toBeGreaterThanOrEqual(9)
    for (const { title, sql } of queries) await expect(run(sql), title).resolves.toBeInstanceOf(Array)
  })

  it('say what drifted by day, what drifts now, and what came back', async () => {
    expect(await runTitled('What drifted on which day')).toContainEqual(
      expect.objectContaining({ feature: 'urls', effect: 0.5, methods: ['adwin'] }),
    )
    const now = await runTitled('What drifts now')
    expect(now.filter(({ feature }) => feature !== 'terms' && feature !== 'company')).toMatchObject([
      { kind: 'niceness', feature: 'score', since: '2026-03-01 10:00:00.000', effect: -0.8 },
    ])
  })

  it('say what is watched, in which slices it drifts, which shares moved, and how new the words are', async () => {
    expect(await runTitled('What is watched')).toMatchObject([
      { kind: 'niceness', modelVersion: '2', records: 12 },
    ])
    expect(await runTitled('In which slices')).toContainEqual(
      expect.objectContaining({ feature: 'score', slices: ['all'] }),
    )
    expect(await runTitled('What the platform has')).toMatchObject([
      { id: 'share', before: 0.13, now: 0.3, moved: ['urls'] },
      { id: 'gap', finding: 'DOMAIN_GAP', moved: ['length'] },
    ])
    expect(await runTitled('How many words')).toEqual([
      { day: '2026-03-01', kind: 'niceness', words: 1, newWords: 1, share: 1 },
    ])
  })

  it('name the words, with texts that are still there', async () => {
    expect(await runTitled('Which words')).toMatchObject([{ word: 'glorp', count: 12, expected: 0.2 }])
    expect(await runTitled('Which known words')).toMatchObject([
      { word: 'mid', count: 30, neighbours: ['so mid', 'mid vibes'] },
    ])
    expect(await runTitled('What of it people')).toMatchObject([{ text: 'Such a glorp day', said: 0 }])
  })

  it('give the history of a feature from the packed profiles', async () => {
    expect(await runTitled('How a feature went')).toEqual([
      { hour: '2026-03-01 10:00:00', records: 4, mean: 6.5 },
    ])
  })

  it('say how often people agree, with limits, and what the model expects of itself', async () => {
    const [row] = await runTitled('Is the model still right')
    expect(row).toMatchObject({ kind: 'text-spam', labels: 4, agreement: 0.75, estimate: 0.85 })
    expect(row!['low']).toBeCloseTo(0.301, 3)
    expect(row!['high']).toBeCloseTo(0.954, 3)
    expect(await runTitled('Do votes contradict')).toMatchObject([{ votes: 1, contradicting: 1, share: 1 }])
    expect(await runTitled('Two versions')).toContainEqual(
      expect.objectContaining({ kind: 'text-spam', scores: 4, labels: 4 }),
    )
  })

  it('put the estimate, people who label and reports side by side', async () => {
    const of = (reports: readonly Record<string, unknown>[]) =>
      reports.filter(({ modelVersion }) => modelVersion === '2')
    const rows = of(await runTitled('Accuracy as estimated'))
    expect(rows).toMatchObject([
      { kind: 'text-spam', scores: 400, estimate: 0.875, labels: 4, agreement: 0.75, reports: 100 },
    ])
    expect(rows[0]!['ofReports']).toBe(0.2)
  })

  it('say how far kinds disagree, and what readers say', async () => {
    expect(await runTitled('Do two kinds disagree')).toEqual([
      {
        day: '2026-03-01',
        kind: 'niceness',
        comparedWith: 'toxicity',
        contents: 4,
        gap: 0.125,
        contradicting: 0.25,
      },
    ])
    expect(await runTitled('How right readers')).toMatchObject([
      { kind: 'niceness', slice: 'all', votes: 8, contradicting: 0.375, reports: 0, error: null },
    ])
  })

  it('find which versions have scored as champions', async () => {
    const asked = ['2', '9'].map(modelVersion => ({ kind: 'text-spam', modelVersion }))
    const history = createScoreHistory(clickhouse)
    expect(await history.championsAmong([...asked, { kind: 'niceness', modelVersion: '1' }])).toEqual([
      { kind: 'text-spam', modelVersion: '2' },
    ])
    expect((await history.championsOf(['c1'])).map(({ kind, value }) => [kind, value]).sort()).toEqual([
      ['niceness', 9],
      ['text-spam', 0.8],
    ])
  })

  it('answer what the page asks: drifts, words with example posts, histories', async () => {
    const overview = await createDriftHistory(clickhouse).overview()
    expect(overview.drifts).toMatchObject([
      {
        feature: 'score',
        description: 'The value on the kind’s scale.',
        sliceDescription: 'Every record.',
        since: T0,
        lastAt: T0 + 6 * HOUR,
        effect: -0.8,
        eValue: 2e8,
        moved: ['spread'],
      },
    ])
    expect(overview.watched).toEqual([
      {
        kind: 'niceness',
        modelVersion: '2',
        records: 12,
        referenceRecords: 2000,
        since: T0,
        lastAt: T0,
      },
    ])
    expect(overview.accuracy).toMatchObject([
      { source: 'estimate', kind: 'text-spam', share: 0.8, low: null, count: 100 },
      { source: 'reports', kind: 'text-spam', share: 0.2, count: 100 },
    ])
    expect(overview.words).toMatchObject([
      { word: 'mid', change: 'company', examples: [{ text: 'That is so mid' }] },
      { word: 'glorp', change: 'word', examples: [{ contentId: 'c1', text: 'Such a glorp day' }] },
    ])
    expect(overview.findings).toMatchObject([
      { finding: 'CLEARED', feature: 'urls', contributors: [] },
      {
        id: 'share',
        finding: 'CLASS_SHARE_REFUSED',
        drifted: false,
        statistic: 0.3,
        contributors: [{ name: 'urls', weight: 2, description: 'Links; half at 1.' }],
      },
      {
        finding: 'DOMAIN_GAP',
        description: 'All features together.',
        contributors: [{ name: 'length', description: 'UTF-16 units of the text.' }],
      },
    ])
    expect(overview.histories).toMatchObject([
      { feature: 'score', points: [{ at: T0, mean: 6.5, count: 4 }] },
    ])
    expect((await createDriftHistory(clickhouse).overview({ kind: 'toxicity' })).drifts).toEqual([])
  })

  it('find the scores that labels judge', async () => {
    const labels = [
      aLabel({ id: 'a', kind: 'text-spam', contentId: 'c1', value: 0 }),
      aLabel({ id: 'b', kind: 'text-spam', contentId: 'none' }),
    ]
    const judged = await createScoreHistory(clickhouse).judgedBy(labels)
    expect([...judged]).toEqual([['a', { modelVersion: '2', probability: 0.8, agrees: false, error: null }]])
  })
})
