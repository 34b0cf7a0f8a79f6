import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { planClickHouse } from '../../pipelines/apply/migrations.ts'
import type { ClickHouse } from '../../pipelines/clickhouse.ts'
import { rowOf, tombstoneRowOf } from '../../pipelines/sinks/clickhouse.ts'
import type { DraftOutcome, ModelAlias, Score } from '../../schemas/records.ts'
import { type RecordOf, schemaOf, type TopicName, tableOf, topicNames, topics } from '../../schemas/topics.ts'
import { dropDatabase, newClickHouse, newMigratedClickHouse } from '../support/clickhouse.ts'
import {
  aContent,
  aDeadLetter,
  aDraftOutcome,
  aDriftReport,
  aFeatureProfile,
  aLabel,
  anAnnotator,
  aScore,
  aVote,
} from '../support/records.ts'
import { stackMissing } from '../support/stack.ts'

/** What storage adds to the words of the schema. */
const stored: Readonly<Record<string, string>> = {
  steps: 'Here sums and bins are in base64.',
  hashes: 'Here in base64.',
  template: 'Here in base64.',
}

/** What a storage table's sorting key ends in, where that is not the record's id: what makes two records the same. */
const lastKeys: Partial<Record<TopicName, string>> = {
  content: 'id, revision, action',
  'draft-outcomes': 'draftId',
  'label-samples': 'sampleId',
  annotators: 'annotator',
}

interface Column {
  readonly table: string
  readonly name: string
  readonly comment: string
}

describe.skipIf(stackMissing() !== null)('the tables and views', () => {
  let clickhouse: ClickHouse
  beforeAll(async () => {
    clickhouse = await newMigratedClickHouse()
  })
  afterAll(() => dropDatabase(clickhouse))

  const tables = () =>
    clickhouse.query<{ name: string; comment: string; engine: string; sorting: string; ddl: string }>(
      `SELECT name, comment, engine, sorting_key AS sorting, create_table_query AS ddl FROM system.tables
       WHERE database = {database:String}`,
      { database: clickhouse.database },
    )
  const columns = () =>
    clickhouse.query<Column>(
      'SELECT table, name, comment FROM system.columns WHERE database = {database:String}',
      { database: clickhouse.database },
    )

  it('all have comments, and so has each of their columns', async () => {
    expect((await tables()).filter(table => table.comment === '')).toEqual([])
    expect((await columns()).filter(column => column.comment === '')).toEqual([])
  })

  it('have a column for every field, described with the same words, in storage and view', async () => {
    const known = await columns()
    for (const name of topicNames) {
      const { fields } = (schemaOf(name) ?? { fields: [] }) as { fields: { name: string; doc: string }[] }
      for (const table of [tableOf(name), `${tableOf(name)}_log`])
        for (const field of fields)
          expect(
            known.find(column => column.table === table && column.name === field.name)?.comment,
            `${table}.${field.name}`,
          ).toSatisfy(
            (comment: string) => comment === field.doc || comment === `${field.doc} ${stored[field.name]}`,
          )
    }
  })

  it('keep rows as long as the table of topics says, and store repeats once', async () => {
    const known = await tables()
    for (const name of topicNames) {
      const log = known.find(table => table.name === `${tableOf(name)}_log`)
      const days = topics[name].tableDays
      const ttl = /TTL toDateTime\(_appended_at\) \+ toIntervalDay\((\d+)\)/.exec(log?.ddl ?? '')?.[1]
      expect(ttl ?? 'forever', name).toBe(String(days))
      expect(log?.sorting, name).toMatch(new RegExp(`\\b${lastKeys[name] ?? 'id'}\\)?$`))
      expect(log?.engine, name).toBe('ReplacingMergeTree')
      expect(log?.ddl, name).toContain('non_replicated_deduplication_window = 1000')
      expect(known.find(table => table.name === tableOf(name))?.engine, name).toBe('View')
    }
  })
})

