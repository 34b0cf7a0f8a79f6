import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClickHouse } from '../../pipelines/clickhouse.ts'
import { createLabelStore, type LabelStore } from '../../pipelines/label-store.ts'
import { rowOf } from '../../pipelines/sinks/clickhouse.ts'
import { labelSampleId } from '../../schemas/ids.ts'
import type { Content, Label, LabelSample } from '../../schemas/records.ts'
import { type RecordOf, type TopicName, tableOf } from '../../schemas/topics.ts'
import { dropDatabase, newMigratedClickHouse } from '../support/clickhouse.ts'
import { aContent, aLabel, aLabelSample, aScore } from '../support/records.ts'

/** What taggers are asked and what they said, from real tables. */

const NOW = 1_750_000_000_000
const niceness = { kind: 'niceness', input: 'TEXT' } as const
const graded = { objective: 'GRADED', min: 0, max: 10 } as const
let clickhouse: ClickHouse
let store: LabelStore
let offset = 0

async function insert<Topic extends TopicName>(topic: Topic, records: readonly RecordOf<Topic>[]) {
  const rows = records.map(record =>
    rowOf(topic, record, { topic: `nicr.${topic}`, partition: 0, offset: offset++, appendedAt: NOW }),
  )
  await clickhouse.insertRows(`${tableOf(topic)}_log`, rows, { deduplicationToken: `${topic} ${offset}` })
}

const sample = (contentId: string, over: Partial<LabelSample> = {}): LabelSample => {
  const named = aLabelSample({ contentId, overlap: 2, ...over })
  return { ...named, sampleId: labelSampleId(named) }
}
const label = (labeller: string, contentId: string, value: number, over: Partial<Label> = {}): Label =>
  aLabel({ id: `${labeller} ${contentId}`, labeller, contentId, value, boxes: [], at: NOW, ...over })
const content = (id: string, over: Partial<Content> = {}) => aContent({ id, text: `text of ${id}`, ...over })
const gold = sample('sure', { source: 'gold', gold: 9 })
const retired = sample('retired', { source: 'gold', gold: null })

beforeAll(async () => {
  clickhouse = await newMigratedClickHouse()
  store = createLabelStore(clickhouse)
  await insert('content', [
    ...['fresh', 'half', 'full', 'sure', 'settled', "it's; DROP"].map(id => content(id)),
    content('edited', { text: 'first' }),
    content('edited', { text: 'second', revision: 1, action: 'EDITED' }),
    content('gone'),
    content('gone', { action: 'DELETED', revision: 1, text: '' }),
  ])
  await insert('label-samples', [
    ...['fresh', 'half', 'full', 'settled'].map(id => sample(id)),
    sample('half', { kind: 'toxicity' }),
    sample('outside', { source: 'import', text: 'from a file', language: 'en', overlap: 1 }),
    gold,
    retired,
  ])
  await insert('labels', [
    label('ada', 'half', 3),
    label('bob', 'half', 9, { withdrawn: true }),
    label('ada', 'full', 2),
    label('bob', 'full', 8),
    label('ada', 'settled', 1),
    label('bob', 'settled', 9),
    label('mod', 'settled', 1, { origin: 'adjudication' }),
    label('cyd', 'sure', 9, { sampleId: gold.sampleId, seconds: 2 }),
    label('dan', 'sure', 3, { sampleId: gold.sampleId, seconds: 4 }),
    label('dan', 'retired', 0, { sampleId: retired.sampleId, seconds: null }),
    label('ada', 'again', 3, { id: 'one' }),
    label('bob', 'again', 4),
    label('ada', 'only here', 9, { kind: 'toxicity' }),
  ])
  await insert('annotators', [
    { annotator: 'ada', queues: ['niceness'], active: true, seenAt: NOW, at: NOW },
    { annotator: 'old', queues: ['niceness'], active: true, seenAt: NOW - 1000, at: NOW },
  ])
})
afterAll(() => dropDatabase(clickhouse))

describe('the questions', () => {
  it('are what lacks answers and was not decided, with who answered', async () => {
    const tasks = await store.openTasks('niceness', 100)
    expect(tasks.map(({ contentId, labellers }) => [contentId, labellers]).sort()).toEqual([
      ['fresh', []],
      ['half', ['ada']],
      ['outside', []],
    ])
    expect(tasks[0]).toMatchObject({ waitsSince: NOW, overlap: expect.any(Number), share: 0.2 })
    expect(await store.openTasks('niceness', 1)).toHaveLength(1)
    expect(await store.openTasks('toxicity', 100)).toMatchObject([{ contentId: 'half', labellers: [] }])
  })

  it('have the text of the revision asked for, and none where it was deleted or is not known', async () => {
    const asked = ['fresh', 'edited', 'gone', 'unknown', 'outside', "it's; DROP"]
    const texts = await store.contentsOf(
      niceness,
      asked.map(contentId => ({ contentId, revision: 0 })),
    )
    expect(texts.map(({ text }) => text)).toEqual([
      'text of fresh',
      'first',
      'from a file',
      "text of it's; DROP",
    ])
    expect(await store.contentsOf(niceness, [{ contentId: 'edited', revision: 1 }])).toMatchObject([
      { text: 'second' },
    ])
  })

  it('are checks where the answer is known and still stands', async () => {
    const checks = await store.checks('niceness')
    expect(checks).toEqual([{ ...pick(gold), gold: 9, labellers: expect.any(Array) }])
    expect([...checks[0]!.labellers].sort()).toEqual(['cyd', 'dan'])
  })
})

