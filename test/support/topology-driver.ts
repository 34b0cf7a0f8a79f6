import type { ReadRecord } from '../../pipelines/runtime/memory/memory-driver.ts'
import type { RawHeader, RawRecord } from '../../pipelines/runtime/records.ts'
import type { RecordOf, TopicName } from '../../schemas/topics.ts'

/** A running topology, whatever it runs on: topology tests are written once against this. */
export interface TopologyDriver {
  pipe<Topic extends TopicName>(
    topic: Topic,
    key: string,
    value: RecordOf<Topic>,
  ): Promise<{ partition: number; offset: number }>
  pipeRaw(
    topic: TopicName,
    record: { key: Buffer | null; value: Buffer | null; headers?: readonly RawHeader[] },
  ): Promise<{ partition: number; offset: number }> | { partition: number; offset: number }
  /** Resolves once every processor has read everything. */
  drain(): Promise<void>
  read<Topic extends TopicName>(topic: Topic): Promise<ReadRecord<Topic>[]>
  readRaw(
    topic: TopicName,
  ): Promise<(RawRecord & { partition: number })[]> | (RawRecord & { partition: number })[]
  /** A new process: what was not committed is done again. */
  restart(): Promise<void> | void
  close(): Promise<void> | void
}
