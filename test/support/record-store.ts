import type { ClickHouse } from '../../pipelines/clickhouse.ts'
import { rowOf } from '../../pipelines/sinks/clickhouse.ts'
import { type RecordOf, type TopicName, tableOf } from '../../schemas/topics.ts'

/** Stores records as the sink does, each topic's in one insert; offsets count upwards over all topics. */
export function recordStore(clickhouse: ClickHouse, appendedAt: (offset: number) => number = Date.now) {
  let nextOffset = 0
  return async <T extends TopicName>(topic: T, ...records: readonly RecordOf<T>[]): Promise<void> => {
    const rows = records.map(record => {
      const offset = nextOffset++
      return rowOf(topic, record, {
        topic: `nicr.${topic}`,
        partition: 0,
        offset,
        appendedAt: appendedAt(offset),
      })
    })
    await clickhouse.insertRows(`${tableOf(topic)}_log`, rows, {
      deduplicationToken: `${topic}:${nextOffset}`,
    })
  }
}
