import { expect, it } from 'vitest'
import type { LogReader } from '../../../../pipelines/runtime/kafka/log-reader.ts'
import { countUnread } from '../../../../pipelines/runtime/kafka/unread-records.ts'

const place = { topic: 'scores', partition: 3 }

/** A partition of which each fetch answers four offsets; every second one is a mark, up to an open transaction. */
function readerOf(stableEnd: number): Pick<LogReader, 'readFrom'> & { fetches: number } {
  return {
    fetches: 0,
    async readFrom(_topic, _partition, offset) {
      this.fetches++
      const from = offset ?? 100
      const nextOffset = Math.max(from, Math.min(from + 4, stableEnd))
      const offsets = Array.from({ length: nextOffset - from }, (_, i) => from + i)
      const records = offsets.filter(one => one % 2 === 0).map(one => ({ offset: one }) as never)
      return { records, nextOffset, end: stableEnd }
    },
  }
}

it('counts records up to the end that was asked for, from the start where nothing was committed', async () => {
  expect(await countUnread(readerOf(120), place, { next: 101, end: 110 })).toBe(4)
  expect(await countUnread(readerOf(120), place, { next: null, end: 110 })).toBe(5)
})

it('asks nothing of a partition that was read to its end', async () => {
  const reader = readerOf(120)
  expect(await countUnread(reader, place, { next: 120, end: 120 })).toBe(0)
  expect(reader.fetches).toBe(0)
})

it('tells a long way by offsets, and reads none of it', async () => {
  const reader = readerOf(1_000_000)
  expect(await countUnread(reader, place, { next: 0, end: 1_000_000 })).toBe(1_000_000)
  expect(reader.fetches).toBe(0)
})

it('does not wait for a transaction that is still open', async () => {
  expect(await countUnread(readerOf(104), place, { next: 102, end: 110 })).toBe(1)
})
