import type { LogReader } from './log-reader.ts'

/** Farther behind than this, offsets tell well enough how many records wait. */
const COUNTED_OFFSETS_MAX = 1_000

/**
 * Records that lie between where a group reads next and an end of the partition. Offsets alone say too much: the marks of
 * transactions lie there too, and the last ones are never committed, since nothing comes behind them to read.
 * @param next null: the partition's start
 * @returns the count; more than `COUNTED_OFFSETS_MAX` are told by offsets
 */
export async function countUnread(
  reader: Pick<LogReader, 'readFrom'>,
  { topic, partition }: { readonly topic: string; readonly partition: number },
  { next, end }: { readonly next: number | null; readonly end: number },
): Promise<number> {
  let count = 0
  for (let at = next; at === null || at < end; ) {
    if (at !== null && end - at > COUNTED_OFFSETS_MAX) return count + end - at
    const { records, nextOffset } = await reader.readFrom(topic, partition, at)
    count += records.filter(({ offset }) => offset < end).length
    // A transaction that is still open: what is behind it is not told yet.
    if (nextOffset === (at ?? 0)) return count
    at = nextOffset
  }
  return count
}
