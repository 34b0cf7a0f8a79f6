import { afterEach, describe, expect, it } from 'vitest'
import { MemoryDriver } from '../../pipelines/runtime/memory/memory-driver.ts'
import { MemorySchemas } from '../../pipelines/runtime/memory/memory-schemas.ts'
import { headerText } from '../../pipelines/runtime/records.ts'
import type { SchemaSource } from '../../pipelines/runtime/topic-codecs.ts'
import { KafkaDriver } from '../support/kafka-driver.ts'
import { aContent, aVote } from '../support/records.ts'
import { stackMissing } from '../support/stack.ts'
import type { TopologyDriver } from '../support/topology-driver.ts'
import { lengthTopology, tallyTopology } from './topologies.ts'

interface Options {
  readonly schemas?: SchemaSource
  readonly deadLettersInARow?: number
}

const topology = [lengthTopology(), tallyTopology]

interface DriverKind {
  readonly name: string
  readonly missing: boolean
  readonly start: (options?: Options) => Promise<TopologyDriver>
}

const drivers: readonly DriverKind[] = [
  {
    name: 'in memory',
    missing: false,
    start: async ({ schemas, deadLettersInARow } = {}) =>
      new MemoryDriver({
        topology,
        ...(schemas === undefined ? {} : { schemas }),
        ...(deadLettersInARow === undefined ? {} : { deadLettersInARowMax: deadLettersInARow }),
      }),
  },
  onKafka('exactly-once'),
  onKafka('at-least-once'),
]

function onKafka(delivery: string): DriverKind {
  return {
    name: `on Kafka, ${delivery}`,
    missing: stackMissing() !== null,
    start: ({ schemas, deadLettersInARow } = {}) =>
      KafkaDriver.start({
        topology,
        ...(schemas === undefined ? {} : { schemas }),
        env: {
          NICR_DELIVERY: delivery,
          ...(deadLettersInARow === undefined
            ? {}
            : { NICR_DEAD_LETTERS_IN_A_ROW: String(deadLettersInARow) }),
        },
      }),
  }
}

