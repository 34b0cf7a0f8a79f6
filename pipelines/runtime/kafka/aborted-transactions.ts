import type { FetchedRecord } from './record-batch.ts'

export interface AbortedTransaction {
  readonly producerId: string
  readonly firstOffset: string
}

/**
 * What a read-committed reader may see of fetched records: no record of an aborted transaction and no control record.
 *
 * kafkajs 2.2.4 walks the broker's list of aborted transactions in the order it came, taking one entry a record. The
 * list is not ordered by first offset, so with overlapping aborts it lets aborted records through. Here the list is
 * sorted, and every entry that has begun is taken before the record is looked at. A producer's abort marker ends its
 * transaction.
 *
 * `records` are in offset order, control records among them.
 */
export function committedRecords(
  records: readonly FetchedRecord[],
  aborted: readonly AbortedTransaction[],
): FetchedRecord[] {
  if (aborted.length === 0) return records.filter(record => !record.isControlRecord)
  const pending = aborted
    .map(({ producerId, firstOffset }) => ({ producerId, firstOffset: Number(firstOffset) }))
    .sort((left, right) => left.firstOffset - right.firstOffset)
  let next = 0
  const aborting = new Set<string>()
  const visible: FetchedRecord[] = []
  for (const record of records) {
    for (; next < pending.length && pending[next]!.firstOffset <= record.offset; next++)
      aborting.add(pending[next]!.producerId)
    const { producerId, inTransaction, isControlBatch } = record.batchContext
    if (isControlBatch) {
      if (isAbortMarker(record)) aborting.delete(producerId)
    } else if (!(inTransaction && aborting.has(producerId))) visible.push(record)
  }
  return visible
}

/** A control record's key is a version and a type, both int16; type 0 is abort, 1 is commit. */
function isAbortMarker(record: FetchedRecord): boolean {
  return record.key !== null && record.key.length >= 4 && record.key.readInt16BE(2) === 0
}
