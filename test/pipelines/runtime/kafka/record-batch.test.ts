import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32c } from '../../../../pipelines/runtime/kafka/crc32c.ts'
import {
  decodeRecordBatches,
  encodeRecordBatch,
  type OutgoingMessage,
} from '../../../../pipelines/runtime/kafka/record-batch.ts'

// The originals of kafkajs, loaded from a copy of its module graph that no mend has touched.
const require = createRequire(fileURLToPath(import.meta.url))
const Original = require('kafkajs/src/protocol/recordBatch/v0') as {
  RecordBatch: (batch: object) => Promise<{ buffer: Buffer }>
}
const OriginalRecord = require('kafkajs/src/protocol/recordBatch/record/v0') as (record: object) => unknown
const originalCrc = require('kafkajs/src/protocol/recordBatch/crc32C') as (bytes: Buffer) => number

const nowMs = 1_790_000_000_000
const settings = {
  transactional: false,
  producerId: '-1',
  producerEpoch: 0,
  firstSequence: 0,
  compression: 0,
  nowMs,
}

const bytes = fc.uint8Array({ maxLength: 300 }).map(array => Buffer.from(array))
const message = fc.record({
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.dictionary(fc.string({ minLength: 1, maxLength: 12 }), bytes, { maxKeys: 3 }),
})

async function originalBatch(
  messages: readonly OutgoingMessage[],
  overrides: Partial<typeof settings> = {},
): Promise<Buffer> {
  const own = { ...settings, ...overrides }
  const records = messages.map((entry, index) =>
    OriginalRecord({ ...entry, offsetDelta: index, timestampDelta: 0 }),
  )
  const batch = await Original.RecordBatch({
    records,
    firstTimestamp: nowMs,
    maxTimestamp: nowMs,
    lastOffsetDelta: records.length - 1,
    transactional: own.transactional,
    producerId: Number(own.producerId),
    producerEpoch: own.producerEpoch,
    firstSequence: own.firstSequence,
  })
  return batch.buffer
}

describe('record batches', () => {
  it('are the bytes kafkajs writes, for any keys, values and headers', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(message, { minLength: 1, maxLength: 40 }),
        fc.boolean(),
        fc.integer({ min: 0, max: 2 ** 31 - 1 }),
        async (messages, transactional, firstSequence) => {
          const overrides = { transactional, firstSequence, producerId: '4711', producerEpoch: 7 }
          expect(await encodeRecordBatch(messages, { ...settings, ...overrides })).toEqual(
            await originalBatch(messages, overrides),
          )
        },
      ),
      { numRuns: 100 },
    )
  })

  it('are read back as they were written: null is not empty, headers keep order and repeats', async () => {
    const headers = [
      ['b', Buffer.from('1')],
      ['a', null],
      ['b', Buffer.alloc(0)],
    ] as const
    const batch = await encodeRecordBatch(
      [
        { key: null, value: Buffer.alloc(0), headers },
        { key: Buffer.alloc(0), value: null },
      ],
      settings,
    )
    const [first, second] = await decodeRecordBatches(batch)
    expect([first?.key, first?.value, first?.headers]).toEqual([null, Buffer.alloc(0), headers])
    expect([second?.key, second?.value, second?.headers]).toEqual([Buffer.alloc(0), null, []])
  })

  it('survive a round trip compressed, with more records than a call can take arguments', async () => {
    const messages = Array.from({ length: 200_000 }, (_, index) => ({
      key: null,
      value: Buffer.from(String(index)),
    }))
    const records = await decodeRecordBatches(
      await encodeRecordBatch(messages, { ...settings, compression: 1 }),
    )
    expect(records.length).toBe(200_000)
    expect(records.at(-1)?.value?.toString()).toBe('199999')
    expect(records.at(-1)?.offset).toBe(199_999)
  })

  it('leave out a batch that is cut off at the end, and let one record stand for damaged contents', async () => {
    const one = await encodeRecordBatch([{ value: Buffer.from('one') }], settings)
    expect((await decodeRecordBatches(Buffer.concat([one, one.subarray(0, one.length - 1)]))).length).toBe(1)
    const damaged = Buffer.from(one)
    damaged.writeInt32BE(2, 57)
    const read = await decodeRecordBatches(Buffer.concat([damaged, one]))
    expect(read.map(({ value }) => value)).toEqual([one.subarray(61), Buffer.from('one')])
    expect(read[0]?.headers.map(([name, why]) => `${name}: ${why}`)).toEqual([
      expect.stringMatching(/^nicr-batch-unreadable: offsets 0 to 0: .*ends within/),
    ])
  })

  it('close the gap that compaction leaves, so that a reader moves on', async () => {
    const batch = await encodeRecordBatch([{ value: Buffer.from('kept') }], settings)
    batch.writeInt32BE(9, 23)
    const records = await decodeRecordBatches(batch)
    expect(records.map(({ offset, isControlRecord }) => [offset, isControlRecord])).toEqual([
      [0, false],
      [9, true],
    ])
  })

  it('carry kafkajs’s CRC-32C', () => {
    fc.assert(
      fc.property(bytes, value => {
        expect(crc32c(value, 0, value.length)).toBe(originalCrc(value) >>> 0)
      }),
    )
  })
})