describe.each(drivers)('content becomes scores $name', ({ missing, start }) => {
  let driver: TopologyDriver
  afterEach(() => driver?.close())

  it.skipIf(missing)('scores every revision once, and goes on after a restart', async () => {
    driver = await start()
    for (let index = 0; index < 50; index++)
      await driver.pipe('content', `c${index}`, aContent({ id: `c${index}`, text: 'x'.repeat(index % 12) }))
    await driver.drain()
    await driver.restart()
    await driver.pipe('content', 'c1', aContent({ id: 'c1', revision: 1, action: 'EDITED', text: 'edited' }))
    await driver.drain()
    const scores = await driver.read('scores')
    expect(scores.length).toBe(51)
    expect(new Set(scores.map(({ value }) => value.id)).size).toBe(51)
    const second = scores
      .filter(({ value }) => value.contentId === 'c1')
      .map(({ value }) => [value.revision, value.status, value.value, value.modelVersion])
    expect(second).toEqual([
      [0, 'SCORED', 1, 'length-1'],
      [1, 'SCORED', 6, 'length-1'],
    ])
    const empty = scores.find(({ value }) => value.contentId === 'c0')
    expect([empty?.value.status, empty?.value.value, empty?.key]).toEqual(['EMPTY', null, 'c0'])
  })

  it.skipIf(missing)(
    'clears on deletion, also of content nobody knows, and still scores an edit older than the last',
    async () => {
      driver = await start()
      await driver.pipe('content', 'late', aContent({ id: 'late', revision: 2, text: 'newer' }))
      await driver.pipe('content', 'late', aContent({ id: 'late', revision: 1, text: 'older text' }))
      await driver.pipe('content', 'late', aContent({ id: 'late', revision: 3, action: 'DELETED', text: '' }))
      await driver.pipe('content', 'unknown', aContent({ id: 'unknown', action: 'DELETED', text: '' }))
      await driver.drain()
      const scores = (await driver.read('scores')).map(({ value }) => [
        value.contentId,
        value.revision,
        value.status,
      ])
      expect(scores.filter(([id]) => id === 'late')).toEqual([
        ['late', 2, 'SCORED'],
        ['late', 1, 'SCORED'],
        ['late', 3, 'CLEARED'],
      ])
      expect(scores.filter(([id]) => id === 'unknown')).toEqual([['unknown', 0, 'CLEARED']])
    },
  )

  it.skipIf(missing)(
    'gives bad records to the dead letters untouched, with their codes, and scores the neighbours',
    async () => {
      driver = await start()
      const bad: [string, Buffer | null][] = [
        ['NICR_RECORD_EMPTY', null],
        ['NICR_RECORD_EMPTY', Buffer.alloc(0)],
        ['NICR_RECORD_UNDECODABLE', Buffer.from('not avro')],
        ['NICR_RECORD_UNDECODABLE', Buffer.from([0, 0, 0, 0, 1, 255, 255, 255])],
        ['NICR_SCHEMA_UNKNOWN', Buffer.from([0, 0, 9, 9, 9, 2, 65])],
      ]
      const key = Buffer.from([0xff, 0x00, 0x41])
      for (const [index, [, value]] of bad.entries()) {
        await driver.pipe('content', `good-${index}`, aContent({ id: `good-${index}`, text: 'good' }))
        await driver.pipeRaw('content', {
          key,
          value,
          headers: [
            ['x', Buffer.from('1')],
            ['x', null],
            ['empty', Buffer.alloc(0)],
          ],
        })
      }
      await driver.pipe('content', 'long', aContent({ id: 'long', text: 'y'.repeat(1001) }))
      await driver.drain()
      expect((await driver.read('scores')).length).toBe(bad.length)
      const letters = await driver.readRaw('dead-letters')
      const ours = letters.filter(letter => letter.key?.equals(key))
      expect(ours.map(({ headers, value }) => [headerText(headers, 'nicr-code'), value])).toEqual(bad)
      const [first] = ours
      expect(first?.headers.slice(0, 3)).toEqual([
        ['x', Buffer.from('1')],
        ['x', null],
        ['empty', Buffer.alloc(0)],
      ])
      expect(headerText(first?.headers ?? [], 'nicr-processor')).toBe('score-length')
      expect(headerText(first?.headers ?? [], '__connect.errors.offset')).toMatch(/^\d+$/)
      const long = letters.find(letter => letter.key?.toString() === 'long')
      expect(headerText(long?.headers ?? [], 'nicr-code')).toBe('NICR_TEXT_TOO_LONG')
    },
  )

  it.skipIf(missing)('keeps state over a restart and rejects without stopping', async () => {
    driver = await start()
    for (let index = 0; index < 6; index++)
      await driver.pipe('votes', 'c1', aVote({ id: `v${index}`, value: 1 }))
    await driver.drain()
    await driver.restart()
    await driver.pipe('votes', 'c1', aVote({ id: 'bad', value: 7 }))
    await driver.pipe('votes', 'c1', aVote({ id: 'v6', value: -1 }))
    await driver.drain()
    const tallies = (await driver.read('draft-outcomes')).map(({ value }) => [
      value.edits,
      value.nicenessFirst,
    ])
    expect(tallies).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 4],
      [5, 5],
      [6, 6],
      [7, 5],
    ])
    expect(
      (await driver.readRaw('dead-letters')).map(({ headers }) => headerText(headers, 'nicr-code')),
    ).toEqual(['NICR_RECORD_INVALID'])
  })

  it.skipIf(missing)(
    'reads what a foreign producer wrote with an older schema, derives missing ids, skips replays for others',
    async () => {
      const schemas = new MemorySchemas()
      const id = schemas.add({
        type: 'record',
        name: 'Content',
        namespace: 'nicr',
        fields: [
          { name: 'text', type: 'string' },
          { name: 'at', type: 'long' },
        ],
      })
      driver = await start({ schemas })
      const framed = (text: string) =>
        Buffer.concat([
          Buffer.from([0]),
          Buffer.from(Uint32Array.of(id).buffer).reverse(),
          Buffer.from([text.length * 2]),
          Buffer.from(text),
          Buffer.from([0]),
        ])
      const { partition, offset } = await driver.pipeRaw('content', { key: null, value: framed('foreign') })
      await driver.pipeRaw('content', {
        key: null,
        value: framed('for another'),
        headers: [['nicr-for', Buffer.from('score-other')]],
      })
      await driver.pipeRaw('content', {
        key: null,
        value: framed('for us'),
        headers: [['nicr-for', Buffer.from('score-length')]],
      })
      await driver.drain()
      const scores = (await driver.read('scores')).map(({ value }) => [
        value.contentId.replace(/^t\w+\./, 'nicr.'),
        value.value,
      ])
      expect(scores).toEqual(
        expect.arrayContaining([
          [`nicr.content:${partition}:${offset}`, 7],
          [`nicr.content:${partition}:${offset + 2}`, 6],
        ]),
      )
      expect(scores.length).toBe(2)
    },
  )

  it.skipIf(missing)('stops instead of emptying the topic into the dead letters', async () => {
    driver = await start({ deadLettersInARow: 20 })
    for (let index = 0; index < 30; index++)
      await driver.pipeRaw('content', { key: Buffer.from('same'), value: Buffer.from('poison') })
    await expect(driver.drain()).rejects.toMatchObject({ code: 'NICR_DEAD_LETTER_BUDGET' })
    expect((await driver.readRaw('dead-letters')).length).toBeLessThanOrEqual(20)
  })
})
