import { setTimeout as delay } from 'node:timers/promises'
import type { Kafka } from 'kafkajs'
import { committedRecords } from './aborted-transactions.ts'
import { type Cluster, createCluster, type FetchedPartition, READ_COMMITTED } from './cluster.ts'
import { protocolErrorType } from './errors.ts'
import type { FetchedRecord } from './record-batch.ts'

const FETCH_WAIT_MS = 250
const FETCH_BYTES = 4 * 1024 * 1024
const NOT_LEADER = 'NOT_LEADER_FOR_PARTITION'
const LEADER_ATTEMPTS_MAX = 20
const LEADER_WAIT_MS = 100

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
      const within = fetched.messages.filter(record => record.offset >= from)
      if (within.length > 0) {
        offset = within.at(-1)!.offset + 1
        yield committedRecords(within, fetched.abortedTransactions ?? [])
      }
    } while (offset < end)
  }

  /**
   * The next committed records from an offset on (null: the partition's start), waiting a moment where there are none.
   * `end`: the last stable offset at that time. @throws kafkajs's errors; the next call looks the leader up again
   */
  async readFrom(
    topic: string,
    partition: number,
    offset: number | null,
  ): Promise<{ readonly records: FetchedRecord[]; readonly nextOffset: number; readonly end: number }> {
    try {
      await this.connect()
      await this.cluster.addTargetTopic(topic)
      const from = offset ?? (await this.startOf(topic, partition))
      const fetched = await this.fetch(topic, partition, from)
      const within = fetched.messages.filter(record => record.offset >= from)
      return {
        records: committedRecords(within, fetched.abortedTransactions ?? []),
        nextOffset: within.length > 0 ? within.at(-1)!.offset + 1 : from,
        end: Number(fetched.lastStableOffset),
      }
    } catch (error) {
      // Where that fails too, the next call finds a broker itself.
      await this.cluster.refreshMetadata().catch(() => undefined)
      throw error
    }
  }

  /** The last stable offset of a partition now: where the next committed record will lie, or later. */
  async endOf(topic: string, partition: number): Promise<number> {
    return this.boundOf(topic, partition, { fromBeginning: false })
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
  private startOf(topic: string, partition: number): Promise<number> {
    return this.boundOf(topic, partition, { fromBeginning: true })
  }

  private async boundOf(
    topic: string,
    partition: number,
    { fromBeginning }: { readonly fromBeginning: boolean },
  ): Promise<number> {
    await this.connect()
    await this.cluster.addTargetTopic(topic)
    for (let attempt = 1; ; attempt++) {
      // Partitions move to other brokers in the life of a reader.
      await this.cluster.refreshMetadata()
      try {
        const [answer] = await this.cluster.fetchTopicsOffset([
          { topic, partitions: [{ partition }], fromBeginning },
        ])
        return Number(answer?.partitions[0]?.offset ?? 0)
      } catch (error) {
        // The metadata names a leader a moment before the broker knows that it is it.
        if (protocolErrorType(error) !== NOT_LEADER || attempt === LEADER_ATTEMPTS_MAX) throw error
        await delay(LEADER_WAIT_MS)
      }
    }
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
