import type { Consumer, EachBatchPayload, PartitionAssigner } from 'kafkajs'
import type { Logger } from 'pino'
import { fullTopicName, shortTopicName, type TopicName } from '../../../schemas/topics.ts'
import type { GroupWatch } from '../group-metrics.ts'
import type { RawBatch, RawRecord } from '../records.ts'
import {
  createKafka,
  HEARTBEAT_INTERVAL_MS,
  type KafkaSettings,
  REBALANCE_TIMEOUT_MS,
  RETRY,
  SESSION_TIMEOUT_MS,
} from './client.ts'
import { isKafkaError } from './errors.ts'
import type { FetchedRecord } from './record-batch.ts'

/** What a handler may ask while it works on a batch. */
export interface BatchContext {
  /** Keeps the membership alive; rejects with a kafkajs error when the group rebalances. */
  heartbeat(): Promise<void>
  /** False once the consumer stops or the position was moved: leave the rest of the batch alone. */
  isActive(): boolean
  /** Commits offsets as this member, with its generation. */
  commit(nextOffset: number): Promise<void>
  /** The next fetch of this partition starts at `offset`. */
  seek(offset: number): void
}

export interface BatchHandler {
  /** After every join: the partitions this member now has. Batches of other partitions are not coming any more. */
  assigned(assignment: ReadonlyMap<TopicName, readonly number[]>): void
  /**
   * One batch; when it resolves and the context is still active, the position moves behind it. A kafkajs error makes it come again; any other error
   * stops the consumer.
   */
  handle(batch: RawBatch, context: BatchContext): Promise<void>
  /** After every fetch that was worked off, also one that held only control or aborted records. */
  progressed?(topic: TopicName, partition: number, nextOffset: number): void
}

export interface GroupConsumerSettings {
  readonly kafka: KafkaSettings
  readonly topicPrefix: string
  readonly groupId: string
  readonly topics: readonly TopicName[]
  /** Where a group without committed offsets starts. */
  readonly from: 'earliest' | 'latest'
  readonly recordsMax: number
  readonly bytesMax: number
  readonly concurrency: number
  readonly assigner?: PartitionAssigner
  /** Whether records are gathered for a second, or until there are many: who is waited for by nobody has fewer, larger batches. */
  readonly gathers?: boolean
}

/** A broker answers a fetch without records after this; heartbeats share the connection and wait behind it. */
const FETCH_WAIT_MS = 250
const GATHERED_WAIT_MS = 1000
const GATHERED_BYTES = 256 * 1024
const FETCH_PARTITION_BYTES = 1024 * 1024
const FETCH_BYTES = 8 * 1024 * 1024
const RESTART_DELAY_MS = 1_000

/**
 * A member of a consumer group that hands bounded batches to a handler, and starts anew by itself after the broker
 * was away. It never commits on its own.
 */
export class GroupConsumer {
  private readonly settings: GroupConsumerSettings
  private readonly handler: BatchHandler
  private readonly log: Logger
  private readonly onFailed: (error: unknown) => void
  private readonly watch: GroupWatch | null
  private consumer: Consumer | null = null
  private restartTimer: NodeJS.Timeout | null = null
  private stopping = false
  private failed = false
  /** Resolves at the first join. */
  readonly joined: Promise<void>
  private resolveJoined: () => void = () => undefined

  /**
   * @param onFailed called once, with the bug or coded error that stopped the consumer for good
   * @param watch told how the member keeps up; nobody unless given
   */
  constructor(
    settings: GroupConsumerSettings,
    handler: BatchHandler,
    parts: { log: Logger; onFailed: (error: unknown) => void; watch?: GroupWatch },
  ) {
    this.settings = settings
    this.handler = handler
    this.log = parts.log
    this.onFailed = parts.onFailed
    this.watch = parts.watch ?? null
    this.joined = new Promise(resolve => {
      this.resolveJoined = resolve
    })
  }