describe.skipIf(stackMissing() !== null)('the views', () => {
  let clickhouse: ClickHouse
  let nextOffset = 0
  beforeAll(async () => {
    clickhouse = await newMigratedClickHouse()
  })
  afterAll(() => dropDatabase(clickhouse))

  // Rows older than their table's TTL would be gone at once.
  const now = Date.now()
  const lastMonth = now - 35 * 86_400_000

  /** Stores records in this order, each in an insert of its own, as parts that are not merged yet. */
  async function store<T extends TopicName>(topic: T, records: readonly RecordOf<T>[], appendedAt = now) {
    for (const record of records) {
      const offset = nextOffset++
      const row = rowOf(topic, record, { topic: `nicr.${topic}`, partition: 0, offset, appendedAt })
      await clickhouse.insertRows(`${tableOf(topic)}_log`, [row], {
        deduplicationToken: `${topic}:${offset}`,
      })
    }
  }

  const scoresOf = (contentId: string, what = 'alias, kind, modelVersion, revision, value') =>
    clickhouse.query<Partial<Score>>(
      `SELECT ${what} FROM scores WHERE contentId = {contentId:String} ORDER BY alias, kind, modelVersion`,
      { contentId },
    )

  it('give back a score as it was, with its reasons', async () => {
    const score = aScore({ contentId: 'whole' })
    await store('scores', [score])
    const [row] = await clickhouse.query<Record<string, unknown>>(
      `SELECT * REPLACE (toUnixTimestamp64Milli(eventAt) AS eventAt, toUnixTimestamp64Milli(scoredAt) AS scoredAt)
       FROM scores WHERE contentId = 'whole'`,
    )
    const noBox = { x: null, y: null, width: null, height: null }
    expect(row).toMatchObject({
      ...score,
      reasons: score.reasons.map(reason => ({ ...reason, box: reason.box ?? noBox })),
      _topic: 'nicr.scores',
      _partition: 0,
    })
  })

  it('show scores stored before reasons said what the score would be without them', async () => {
    const old = newClickHouse()
    const migrations = await planClickHouse({ clickhouse: old })
    const until = migrations.findIndex(step => step.what.includes('0017'))
    for (const step of migrations.slice(0, until)) await step.run()
    const score = aScore({ contentId: 'old' })
    const reasons = score.reasons.map(({ without, ...reason }) => reason)
    const position = { topic: 'nicr.scores', partition: 0, offset: 1, appendedAt: now }
    const row = { ...rowOf('scores', score, position), reasons }
    await old.insertRows('scores_log', [row], { deduplicationToken: 'old' })
    for (const step of migrations.slice(until)) await step.run()
    const [read] = await old.query<Score>('SELECT reasons FROM scores')
    await dropDatabase(old)
    expect(read?.reasons.map(({ text, weight, without }) => ({ text, weight, without }))).toEqual([
      { text: 'Thank you', weight: 1.5, without: null },
      { text: null, weight: -1, without: null },
    ])
  })

  it('show the highest revision, however late an older one arrives', async () => {
    const revision = (revision: number, value: number) =>
      aScore({ contentId: 'late', id: `late-${revision}`, revision, value })
    await store('scores', [revision(0, 1), revision(2, 3), revision(1, 2)])
    expect(await scoresOf('late', 'revision, value')).toEqual([{ revision: 2, value: 3 }])
  })

  it('show a score without a value over an older one with a value', async () => {
    await store('scores', [
      aScore({ contentId: 'empty', id: 'e0', value: 5 }),
      aScore({ contentId: 'empty', id: 'e1', revision: 1, status: 'EMPTY', value: null, label: null }),
    ])
    expect(await scoresOf('empty', 'status, value')).toEqual([{ status: 'EMPTY', value: null }])
  })

  it('collapse repeats, also those of another month', async () => {
    await store('scores', [aScore({ contentId: 'twice', id: 't' })], lastMonth)
    await store('scores', [aScore({ contentId: 'twice', id: 't' })], now)
    expect(await scoresOf('twice', 'id')).toEqual([{ id: 't' }])
    const history = await clickhouse.query("SELECT id FROM score_history WHERE contentId = 'twice'")
    expect(history).toEqual([{ id: 't' }])
  })

  it('show one score of the champion, and one of each challenger and backfill version', async () => {
    const score = (alias: ModelAlias, modelVersion: string) =>
      aScore({ contentId: 'roles', id: `${alias}-${modelVersion}`, alias, modelVersion })
    await store('scores', [
      score('CHAMPION', '1'),
      score('CHAMPION', '2'),
      score('CHALLENGER', '3'),
      score('CHALLENGER', '4'),
      score('BACKFILL', '2'),
    ])
    const rows = await scoresOf('roles', 'alias, modelVersion')
    expect(rows.map(row => `${row.alias} ${row.modelVersion}`)).toEqual([
      'BACKFILL 2',
      'CHALLENGER 3',
      'CHALLENGER 4',
      'CHAMPION 2',
    ])
  })

  it('hide the scores of deleted content, those of other versions too, until it comes back', async () => {
    const score = (changes: Partial<Score>) => aScore({ contentId: 'gone', ...changes })
    const cleared = { status: 'CLEARED', value: null, label: null, reasons: [] } as const
    await store('scores', [
      score({ id: 'g0' }),
      score({ id: 'g1', alias: 'BACKFILL', modelVersion: '0' }),
      score({ id: 'g2', revision: 1, ...cleared }),
    ])
    expect(await scoresOf('gone')).toEqual([])
    const history = await clickhouse.query(
      "SELECT id FROM score_history WHERE contentId = 'gone' ORDER BY id",
    )
    expect(history).toEqual([{ id: 'g0' }, { id: 'g1' }, { id: 'g2' }])
    await store('scores', [score({ id: 'g3', revision: 2, value: 7 })])
    expect(await scoresOf('gone', 'alias, value')).toEqual([{ alias: 'CHAMPION', value: 7 }])
  })

  it('hide a deletion that has the same revision as the content', async () => {
    await store('scores', [
      aScore({ contentId: 'same', id: 'x' }),
      aScore({ contentId: 'same', id: 'x', status: 'CLEARED', value: null }),
    ])
    expect(await scoresOf('same')).toEqual([])
  })

  it('show content as it is now, and all of its history', async () => {
    await store('content', [
      aContent({ id: 'a', text: 'first' }),
      aContent({ id: 'a', revision: 1, action: 'EDITED', text: 'second' }),
      aContent({ id: 'a', text: 'first' }),
      aContent({ id: 'b' }),
      aContent({ id: 'b', revision: 1, action: 'DELETED', text: '' }),
    ])
    const current = await clickhouse.query("SELECT id, text FROM content WHERE id IN ('a', 'b')")
    expect(current).toEqual([{ id: 'a', text: 'second' }])
    const history = await clickhouse.query(
      "SELECT id, revision, action FROM content_history WHERE id IN ('a', 'b') ORDER BY id, revision",
    )
    expect(history).toEqual([
      { id: 'a', revision: 0, action: 'CREATED' },
      { id: 'a', revision: 1, action: 'EDITED' },
      { id: 'b', revision: 0, action: 'CREATED' },
      { id: 'b', revision: 1, action: 'DELETED' },
    ])
  })

  it('count a voter once, by the last vote', async () => {
    await store('votes', [
      aVote({ id: '1', contentId: 'v', voter: 'grace', value: 1 }),
      aVote({ id: '1', contentId: 'v', voter: 'grace', value: 1 }),
      aVote({ id: '2', contentId: 'v', voter: 'alan', value: -1 }),
      aVote({ id: '3', contentId: 'v', voter: 'grace', value: 0 }),
    ])
    const all = await clickhouse.query("SELECT id FROM votes WHERE contentId = 'v' ORDER BY id")
    expect(all).toEqual([{ id: '1' }, { id: '2' }, { id: '3' }])
    const current = await clickhouse.query("SELECT voter, value FROM current_votes WHERE contentId = 'v'")
    expect(current).toEqual([{ voter: 'alan', value: -1 }])
  })

  it('leave out labels that were taken back', async () => {
    await store('labels', [
      aLabel({ id: 'kept' }),
      aLabel({ id: 'undone' }),
      aLabel({ id: 'undone', withdrawn: true }),
    ])
    expect(await clickhouse.query('SELECT id FROM labels')).toEqual([{ id: 'kept' }])
  })

  it('leave out annotators who were removed from the roster', async () => {
    await store('annotators', [anAnnotator({ annotator: 'ada' }), anAnnotator({ annotator: 'grace' })])
    const position = { topic: 'nicr.annotators', partition: 0, offset: nextOffset++, appendedAt: now }
    const row = tombstoneRowOf('annotators', 'ada', position)
    await clickhouse.insertRows('annotators_log', [row], { deduplicationToken: 'removed' })
    expect(await clickhouse.query('SELECT annotator, queues FROM annotators')).toEqual([
      { annotator: 'grace', queues: ['niceness'] },
    ])
  })

  it('give bytes back as they were', async () => {
    const sums = Buffer.alloc(8)
    sums.writeDoubleLE(2.5)
    await store('feature-profiles', [aFeatureProfile({ sums })])
    const [profile] = await clickhouse.query(
      'SELECT reinterpretAsFloat64(steps[1].sums) AS sum, steps[1].count AS count, terms.term AS terms FROM feature_profiles',
    )
    expect(profile).toEqual({ sum: 2.5, count: 2, terms: ['glorp'] })

    await store('dead-letters', [
      aDeadLetter({ value: Buffer.from([0, 255, 10]) }),
      aDeadLetter({ value: null, processor: 'detect-drift' }),
    ])
    const letters = await clickhouse.query(
      'SELECT key, hex(value) AS value, originOffset, hex(headers[1].value) AS header FROM dead_letters ORDER BY _offset',
    )
    expect(letters).toEqual([
      { key: 'k1', value: '00FF0A', originOffset: 99, header: '00FF' },
      { key: 'k1', value: null, originOffset: 99, header: '00FF' },
    ])
  })

  it('take figures that are no numbers', async () => {
    await store('drift-reports', [
      aDriftReport({ statistic: Number.NaN, threshold: Number.POSITIVE_INFINITY }),
    ])
    const rows = await clickhouse.query(
      'SELECT isNaN(statistic) AS nan, isInfinite(threshold) AS infinite, contributors.name AS names FROM drift_reports',
    )
    expect(rows).toEqual([{ nan: 1, infinite: 1, names: ['glorp'] }])
  })

  it('give one spam score a post, and say which kind decided', async () => {
    const spam = (kind: string, value: number) =>
      aScore({ contentId: 'spam', id: `spam-${kind}`, kind, value })
    await store('scores', [spam('text-spam', 0.2), spam('image-spam', 0.9), spam('niceness', 8)])
    const rows = await clickhouse.query("SELECT value, decidedBy FROM spam_scores WHERE contentId = 'spam'")
    expect(rows).toEqual([{ value: 0.9, decidedBy: 'image-spam' }])
  })

  it('tell how nice an hour was', async () => {
    const eventAt = Date.UTC(2020, 5, 1, 13, 30)
    const said = (value: number) =>
      aScore({ contentId: `hour-${value}`, id: `hour-${value}`, value, eventAt })
    await store('scores', [said(2), said(9), said(10)])
    const rows = await clickhouse.query(
      "SELECT scored, niceness, round(unkind, 2) AS unkind FROM niceness_by_hour WHERE hour = toDateTime('2020-06-01 13:00:00', 'UTC')",
    )
    expect(rows).toEqual([{ scored: 3, niceness: 7, unkind: 0.33 }])
  })

  it('tell what the meter changed', async () => {
    const decided = (draftId: string, fields: Partial<DraftOutcome>) =>
      aDraftOutcome({ draftId, at: Date.UTC(2020, 5, 1, 13), modelVersion: 'n1', ...fields })
    await store('draft-outcomes', [
      decided('n1', { outcome: 'MODIFIED', nicenessFirst: 1, nicenessLast: 6 }),
      decided('n2', { outcome: 'MODIFIED', nicenessFirst: 2, nicenessLast: 3 }),
      decided('n3', { outcome: 'DELETED', nicenessFirst: 3, nicenessLast: 3 }),
      decided('n4', { outcome: 'POSTED_AS_IS', nicenessFirst: 3, nicenessLast: 3 }),
      decided('n5', { outcome: 'POSTED_AS_IS', nicenessFirst: 8, nicenessLast: 8 }),
      decided('n6', { outcome: 'IGNORED', nicenessFirst: null, nicenessLast: null }),
      decided('n7', { outcome: 'POSTED_AS_IS', nicenessFirst: 9, nicenessLast: 9, modelVersion: 'n2' }),
    ])
    const rows = await clickhouse.query(
      "SELECT * EXCEPT day FROM nudge_effect WHERE day = '2020-06-01' ORDER BY modelVersion",
    )
    const none = { postedAsIs: null, modified: null, deleted: null, averted: null, gain: null }
    expect(rows).toEqual([
      {
        modelVersion: 'n1',
        drafts: 5,
        unkind: 4,
        postedAsIs: 0.25,
        modified: 0.5,
        deleted: 0.25,
        averted: 0.5,
        gain: 3,
      },
      { modelVersion: 'n2', drafts: 1, unkind: 0, ...none },
    ])
  })

  it.each([
    ['content', 'id'],
    ['content_history', 'id'],
    ['votes', 'contentId'],
    ['current_votes', 'contentId'],
    ['scores', 'contentId'],
    ['score_history', 'contentId'],
    ['spam_scores', 'contentId'],
  ])('let a filter on %s by %s reach the primary key', async (view, id) => {
    await store('content', [aContent()])
    await store('votes', [aVote()])
    await store('scores', [aScore()])
    const plan = await clickhouse.query<{ explain: string }>(
      `EXPLAIN indexes = 1 SELECT * FROM ${view} WHERE ${id} = 'c1'`,
    )
    const text = plan.map(line => line.explain).join('\n')
    expect(text).toMatch(new RegExp(`PrimaryKey[^]*Condition: .*\\b${id} in \\['c1', 'c1'\\]`))
  })
})