describe('the answers', () => {
  it('are counted by person, without those taken back or left out', async () => {
    expect(await store.answersOf('niceness', 'ada', [])).toBe(4)
    expect(await store.answersOf('niceness', 'ada', ['one'])).toBe(3)
    expect(await store.answersOf('niceness', 'mod', [])).toBe(0)
    expect(await store.answersOf('niceness', 'nobody', [])).toBe(0)
  })

  it('are compared where two people gave one, and checked where they are known', async () => {
    const units = await store.answersOfContents('niceness')
    expect(units.map(({ values }) => values.toSorted()).sort()).toEqual([
      [1, 9],
      [2, 8],
      [3, 4],
      [3, 9],
    ])
    const people = await store.people('niceness', graded)
    expect(people.find(({ labeller }) => labeller === 'cyd')).toEqual({
      labeller: 'cyd',
      answers: 1,
      seconds: 2,
      checks: 1,
      checksRight: 1,
      lastAt: NOW,
    })
    expect(people.find(({ labeller }) => labeller === 'dan')).toMatchObject({
      answers: 2,
      checks: 1,
      checksRight: 0,
    })
    expect(people.find(({ labeller }) => labeller === 'ada')).toMatchObject({
      answers: 4,
      checks: 0,
      seconds: 3.5,
    })
  })

  it('that contradict each other are shown until somebody decides', async () => {
    expect(await store.disagreements('niceness', graded, 10)).toEqual([
      { contentId: 'full', revision: 0, labellers: expect.any(Array), values: expect.any(Array) },
    ])
  })

  it('are found by id until they are taken back', async () => {
    expect(await store.labelOf('ada half')).toMatchObject({ value: 3, at: NOW, withdrawn: false, boxes: [] })
    expect(await store.labelOf('bob half')).toBeNull()
  })
})

it('knows who is here', async () => {
  expect(await store.present(NOW - 1000)).toEqual([{ annotator: 'ada', queues: ['niceness'], seenAt: NOW }])
})

function pick({ sampleId, contentId, revision }: LabelSample) {
  return { sampleId, contentId, revision }
}

describe('pictures', () => {
  const pictures = { kind: 'picture-spam', input: 'IMAGE' } as const
  const ref = `blob:${'c'.repeat(64)}`
  const far = { ref: 'https://pictures.example/1.png', sha256: null, mimeType: null }
  const box = { image: ref, x: 0.25, y: 0.5, width: 0.125, height: 0.25, name: 'glimt' }
  beforeAll(async () => {
    await insert('content', [
      content('shown', { text: '', images: [{ ref, sha256: null, mimeType: null }, far] }),
      content('words'),
    ])
    await insert('label-samples', [
      sample('brought', {
        kind: pictures.kind,
        source: 'import',
        images: [{ ref: far.ref, sha256: 'd'.repeat(64) }],
      }),
    ])
    await insert('labels', [
      label('ada', 'shown', 1, { kind: pictures.kind, boxes: [box, { ...box, name: null }] }),
      label('bob', 'shown', 1, { kind: pictures.kind, boxes: [{ ...box, name: 'zorbo' }] }),
      label('cyd', 'shown', 1, { kind: pictures.kind, boxes: [box] }),
      label('dan', 'shown', 1, { kind: pictures.kind, boxes: [{ ...box, name: 'gone' }], withdrawn: true }),
    ])
    const reason = { start: null, end: null, weight: 0.4, without: null, image: ref }
    await insert('scores', [
      aScore({
        ...{
          contentId: 'shown',
          kind: pictures.kind,
          value: 0.9,
          label: 'spam',
          eventAt: NOW,
          scoredAt: NOW,
        },
        reasons: [
          { ...reason, source: 'IMAGE', text: 'cheap', box: { x: 0, y: 0, width: 0.5, height: 0.25 } },
          { ...reason, source: 'IMAGE', text: 'today', box: null },
          { ...reason, source: 'IMAGE', text: null, box: null },
          { ...reason, source: 'TEXT', image: null, text: 'beside', box: null },
        ],
      }),
    ])
  })

  it('come by reference with their text, for kinds that read them, and only where there are some', async () => {
    const asked = ['shown', 'words', 'brought'].map(contentId => ({ contentId, revision: 0 }))
    expect(await store.contentsOf(pictures, asked)).toEqual([
      {
        ...{ contentId: 'shown', revision: 0, text: '', language: 'en' },
        images: [
          { ref, sha256: 'c'.repeat(64) },
          { ref: far.ref, sha256: null },
        ],
      },
      {
        ...{ contentId: 'brought', revision: 0, text: '', language: null },
        images: [{ ref: far.ref, sha256: 'd'.repeat(64) }],
      },
    ])
    expect(await store.contentsOf(niceness, asked)).toMatchObject([{ contentId: 'words', images: [] }])
  })

  it('keep their boxes, whose names are offered again', async () => {
    expect((await store.labelOf('ada shown'))!.boxes).toEqual([box, { ...box, name: null }])
    expect(await store.boxNames(pictures.kind)).toEqual(['glimt', 'zorbo'])
    expect(await store.boxNames('niceness')).toEqual([])
  })

  it('tell what the champion read in them', async () => {
    const read = await store.readIn(pictures.kind, ['shown', 'words'])
    expect(read.get('shown')).toEqual([
      { image: ref, text: 'cheap', box: { x: 0, y: 0, width: 0.5, height: 0.25 } },
      { image: ref, text: 'today', box: null },
    ])
    expect(read.get('words')).toEqual([])
  })
})