  async start(): Promise<void> {
    const { kafka, groupId, topics, topicPrefix, from, assigner, concurrency, gathers } = this.settings
    const consumer = createKafka(kafka, this.log).consumer({
      groupId,
      sessionTimeout: SESSION_TIMEOUT_MS,
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      heartbeatInterval: HEARTBEAT_INTERVAL_MS,
      ...(gathers === true
        ? { maxWaitTimeInMs: GATHERED_WAIT_MS, minBytes: GATHERED_BYTES }
        : { maxWaitTimeInMs: FETCH_WAIT_MS }),
      maxBytesPerPartition: FETCH_PARTITION_BYTES,
      maxBytes: FETCH_BYTES,
      retry: { ...RETRY, restartOnFailure: async () => !this.stopping && !this.failed },
      ...(assigner === undefined ? {} : { partitionAssigners: [assigner] }),
    })
    this.consumer = consumer
    consumer.on('consumer.group_join', ({ payload }) => this.onJoin(payload.memberAssignment))
    consumer.on('consumer.fetch', () => this.watch?.fetched())
    consumer.on('consumer.end_batch_process', ({ payload }) => {
      const topic = shortTopicName(topicPrefix, payload.topic)
      if (topic === null) return
      this.watch?.progressed(topic, payload.partition, Math.max(0, Number(payload.offsetLag)))
      this.handler.progressed?.(topic, payload.partition, Number(payload.lastOffset) + 1)
    })
    consumer.on('consumer.crash', ({ payload }) => {
      if (!payload.restart) this.restart(payload.error)
    })
    await consumer.connect()
    await consumer.subscribe({
      topics: topics.map(topic => fullTopicName(topicPrefix, topic)),
      fromBeginning: from === 'earliest',
    })
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: concurrency,
      eachBatch: payload => this.onBatch(consumer, payload),
    })
  }

  /** Stops reading, waits for the running batches, leaves the group, disconnects. */
  async stop(): Promise<void> {
    this.stopping = true
    if (this.restartTimer !== null) clearTimeout(this.restartTimer)
    await this.consumer?.disconnect()
  }

  private onJoin(memberAssignment: Record<string, number[]>): void {
    const assignment = new Map<TopicName, readonly number[]>()
    for (const [full, partitions] of Object.entries(memberAssignment)) {
      const topic = shortTopicName(this.settings.topicPrefix, full)
      if (topic !== null) assignment.set(topic, partitions)
    }
    this.watch?.assigned(assignment)
    this.handler.assigned(assignment)
    this.resolveJoined()
  }

  private async onBatch(consumer: Consumer, payload: EachBatchPayload): Promise<void> {
    const { batch, resolveOffset, heartbeat, isRunning, isStale } = payload
    const topic = shortTopicName(this.settings.topicPrefix, batch.topic)
    if (topic === null) throw new Error(`a batch of ${batch.topic}, which was not asked for`)
    const context: BatchContext = {
      heartbeat,
      isActive: () => isRunning() && !isStale() && !this.failed,
      commit: nextOffset =>
        consumer.commitOffsets([
          { topic: batch.topic, partition: batch.partition, offset: String(nextOffset) },
        ]),
      seek: offset =>
        consumer.seek({ topic: batch.topic, partition: batch.partition, offset: String(offset) }),
    }
    try {
      for (const chunk of this.chunks(topic, batch)) {
        if (!context.isActive()) return
        this.watch?.began(topic, chunk.partition, chunk.records[0]!.appendedAt)
        await this.handler.handle(chunk, context)
        if (!context.isActive()) return
        resolveOffset(String(chunk.nextOffset - 1))
        await heartbeat()
      }
    } catch (error) {
      if (isKafkaError(error)) throw error
      this.fail(error)
    }
  }

  /** Cuts a fetched batch into pieces of at most `recordsMax` records and `bytesMax` bytes, one record at least. */
  private *chunks(topic: TopicName, batch: EachBatchPayload['batch']): Generator<RawBatch> {
    const { recordsMax, bytesMax } = this.settings
    const fetched = batch.messages as unknown as readonly FetchedRecord[]
    const end = Number(batch.lastOffset()) + 1
    let records: RawRecord[] = []
    let bytes = 0
    for (const record of fetched) {
      const { size } = record
      if (records.length > 0 && (records.length >= recordsMax || bytes + size > bytesMax)) {
        yield { topic, partition: batch.partition, records, nextOffset: records.at(-1)!.offset + 1 }
        records = []
        bytes = 0
      }
      records.push(record)
      bytes += size
    }
    if (records.length > 0) yield { topic, partition: batch.partition, records, nextOffset: end }
  }

  /** kafkajs gives up on some errors (no broker known any more); a stream processor does not. */
  private restart(error: unknown): void {
    if (this.stopping || this.failed) return
    this.log.warn({ group: this.settings.groupId, error: String(error) }, 'consumer lost, starting anew')
    this.watch?.restarted()
    this.restartTimer = setTimeout(() => {
      this.start().then(
        // Stopped while it was starting: nobody else knows of this one.
        () => (this.stopping ? this.consumer?.disconnect() : undefined),
        async failure => {
          await this.consumer?.disconnect().catch(() => undefined)
          this.restart(failure)
        },
      )
    }, RESTART_DELAY_MS)
  }

  private fail(error: unknown): void {
    if (this.failed) return
    this.failed = true
    // Not awaited: kafkajs's stop waits for the very batch that is failing here.
    this.consumer
      ?.disconnect()
      .catch(cause => this.log.warn({ error: String(cause) }, 'consumer did not disconnect'))
    this.onFailed(error)
  }
}
