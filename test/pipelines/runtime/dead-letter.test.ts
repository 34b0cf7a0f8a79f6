import { describe, expect, it } from 'vitest'
import { DeadLetterBudget, deadLetter } from '../../../pipelines/runtime/dead-letter.ts'
import { headerText, type RawRecord } from '../../../pipelines/runtime/records.ts'

const origin = {
  topic: 'nicr.content',
  partition: 3,
  processor: 'score-niceness',
  group: 'nicr.score-niceness',
}

function aRecord(changes: Partial<RawRecord> = {}): RawRecord {
  return { key: Buffer.from('k'), value: Buffer.from('v'), headers: [], offset: 7, appendedAt: 0, ...changes }
}

describe('a dead letter', () => {
  it('has key, value and headers untouched, null, empty, repeated and binary ones too', () => {
    const headers = [
      ['x', Buffer.from([0, 255])],
      ['x', null],
      ['', Buffer.alloc(0)],
      ['nicr-code', Buffer.from('from an earlier life')],
    ] as const
    for (const [key, value] of [
      [null, null],
      [Buffer.alloc(0), Buffer.alloc(0)],
      [Buffer.from([255]), Buffer.from([0, 1])],
    ]) {
      const record = aRecord({ key: key!, value: value!, headers })
      const letter = deadLetter({ record, code: 'NICR_RECORD_EMPTY', detail: 'why' }, origin)
      expect([letter.key, letter.value, letter.destination]).toEqual([key, value, { topic: 'dead-letters' }])
      expect(letter.headers.slice(0, headers.length)).toEqual(headers)
    }
  })

  it('says where it lay, who rejected it, and why, as Kafka Connect would', () => {
    const rejection = { record: aRecord(), code: 'NICR_SCHEMA_UNKNOWN', detail: 'schema id 9' } as const
    const { headers } = deadLetter(rejection, origin)
    expect(Object.fromEntries(headers.map(([name, value]) => [name, String(value)]))).toEqual({
      '__connect.errors.topic': 'nicr.content',
      '__connect.errors.partition': '3',
      '__connect.errors.offset': '7',
      '__connect.errors.connector.name': 'nicr.score-niceness',
      '__connect.errors.task.id': '3',
      '__connect.errors.stage': 'VALUE_CONVERTER',
      '__connect.errors.class.name': 'score-niceness',
      '__connect.errors.exception.class.name': 'NICR_SCHEMA_UNKNOWN',
      '__connect.errors.exception.message': 'schema id 9',
      'nicr-processor': 'score-niceness',
      'nicr-code': 'NICR_SCHEMA_UNKNOWN',
    })
  })

  it('that is rejected again says so with the last words on top, its first story still below', () => {
    const first = deadLetter({ record: aRecord(), code: 'NICR_SCHEMA_UNKNOWN', detail: 'first' }, origin)
    const again = deadLetter(
      { record: aRecord({ headers: first.headers }), code: 'NICR_TEXT_TOO_LONG', detail: 'second' },
      origin,
    )
    const codes = again.headers.filter(([name]) => name === 'nicr-code').map(([, value]) => String(value))
    expect(codes).toEqual(['NICR_SCHEMA_UNKNOWN', 'NICR_TEXT_TOO_LONG'])
  })

  it('keeps its detail short', () => {
    const { headers } = deadLetter(
      { record: aRecord(), code: 'NICR_RECORD_UNDECODABLE', detail: 'é'.repeat(50_000) },
      origin,
    )
    expect(headerText(headers, '__connect.errors.exception.message')?.length).toBe(1000)
  })
})

describe('the budget of dead letters', () => {
  it('holds for so many in a row, and one good record renews it', () => {
    const budget = new DeadLetterBudget(2)
    expect([false, false, true, false, false, false].map(accepted => budget.count(accepted))).toEqual([
      true,
      true,
      true,
      true,
      true,
      false,
    ])
  })
})
