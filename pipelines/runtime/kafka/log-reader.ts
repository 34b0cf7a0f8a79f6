import type { Kafka } from 'kafkajs'
import { committedRecords } from './aborted-transactions.ts'
import { type Cluster, createCluster, type FetchedPartition, READ_COMMITTED } from './cluster.ts'
import type { FetchedRecord } from './record-batch.ts'

const FETCH_WAIT_MS = 250
const FETCH_BYTES = 4 * 1024 * 1024

/**
 * Reads committed records of a partition from its start to its present end, outside any consumer group: kafkajs reads
 * by groups only, but restoring state should neither wait for a rebalance nor leave groups behind.
 */
export class LogReader {
  private readonly cluster: Cluster
  private connected: Promise<void> | null = null

  constructor(kafka: Kafka) {
    this.cluster = createCluster(kafka)
  }

  /** Batches of committed records, oldest first, up to the last stable offset at the time of asking. */
  async *read(topic: string, partition: number): AsyncIterable<FetchedRecord[]> {
    let offset = await this.startOf(topic, partition)
    let end: number | null = null
    do {
      const fetched = await this.fetch(topic, partition, offset)
      end ??= Number(fetched.lastStableOffset)
      const from = offset
      const within = fetched.messages.filter(record => record.position >= from)
      if (within.length > 0) {
        offset = within.at(-1)!.position + 1
        yield committedRecords(within, fetched.abortedTransactions ?? [])
      }
    } while (offset < end)
  }

  /** Whether every transaction on the partition has ended: nothing that lies on it is still undecided. */
  async isSettled(topic: string, partition: number): Promise<boolean> {
    const start = await this.startOf(topic, partition)
    const { lastStableOffset, highWatermark } = await this.fetch(topic, partition, start)
    return lastStableOffset === highWatermark
  }

  async close(): Promise<void> {
    if (this.connected !== null) await this.cluster.disconnect()
  }

  private connect(): Promise<void> {
    this.connected ??= this.cluster.connect().catch(error => {
      this.connected = null
      throw error
    })
    return this.connected
  }

  /** The first offset of a partition, asked of its present leader. */
  private async startOf(topic: string, partition: number): Promise<number> {
    await this.connect()
    await this.cluster.addTargetTopic(topic)
    // Partitions move to other brokers in the life of a reader.
    await this.cluster.refreshMetadata()
    const [answer] = await this.cluster.fetchTopicsOffset([
      { topic, partitions: [{ partition }], fromBeginning: true },
    ])
    return Number(answer?.partitions[0]?.offset ?? 0)
  }

  private async fetch(topic: string, partition: number, offset: number): Promise<FetchedPartition> {
    const [nodeId] = Object.keys(this.cluster.findLeaderForPartitions(topic, [partition]))
    if (nodeId === undefined) throw new Error(`${topic} has no leader for partition ${partition}`)
    const broker = await this.cluster.findBroker({ nodeId })
    const { responses } = await broker.fetch({
      maxWaitTime: FETCH_WAIT_MS,
      minBytes: 1,
      maxBytes: FETCH_BYTES,
      isolationLevel: READ_COMMITTED,
      rackId: '',
      topics: [{ topic, partitions: [{ partition, fetchOffset: String(offset), maxBytes: FETCH_BYTES }] }],
    })
    const data = responses[0]?.partitions[0]
    if (data === undefined) throw new Error(`the broker answered a fetch of ${topic} without the partition`)
    return data
  }
}
