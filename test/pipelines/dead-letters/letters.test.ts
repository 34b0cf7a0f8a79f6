import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Letter, readLetter } from '../../../pipelines/dead-letters/letter.ts'
import { type PlanContext, planReplay } from '../../../pipelines/dead-letters/replay-plan.ts'
import { parseWhere } from '../../../pipelines/dead-letters/where.ts'
import { deadLetter } from '../../../pipelines/runtime/dead-letter.ts'
import type { RawHeader, RawRecord } from '../../../pipelines/runtime/records.ts'

const TOPIC = 'nicr.dead-letters'
const origin = {
  topic: 'nicr.content',
  partition: 3,
  processor: 'score-niceness',
  group: 'nicr.score-niceness',
}
const rejection = { code: 'NICR_TEXT_TOO_LONG', detail: 'it is long' } as const

function aRecord(changes: Partial<RawRecord> = {}): RawRecord {
  return {
    key: Buffer.from('k'),
    value: Buffer.from('v'),
    headers: [],
    offset: 7,
    appendedAt: 1000,
    ...changes,
  }
}

/** The letter that Nicr writes of a record, as it is read back. */
function letterOf(record: RawRecord, changes: Partial<typeof origin> = {}): Letter {
  const { key, value, headers } = deadLetter({ record, ...rejection }, { ...origin, ...changes })
  return readLetter({ key, value, headers, offset: 40, appendedAt: 5000 }, { topic: TOPIC, partition: 1 })
}

const context: PlanContext = {
  partitionsOf: topic => (topic === 'nicr.content' ? 4 : undefined),
  replayed: new Set(),
  processors: new Set(['score-niceness', 'clickhouse-sink']),
  readAt: async () => null,
}

const text = (headers: readonly RawHeader[]) =>
  headers.map(([name, value]) => [name, value?.toString() ?? null])
const streams: RawHeader[] = [
  ['__streams.errors.exception', Buffer.from('org.example.Bad: cannot read')],
  ['__streams.errors.message', Buffer.from('cannot read')],
  ['__streams.errors.stacktrace', Buffer.from('at …')],
  ['__streams.errors.topic', Buffer.from('nicr.content')],
  ['__streams.errors.partition', Buffer.from('0')],
  ['__streams.errors.offset', Buffer.from('12')],
]
const connect: RawHeader[] = [
  ['__connect.errors.topic', Buffer.from('nicr.content')],
  ['__connect.errors.partition', Buffer.from('2')],
  ['__connect.errors.offset', Buffer.from('9')],
  ['__connect.errors.connector.name', Buffer.from('to-lake')],
  ['__connect.errors.task.id', Buffer.from('0')],
  ['__connect.errors.stage', Buffer.from('VALUE_CONVERTER')],
  ['__connect.errors.class.name', Buffer.from('org.example.Converter')],
  ['__connect.errors.exception.class.name', Buffer.from('org.example.DataException')],
  ['__connect.errors.exception.message', Buffer.from('no such field')],
  ['__connect.errors.exception.stacktrace', null],
]

describe('a letter that is read back', () => {
  it('has the record as it was, however often it was a dead letter before, and whatever its headers', () => {
    const name = fc.constantFrom(
      'x',
      'nicr-code',
      'nicr-for',
      '__connect.errors.topic',
      '__connect.errors.offset',
      '',
    )
    const header = fc.tuple(name, fc.option(fc.uint8Array({ maxLength: 4 }).map(bytes => Buffer.from(bytes))))
    fc.assert(
      fc.property(fc.array(header, { maxLength: 8 }), headers => {
        const record = aRecord({ headers, value: null })
        const letter = letterOf(record)
        expect(letter).toMatchObject({ key: record.key, value: null, headers, code: 'NICR_TEXT_TOO_LONG' })
        expect(letter.origin).toEqual({ topic: 'nicr.content', partition: 3, offset: 7 })
      }),
    )
  })

  it('says what Kafka Connect and Kafka Streams say', () => {
    const read = (headers: RawHeader[]) =>
      readLetter(aRecord({ headers: [['own', null], ...headers] }), { topic: 'other.dlq', partition: 0 })
    expect(read(connect)).toMatchObject({
      writer: 'CONNECT',
      code: 'org.example.DataException',
      detail: 'no such field',
      processor: 'to-lake',
      origin: { topic: 'nicr.content', partition: 2, offset: 9 },
      headers: [['own', null]],
    })
    expect(read(streams)).toMatchObject({
      writer: 'STREAMS',
      code: 'org.example.Bad',
      detail: 'cannot read',
      processor: null,
      origin: { topic: 'nicr.content', partition: 0, offset: 12 },
      headers: [['own', null]],
    })
    expect(read([])).toMatchObject({ writer: 'UNKNOWN', code: '', processor: null, origin: null })
  })
})

