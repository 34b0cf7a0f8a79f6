import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClickHouse } from '../../pipelines/clickhouse.ts'
import { packagePath } from '../../schemas/package-root.ts'
import { viewsOfMigrations } from '../../scripts/view-columns.ts'
import { dropDatabase, newMigratedClickHouse } from '../support/clickhouse.ts'
import { recordStore } from '../support/record-store.ts'
import {
  aDeadLetter,
  aDraftOutcome,
  aDriftReport,
  aLabel,
  aLabelSample,
  aModelPromotion,
  anErasure,
  aScore,
} from '../support/records.ts'
import { stackMissing } from '../support/stack.ts'

/** What docs/queries.md (and, of thresholds, docs/migrate-from-perspective.md) answers about scores, models, labels and people; queries.test.ts has those about drift. */

const HOUR = 3_600_000
const NOON = Date.UTC(2026, 2, 5, 12)
const pages = ['queries.md', 'migrate-from-perspective.md'].map(name =>
  readFileSync(packagePath('docs', name), 'utf8'),
)
const queries = new Map(
  [...pages.join('\n').matchAll(/([^\n]+)\n\n```sql\n([^`]+)```/g)].map(([, title, sql]) => [title!, sql!]),
)

describe.skipIf(stackMissing() !== null)('the queries for analysts', () => {
  let clickhouse: ClickHouse
  let store: ReturnType<typeof recordStore>
  const answerOf = (start: string) => {
    const [, sql] = [...queries].find(([title]) => title.startsWith(start))!
    return clickhouse.query<Record<string, unknown>>(sql.replaceAll('nicr.', `${clickhouse.database}.`))
  }

  beforeAll(async () => {
    clickhouse = await newMigratedClickHouse()
    store = recordStore(clickhouse)
    await store(
      'scores',
      aScore({ id: 's1', value: 2, modelVersion: '1', eventAt: NOON }),
      aScore({ id: 's2', revision: 1, value: 9, modelVersion: '2', eventAt: NOON }),
      aScore({ id: 's3', contentId: 'c2', value: 3, modelVersion: '2', eventAt: NOON }),
      aScore({ id: 's4', contentId: 'c3', status: 'UNSUPPORTED', value: null, language: 'fi' }),
      aScore({ id: 's5', kind: 'toxicity', status: 'CLEARED', contentId: 'c4', value: null }),
    )
    await store(
      'model-promotions',
      aModelPromotion({ id: 'p1', version: '2', at: NOON - HOUR, reason: 'Better.' }),
      aModelPromotion({ id: 'p2', version: '1', previous: '2', at: NOON + HOUR }),
    )
    await store(
      'label-samples',
      aLabelSample({ sampleId: 'drawn', source: 'random' }),
      aLabelSample({ sampleId: 'hard', contentId: 'c2', source: 'doubt' }),
    )
    const said = { kind: 'niceness', at: NOON } as const
    await store(
      'labels',
      aLabel({ ...said, id: 'l1', sampleId: 'drawn', contentId: 'c1', labeller: 'ada', value: 8 }),
      aLabel({ ...said, id: 'l2', sampleId: 'hard', contentId: 'c2', labeller: 'ada', value: 9 }),
      aLabel({ ...said, id: 'l3', sampleId: 'hard', contentId: 'c2', labeller: 'bob', value: 8 }),
    )
    const report = { drifted: true, feature: 'score', slice: 'all' }
    await store(
      'drift-reports',
      aDriftReport({ ...report, id: 'd1', at: NOON }),
      aDriftReport({ ...report, id: 'd2', at: NOON + 24 * HOUR, method: 'e-detector' }),
      aDriftReport({ ...report, id: 'd3', at: NOON + 5 * 24 * HOUR }),
    )
    const drafted = { nicenessFirst: 2.5, at: NOON } as const
    await store(
      'draft-outcomes',
      aDraftOutcome({ ...drafted, draftId: 'o1', outcome: 'MODIFIED', nicenessLast: 6.5 }),
      aDraftOutcome({ ...drafted, draftId: 'o2', outcome: 'IGNORED', nicenessLast: 2.5 }),
    )
    await store(
      'erasures',
      anErasure({ id: 'e0', part: 0, contents: ['aa', 'bb'], dataSets: ['niceness/1'], rows: 7, at: NOON }),
      anErasure({ id: 'e1', part: 1, contents: ['cc'], dataSets: [], rows: 0, at: NOON }),
    )
    await store('dead-letters', aDeadLetter({ processor: 'detect-drift' }))
  })
  afterAll(() => dropDatabase(clickhouse))

  it('tell how nice weeks were, and the history of one score', async () => {
    expect(await answerOf('How nice the community')).toEqual([
      { week: '2026-03-02', contentKind: 'COMMENT', contents: 2, mean: 6, unkindShare: 0.5, niceShare: 0.5 },
    ])
    expect(await answerOf('The history of one')).toMatchObject([
      { revision: 0, modelVersion: '1', score: 2 },
      { revision: 1, modelVersion: '2', score: 9 },
    ])
    expect(await answerOf('Why its score')).toMatchObject([
      { word: 'Thank you', without: 5.25 },
      { weight: -1 },
    ])
    expect(await answerOf('What has no score')).toMatchObject([
      { kind: 'niceness', status: 'UNSUPPORTED', language: 'fi', contents: 1 },
    ])
  })

  it('tell what was live at a moment, and where versions come from', async () => {
    expect(await answerOf('What was live at')).toMatchObject([
      { kind: 'niceness', alias: 'CHAMPION', version: '2', by: 'ada', reason: 'Better.' },
    ])
    expect(await answerOf('Where each version')).toMatchObject([
      { version: '1', isChampion: true },
      { version: '2', isChampion: false, hours: 2 },
    ])
  })

  it('tell how far people agree, and how right the model is where nobody chose the content', async () => {
    expect(await answerOf('How far people')).toMatchObject([{ contents: 1, people: 2, agreeing: 1 }])
    expect(await answerOf('How right the model')).toEqual([
      { week: '2026-03-02', kind: 'niceness', version: '2', labels: 1, agreement: 1 },
    ])
  })

  it('tell what drifted by week, what authors did and what was erased or set aside', async () => {
    expect(await answerOf('What drifted in which week')).toMatchObject([
      { week: '2026-03-09', days: 1 },
      { week: '2026-03-02', days: 2, reports: 2 },
    ])
    expect(await answerOf('The same by week')).toEqual([
      { week: '2026-03-02', firstScore: 2, drafts: 2, posted: 0.5, modified: 0.5, deleted: 0, gain: 4 },
    ])
    expect(await answerOf('Who was erased')).toMatchObject([
      { contentsNamed: 3, rowsErased: 7, learnedFrom: ['niceness/1'] },
    ])
    expect(await answerOf('What could not be')).toMatchObject([{ processor: 'detect-drift', letters: 1 }])
  })

  it('tell what each threshold would catch, and which one lets as much through as before', async () => {
    const said = [1, 1, 0, 0, 0].map((value, i) => ({ value, contentId: `t${i}`, kind: 'toxicity' }))
    const scores = [0.95, 0.35, 0.75, 0.2, 0.1]
    await store(
      'scores',
      ...said.map(({ contentId, kind }, i) =>
        aScore({ id: `t${i}`, contentId, kind, value: scores[i]!, eventAt: Date.now() }),
      ),
    )
    await store('labels', ...said.map((fields, i) => aLabel({ ...fields, id: `t${i}` })))
    expect(await answerOf('Where they were tagged')).toEqual(
      [
        [0.3, 1, 2 / 3],
        [0.4, 0.5, 0.5],
        [0.5, 0.5, 0.5],
        [0.6, 0.5, 0.5],
        [0.7, 0.5, 0.5],
        [0.8, 0.5, 1],
        [0.9, 0.5, 1],
      ].map(([threshold, caught, rightly]) => ({ threshold, labelled: 5, caught, rightly })),
    )
    const [share] = await answerOf('**By share**')
    expect(share).toMatchObject({ contents: 5 })
    expect(share!['threshold']).toBeGreaterThan(0.75)
    expect(share!['threshold']).toBeLessThan(0.95)
  })

  it('name columns that docs/views.md explains in the words of the engine', async () => {
    const columns = await clickhouse.query<{ view: string; name: string; comment: string }>(
      `SELECT table AS view, name, comment FROM system.columns
       WHERE database = {database:String} AND table IN (SELECT name FROM system.tables WHERE database = {database:String} AND engine = 'View')`,
      { database: clickhouse.database },
    )
    const told = viewsOfMigrations().flatMap(({ name: view, columns }) =>
      columns.map(({ name, comment }) => ({ view, name, comment })),
    )
    const sorted = (list: readonly object[]) => list.map(one => JSON.stringify(one)).toSorted()
    expect(sorted(told)).toEqual(sorted(columns))
  })
})
