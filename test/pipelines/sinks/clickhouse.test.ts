import { describe, expect, it } from 'vitest'
import { deduplicationToken, rowOf, tombstoneRowOf } from '../../../pipelines/sinks/clickhouse.ts'
import { aContent, aDeadLetter, aDriftReport, aFeatureProfile } from '../../support/records.ts'

const position = { topic: 'nicr.content', partition: 1, offset: 7, appendedAt: 1_700_000_000_000 }

describe('rowOf', () => {
  it('names columns as the fields and says where the record lay', () => {
    const content = aContent({ id: 'c1', images: [{ ref: 'blob:1', sha256: null, mimeType: 'image/png' }] })
    expect(rowOf('content', content, position)).toEqual({
      ...content,
      _topic: 'nicr.content',
      _partition: 1,
      _offset: 7,
      _appended_at: 1_700_000_000_000,
    })
  })

  it('derives an id that a foreign producer left empty, and leaves the record alone', () => {
    const content = aContent({ id: '' })
    expect(rowOf('content', content, position)['id']).toBe('nicr.content:1:7')
    expect(content.id).toBe('')
  })

  it('mends what the columns cannot hold, so that its neighbours are stored', () => {
    const content = aContent({ text: 'half \ud83d of it', at: -1e15, authorSince: 1e15 })
    expect(rowOf('content', content, position)).toMatchObject({
      text: 'half \ufffd of it',
      at: Date.UTC(1900, 0, 1),
      authorSince: Date.UTC(2300, 0, 1) - 1,
    })
    const report = aDriftReport({
      statistic: Number.NaN,
      threshold: Number.POSITIVE_INFINITY,
      effect: -Infinity,
    })
    expect(rowOf('drift-reports', report, position)).toMatchObject({
      statistic: 'nan',
      threshold: 'inf',
      effect: '-inf',
    })
  })

  it('keeps whole emoji', () => {
    expect(rowOf('content', aContent({ text: '👍🏽' }), position)['text']).toBe('👍🏽')
  })

  it('writes bytes in base64', () => {
    const profile = aFeatureProfile({ sums: Buffer.from([0, 255]) })
    expect(rowOf('feature-profiles', profile, position)['steps']).toMatchObject([{ sums: 'AP8=' }])
  })

  it('keeps a dead letter byte for byte and says why it is one', () => {
    expect(rowOf('dead-letters', aDeadLetter({ value: Buffer.from([0, 255, 10]) }), position)).toMatchObject({
      code: 'NICR_RECORD_UNDECODABLE',
      detail: 'not Avro',
      processor: 'score-content',
      originTopic: 'nicr.content',
      originPartition: 3,
      originOffset: 99,
      key: 'azE=',
      value: 'AP8K',
    })
  })

  it('tells an empty value from none', () => {
    expect(rowOf('dead-letters', aDeadLetter({ value: Buffer.alloc(0) }), position)['value']).toBe('')
    expect(rowOf('dead-letters', aDeadLetter({ value: null }), position)['value']).toBeNull()
  })

  it('gives a dead letter that is written twice the same id, and another processor’s another one', () => {
    const id = (letter: Parameters<typeof aDeadLetter>[0], offset: number) =>
      rowOf('dead-letters', aDeadLetter(letter), { ...position, offset })['id']
    expect(id({}, 1)).toBe(id({}, 2))
    expect(id({ processor: 'detect-drift' }, 1)).not.toBe(id({}, 1))
  })

  it('takes dead letters of Kafka Streams, and those that say nothing', () => {
    const headers = [
      ['__streams.errors.topic', Buffer.from('in')],
      ['__streams.errors.partition', Buffer.from('0')],
      ['__streams.errors.offset', Buffer.from('5')],
      ['__streams.errors.exception', Buffer.from('java.lang.X')],
    ] as const
    const row = rowOf('dead-letters', { key: null, value: null, headers }, position)
    expect(row).toMatchObject({ originTopic: 'in', originOffset: 5, code: 'java.lang.X' })
    const bare = rowOf('dead-letters', { key: null, value: null, headers: [] }, position)
    expect(bare).toMatchObject({ id: 'nicr.content:1:7', originTopic: '', originOffset: null, code: '' })
  })
})

it('marks a removed key of a compacted topic', () => {
  expect(tombstoneRowOf('annotators', 'ada', position)).toMatchObject({
    annotator: 'ada',
    _deleted: true,
    _offset: 7,
  })
  expect(tombstoneRowOf('image-banks', 'logo-1', position)).toMatchObject({ id: 'logo-1', _deleted: true })
})

it('names a batch by its place, so that a retry is recognised', () => {
  const rows = { firstOffset: 10, lastOffset: 19, count: 9, appendedAt: 1_000 }
  const token = deduplicationToken('nicr.content', 2, rows)
  expect(token).toBe('nicr.content:2:10-19:9:1000')
  expect(deduplicationToken('nicr.content', 2, { ...rows, count: 10 })).not.toBe(token)
  expect(deduplicationToken('nicr.content', 2, { ...rows, appendedAt: 2_000 })).not.toBe(token)
})
