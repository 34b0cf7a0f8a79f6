import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { committedRecords } from '../../../../pipelines/runtime/kafka/aborted-transactions.ts'
import { type BatchContext, FetchedRecord } from '../../../../pipelines/runtime/kafka/record-batch.ts'

const ABORT = Buffer.from([0, 0, 0, 0])
const COMMIT = Buffer.from([0, 0, 0, 1])

function context(producerId: string, isControlBatch: boolean): BatchContext {
  return {
    firstOffset: '0',
    baseOffset: 0,
    lastOffsetDelta: 0,
    firstTimestampMs: 0,
    maxTimestampMs: 0,
    producerId,
    inTransaction: true,
    isControlBatch,
    isLogAppendTime: true,
  }
}

function recordOf(
  key: Buffer | null,
  batchContext: BatchContext,
  offset: number,
  appendedAt: number,
): FetchedRecord {
  const bytes = key ?? Buffer.alloc(0)
  return new FetchedRecord(
    bytes,
    [0, key === null ? -1 : key.length, 0, -1],
    [],
    batchContext,
    offset,
    appendedAt,
  )
}

describe('committedRecords', () => {
  it('hides three overlapping aborts, whatever order the broker lists them in', () => {
    fc.assert(
      fc.property(fc.integer(), fc.shuffledSubarray(['a', 'b', 'c'], { minLength: 3 }), (seed, order) => {
        const log = overlapping(seed)
        const listed = order.map(producerId => ({
          producerId,
          firstOffset: String(log.firstOffsets.get(producerId)),
        }))
        const seen = committedRecords(log.records, listed).map(record => record.batchContext.producerId)
        expect(new Set(seen)).toEqual(new Set(['d']))
        expect(seen.length).toBe(log.committed)
      }),
    )
  })

  it('shows a producer’s next transaction after its abort', () => {
    const records = [
      recordOf(null, context('a', false), 0, 0),
      recordOf(ABORT, context('a', true), 1, 0),
      recordOf(null, context('a', false), 2, 0),
      recordOf(COMMIT, context('a', true), 3, 0),
    ]
    expect(
      committedRecords(records, [{ producerId: 'a', firstOffset: '0' }]).map(record => record.offset),
    ).toEqual([2])
  })
})

/** Producers a, b and c write in turn and abort; d commits. The interleaving follows from the seed. */
function overlapping(seed: number) {
  const firstOffsets = new Map<string, number>()
  const records: FetchedRecord[] = []
  let state = seed | 0
  const next = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return (state >>> 0) % below
  }
  let committed = 0
  for (let written = 0; written < 24; written++) {
    const producerId = written < 4 ? 'abcd'[written]! : 'abcd'[next(4)]!
    if (!firstOffsets.has(producerId)) firstOffsets.set(producerId, records.length)
    if (producerId === 'd') committed++
    records.push(recordOf(null, context(producerId, false), records.length, 0))
  }
  for (const producerId of ['a', 'b', 'c'])
    records.push(recordOf(ABORT, context(producerId, true), records.length, 0))
  records.push(recordOf(COMMIT, context('d', true), records.length, 0))
  return { records, firstOffsets, committed }
}
