import type { Kafka } from 'kafkajs'
import { type AbortedTransaction, committedRecords } from './aborted-transactions.ts'
import type { FetchedRecord } from './record-batch.ts'

const FETCH_WAIT_MS = 250
const FETCH_BYTES = 4 * 1024 * 1024
const READ_COMMITTED = 1

interface FetchedPartition {
  readonly partition: number
  readonly lastStableOffset: string
  readonly abortedTransactions: readonly AbortedTransaction[] | null
  readonly messages: readonly FetchedRecord[]
}

interface Broker {
  fetch(request: object): Promise<{ responses: readonly { partitions: readonly FetchedPartition[] }[] }>
}

interface Cluster {
  connect(): Promise<void>
  disconnect(): Promise<void>
  addTargetTopic(topic: string): Promise<void>
  findLeaderForPartitions(topic: string, partitions: number[]): Record<string, number[]>
  findBroker(node: { nodeId: string }): Promise<Broker>
  fetchTopicsOffset(
    topics: { topic: string; partitions: { partition: number }[]; fromBeginning: boolean }[],
  ): Promise<{ topic: string; partitions: { partition: number; offset: string }[] }[]>
}

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
    await this.connect()
    await this.cluster.addTargetTopic(topic)
    let offset = await this.offsetOf(topic, partition, { fromBeginning: true })
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

  async close(): Promise<void> {
    if (this.connected !== null) await this.cluster.disconnect()
  }

  private connect(): Promise<void> {
    this.connected ??= this.cluster.connect()
    return this.connected
  }

  private async offsetOf(
    topic: string,
    partition: number,
    { fromBeginning }: { fromBeginning: boolean },
  ): Promise<number> {
    const [answer] = await this.cluster.fetchTopicsOffset([
      { topic, partitions: [{ partition }], fromBeginning },
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

/** kafkajs keeps its cluster behind a symbol; the version is pinned (see kafkajs-patches.ts). */
function createCluster(kafka: Kafka): Cluster {
  const symbol = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  )
  if (symbol === undefined) throw new Error('kafkajs has no createCluster; another version?')
  const create = (kafka as unknown as Record<symbol, (options: object) => Cluster>)[symbol]!
  return create({ metadataMaxAge: 300_000, allowAutoTopicCreation: false, isolationLevel: READ_COMMITTED })
}
