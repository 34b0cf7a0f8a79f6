import { setTimeout as delay } from 'node:timers/promises'
import type { Admin, Kafka } from 'kafkajs'
import type { Logger } from 'pino'
import { isUnavailable } from '../../../schemas/errors.ts'
import { fullTopicName, type TopicName } from '../../../schemas/topics.ts'
import type { GroupWatch } from '../group-metrics.ts'
import type { OutputRecord, RawBatch } from '../records.ts'
import { createKafka, type KafkaSettings, RETRY, SESSION_TIMEOUT_MS } from './client.ts'
import { type Cluster, createCluster } from './cluster.ts'
import { isKafkaError } from './errors.ts'
import { type BatchHandler, GroupConsumer } from './group-consumer.ts'
import { LogReader } from './log-reader.ts'
import { taskAssigner } from './task-assigner.ts'
import { exactlyOnceTransport } from './task-transport.ts'

/** What the one member that holds the lease may do. */
export interface Lease {
  /** Aborted when the lease is taken away or the runner stops. */
  readonly signal: AbortSignal
  /**
   * Writes records in one transaction, all or none. A member that held the lease before cannot any more.
   * @param nextOffset how far the topic of the lease was taken in
   * @throws what kafkajs throws, also where somebody else holds the lease now
   */
  commit(outputs: readonly OutputRecord[], nextOffset: number): Promise<void>
}

export interface LeaseRunnerParts {
  /** Also the last part of the consumer group. */
  readonly name: string
  /** A topic of one partition: whoever has it holds the lease. */
  readonly topic: TopicName
  /** Topics of one partition that are written. */
  readonly writes: readonly TopicName[]
  readonly kafka: KafkaSettings
  readonly topicPrefix: string
  readonly log: Logger
  /** Told how the member keeps up; nobody unless given. */
  readonly watch?: GroupWatch
  /** Called once when the runner stopped for good, with the bug or coded error. */
  readonly onFailed: (error: unknown) => void
  /** Runs while the lease is held; called anew after what kafkajs takes for passing. Resolves once the signal is aborted. */
  readonly work: (lease: Lease) => Promise<void>
}

/** Batches are only looked at for who gets them. */
const RECORDS_MAX = 1000
const BYTES_MAX = 1024 * 1024
/** After a failure: by then a member that is none any more knows it, and leaves the lease to its holder. */
const AGAIN_MS = SESSION_TIMEOUT_MS

/**
 * One member of a consumer group works at a time, in any number of processes: the one that was given the only partition of a
 * topic. Work goes on beside the consumer, whose heartbeats keep the membership, however long it takes. The transactional id
 * of that partition's task keeps a former holder from writing.
 */
export class LeaseRunner implements BatchHandler {
  private readonly parts: LeaseRunnerParts
  private readonly group: string
  private readonly kafka: Kafka
  private readonly admin: Admin
  private readonly logReader: LogReader
  private readonly cluster: Cluster
  private readonly consumer: GroupConsumer
  private isStopped = false
  private held: { readonly stop: AbortController; readonly done: Promise<void> } | null = null

  constructor(parts: LeaseRunnerParts) {
    const { kafka, log, topicPrefix, name, topic, watch } = parts
    this.parts = parts
    this.group = `${topicPrefix}${name}`
    this.kafka = createKafka(kafka, log)
    this.admin = this.kafka.admin({ retry: RETRY })
    this.logReader = new LogReader(this.kafka)
    this.cluster = createCluster(this.kafka)
    this.consumer = new GroupConsumer(
      {
        kafka,
        topicPrefix,
        groupId: this.group,
        topics: [topic],
        from: 'earliest',
        recordsMax: RECORDS_MAX,
        bytesMax: BYTES_MAX,
        concurrency: 1,
        assigner: taskAssigner(() => (this.held === null ? [] : [0])),
      },
      this,
      { log, onFailed: parts.onFailed, ...(watch && { watch }) },
    )
  }

  /** Resolves once the group was joined. */
  async start(): Promise<void> {
    await this.admin.connect()
    await this.cluster.connect()
    await this.consumer.start()
    await this.consumer.joined
  }

  /** Ends the work, leaves the group, closes; once. */
  async stop(): Promise<void> {
    if (this.isStopped) return
    this.isStopped = true
    await this.letGo()
    await this.consumer.stop()
    await this.letGo()
    await this.logReader.close()
    await this.cluster.disconnect()
    await this.admin.disconnect()
  }

  /** Whether this process holds the lease. */
  get isHolder(): boolean {
    return this.held !== null
  }

  assigned(assignment: ReadonlyMap<TopicName, readonly number[]>): void {
    const isMine = assignment.get(this.parts.topic)?.includes(0) ?? false
    if (!isMine) void this.letGo()
    else if (this.held === null) {
      const stop = new AbortController()
      this.held = { stop, done: this.hold(stop.signal) }
    }
  }

  async handle(_batch: RawBatch): Promise<void> {
    // The holder follows the topic itself, from its first record on.
  }

  private async letGo(): Promise<void> {
    const { held } = this
    this.held = null
    held?.stop.abort()
    await held?.done
  }

  private async hold(signal: AbortSignal): Promise<void> {
    const { name, log, onFailed } = this.parts
    while (!signal.aborted) {
      try {
        await this.workOnce(signal)
      } catch (error) {
        if (signal.aborted) return
        if (!isPassing(error)) return onFailed(error)
        log.warn({ processor: name, error: String(error) }, 'work under the lease was interrupted; going on')
      }
      await delay(AGAIN_MS, undefined, { signal }).catch(() => undefined)
    }
  }

  /** Fence first, then work: what a former holder wrote is then all there is. */
  private async workOnce(signal: AbortSignal): Promise<void> {
    const { topic, topicPrefix, writes, work } = this.parts
    const transport = exactlyOnceTransport({
      kafka: this.kafka,
      admin: this.admin,
      logReader: this.logReader,
      cluster: this.cluster,
      writes: writes.map(one => ({ topic: fullTopicName(topicPrefix, one), partitions: [0] })),
      partitionsOf: () => 1,
      topicPrefix,
      group: this.group,
      partition: 0,
      reads: [topic],
    })
    try {
      await transport.initialise()
      await work({
        signal,
        commit: (outputs, nextOffset) => transport.commit(outputs, { topic, nextOffset }),
      })
    } finally {
      await transport.close().catch(() => undefined)
    }
  }
}

/** A part that does not answer comes back; a bug does not go away. */
function isPassing(error: unknown): boolean {
  return isKafkaError(error) || isUnavailable(error)
}