describe('a replay', () => {
  it('is the record byte for byte, for the processor meant; a repeat of it keeps the first place', async () => {
    const record = aRecord({
      key: null,
      value: Buffer.from([0, 255]),
      headers: [
        ['x', Buffer.from([1])],
        ['x', null],
      ],
    })
    const planned = await planReplay(letterOf(record), context)
    if (!('replay' in planned)) throw new Error('not planned')
    const { replay } = planned
    expect(replay).toMatchObject({
      topic: 'nicr.content',
      partition: 3,
      key: null,
      value: Buffer.from([0, 255]),
    })
    expect(replay.headers.slice(0, 2)).toEqual(record.headers)
    const added = [
      ['nicr-for', 'score-niceness'],
      ['nicr-replay-of', 'nicr.content:3:7'],
    ]
    expect(text(replay.headers.slice(2))).toEqual(added)
    const again = letterOf(aRecord({ headers: replay.headers, offset: 90 }))
    expect(again).toMatchObject({
      headers: record.headers,
      replayOf: { topic: 'nicr.content', partition: 3, offset: 7 },
    })
    const second = await planReplay(again, context)
    expect('replay' in second && text(second.replay.headers.slice(2))).toEqual(added)
  })

  it('is refused where it would reach nobody, or somebody else, and says why', async () => {
    const letter = letterOf(aRecord())
    const cases: [Letter, Partial<PlanContext>, string][] = [
      [letterOf(aRecord(), { processor: 'score-gone' }), {}, 'no processor score-gone'],
      [letterOf(aRecord(), { topic: 'gone' }), {}, 'no topic gone'],
      [letter, { partitionsOf: () => 3 }, 'no partition 3'],
      [
        letterOf(aRecord({ headers: [['nicr-batch-unreadable', Buffer.from('offsets 1 to 4')]] })),
        {},
        'whole batch',
      ],
      [{ ...letter, omitted: '2000000 bytes', value: null }, {}, 'that is gone'],
      [readLetter(aRecord(), { topic: 'x', partition: 0 }), {}, 'where it lay'],
      [readLetter(aRecord({ headers: streams }), { topic: 'x', partition: 0 }), {}, '--for'],
    ]
    for (const [one, changes, why] of cases)
      expect(await planReplay(one, { ...context, ...changes })).toEqual({
        refused: expect.stringContaining(why),
      })
    const meant = await planReplay(readLetter(aRecord({ headers: streams }), { topic: 'x', partition: 0 }), {
      ...context,
      for: 'my-app',
    })
    expect('replay' in meant && text(meant.replay.headers)).toContainEqual(['nicr-for', 'my-app'])
  })

  it('fetches the value that a letter was too large for from where it lay', async () => {
    const left = { ...letterOf(aRecord()), value: null, omitted: '1200000 bytes' }
    const planned = await planReplay(left, {
      ...context,
      readAt: async () => ({ value: Buffer.from('all of it') }),
    })
    expect('replay' in planned && planned.replay.value).toEqual(Buffer.from('all of it'))
  })
})

describe('--where', () => {
  const now = Date.parse('2026-11-23T12:00:00Z')
  const letter = { ...letterOf(aRecord({ key: Buffer.from('post 1') })), at: now - 3_600_000 }
  const holds = (where: string) => parseWhere(where, { topicPrefix: 'nicr.', now }).takes(letter)

  it.each([
    ['', true],
    ['code=NICR_TEXT_TOO_LONG', true],
    ['code!=NICR_TEXT_TOO_LONG', false],
    ['code=NICR_TEXT', false],
    ['code=NICR_*_LONG', true],
    ['code=*LONG*LONG', false],
    ['topic=content and processor=score-*', true],
    ['topic=nicr.content and processor=clickhouse-sink', false],
    ['processor=x or processor=y or key="post 1"', true],
    // `and` binds closer than `or`.
    ['code=x and key=y or topic=content', true],
    ['topic=content or code=x and key=y', true],
    ['since=2h', true],
    ['since=30m', false],
    ['since=2026-11-23T11:00:00Z until=2026-11-23T11:00:01Z', 'error'],
    ['since=2026-11-23T11:00:00Z and until=2026-11-23T11:00:01Z', true],
    ['until=2026-11-23T11:00:00Z', false],
    ['offset=1:40', true],
    ['offset=1:0-39', false],
    ['offset=1:0-', true],
    ['offset=0:40', false],
    ['origin=3:7 AND offset!=1:41-', true],
  ])('%s', (where, answer) => {
    if (answer === 'error') expect(() => holds(where)).toThrow()
    else expect(holds(where)).toBe(answer)
  })

  it.each([
    ['code', 1, 'FIELD=VALUE'],
    ['code=a and ', 12, 'FIELD=VALUE'],
    ['cod=a', 1, 'there is no field cod'],
    ['code=a  key=b', 9, '`and` or `or`'],
    ['code=a and since=yesterday', 12, 'a time such as'],
    ['offset=5', 1, 'PARTITION:OFFSET'],
    ['offset=0:9-3', 1, 'not below its first'],
    [`code=a${' or code=a'.repeat(60)}`, 501, 'at most 50'],
  ])('%s is refused with its column', (where, column, why) => {
    expect(() => holds(where)).toThrow(
      expect.objectContaining({ code: 'NICR_INPUT_INVALID', message: expect.stringContaining(why) }),
    )
    expect(() => holds(where)).toThrow(`column ${column}:`)
  })
})
