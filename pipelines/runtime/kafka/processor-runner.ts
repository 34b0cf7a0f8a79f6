import type { Admin, Kafka } from 'kafkajs'
import type { Logger } from 'pino'
import { type ErrorCode, NicrError } from '../../../schemas/errors.ts'
import { changelogTopicName, fullTopicName, type TopicName } from '../../../schemas/topics.ts'
import type { Config } from '../../config.ts'
import type { GroupWatch } from '../group-metrics.ts'
import type { RuntimeMetrics } from '../metrics.ts'
import type { ProcessorDeclaration } from '../processor-declaration.ts'
import type { RawBatch } from '../records.ts'
import { StateStore } from '../state-store.ts'
import { Task } from '../task.ts'
import type { TopicCodecs } from '../topic-codecs.ts'
import type { Tracing } from '../tracing.ts'
import { createKafka, type KafkaSettings, RETRY } from './client.ts'
import { type Cluster, createCluster } from './cluster.ts'
import { isKafkaError, protocolErrorType } from './errors.ts'
import { type BatchContext, type BatchHandler, GroupConsumer } from './group-consumer.ts'
import { LogReader } from './log-reader.ts'
import { taskAssigner } from './task-assigner.ts'
import {
  atLeastOnceTransport,
  exactlyOnceTransport,
  type KafkaTaskTransport,
  type TransportParts,
} from './task-transport.ts'
import { retryWhileUnavailable } from './unavailable.ts'

export interface ProcessorParts {
  readonly kafka: KafkaSettings
  readonly config: Pick<Config, 'topics' | 'delivery' | 'batch' | 'deadLettersInARowMax'>
  readonly codecs: TopicCodecs
  readonly metrics: RuntimeMetrics
  readonly log: Logger
  readonly tracing?: Tracing | null
  /** Called once when the processor stopped for good, with the bug or coded error. */
  readonly onFailed: (error: unknown) => void
  /** Awaited before a task processes: it reads what others may have decided meanwhile, such as the live model version. */
  readonly catchUp?: () => Promise<void>
}

/** One partition's task and the queue that keeps its batches one after the other: its inputs are fetched side by side. */
interface Slot {
  task: Task | null
  transport: KafkaTaskTransport | null
  /** Of the batch it works on. */
  context: BatchContext | null
  tail: Promise<unknown>
  /** Inputs for which the consumer was sent back to what the task reads again. */
  readonly rewound: Set<TopicName>
}

/** Partitions of one fetch worked on at once: transactions wait for round trips, so they are waited for together. */
const CONCURRENCY = 16

/**
 * Runs one processor as a member of its consumer group: a task for every partition assigned, each with its own
 * transactional id, started in the order fence → committed offsets → changelog, and thrown away at the first failure.
 */
export class ProcessorRunner implements BatchHandler {
  private readonly declaration: ProcessorDeclaration
  private readonly parts: ProcessorParts
  private readonly group: string
  private readonly watch: GroupWatch
  private readonly slots = new Map<number, Slot>()
  private readonly consumer: GroupConsumer
  private readonly kafka: Kafka
  private readonly admin: Admin
  private readonly logReader: LogReader
  private readonly cluster: Cluster
  private readonly partitionCounts = new Map<string, number>()

  constructor(declaration: ProcessorDeclaration, parts: ProcessorParts) {
    const { config, log, onFailed } = parts
    this.declaration = declaration
    this.parts = parts
    this.group = `${config.topics.prefix}${declaration.name}`
    this.watch = parts.metrics.groups.of(declaration.name)
    this.kafka = createKafka(parts.kafka, log)
    this.admin = this.kafka.admin({ retry: RETRY })
    this.logReader = new LogReader(this.kafka)
    this.cluster = createCluster(this.kafka)
    this.consumer = new GroupConsumer(
      {
        kafka: parts.kafka,
        topicPrefix: config.topics.prefix,
        groupId: this.group,
        topics: declaration.reads,
        from: 'earliest',
        recordsMax: config.batch.recordsMax,
        bytesMax: config.batch.bytesMax,
        concurrency: CONCURRENCY,
        ...(declaration.gathers && { gathers: true }),
        assigner: taskAssigner(() => this.tasks),
      },
      this,
      { log, onFailed, watch: this.watch },
    )
  }

  /** The tasks this member has now. */
  get tasks(): readonly number[] {
    return [...this.slots.keys()].sort((left, right) => left - right)
  }

  /** Resolves once the group was joined. */
  async start(): Promise<void> {
    await this.admin.connect()
    await this.cluster.connect()
    await this.countPartitions()
    await this.consumer.start()
    await this.consumer.joined
  }

  /** Stop reading, finish, commit, close: in this order. */
  async stop(): Promise<void> {
    await this.consumer.stop()
    for (const slot of this.slots.values()) await giveUp(slot)
    this.slots.clear()
    await this.logReader.close()
    await this.cluster.disconnect()
    await this.admin.disconnect()
  }

  assigned(assignment: ReadonlyMap<TopicName, readonly number[]>): void {
    const tasks = new Set([...assignment.values()].flat())
    for (const [partition, slot] of this.slots) {
      if (tasks.has(partition)) continue
      this.slots.delete(partition)
      void giveUp(slot)
    }
    for (const partition of tasks)
      if (!this.slots.has(partition))
        this.slots.set(partition, {
          task: null,
          transport: null,
          context: null,
          tail: Promise.resolve(),
          rewound: new Set(),
        })
  }

  async handle(batch: RawBatch, context: BatchContext): Promise<void> {
    const slot = this.slots.get(batch.partition)
    if (slot === undefined) return
    const turn = slot.tail.then(() => this.handleInTurn(slot, batch, context))
    slot.tail = turn.catch(() => undefined)
    await turn
  }

  private async handleInTurn(slot: Slot, batch: RawBatch, context: BatchContext): Promise<void> {
    if (!context.isActive()) return
    slot.context = context
    try {
      const task = slot.task ?? (await this.startTask(slot, batch, context))
      if (task === null) return
      const position = task.position(batch.topic)
      if (position !== null && task.isReplaying(batch.topic) && !slot.rewound.has(batch.topic)) {
        slot.rewound.add(batch.topic)
        return context.seek(position)
      }
      // kafkajs asked for the position before the fence; what was committed since is passed over.
      if (position !== null && batch.nextOffset <= position) return context.seek(position)
      const startedAt = performance.now()
      const process = () => task.process(batch, () => staysMember(context))
      const report = await this.patiently(process, context)
      if (report !== null)
        this.parts.metrics.observeBatch(this.declaration.name, report, (performance.now() - startedAt) / 1000)
    } catch (error) {
      this.parts.metrics.countGivenUp(this.declaration.name, codeOf(error))
      await giveUp(slot)
      throw this.neverFits(error) ?? error
    }
  }

  /** kafkajs would try for ever what the broker will never take: the processor stops and says so instead. */
  private neverFits(cause: unknown): NicrError | null {
    if (protocolErrorType(cause) !== 'MESSAGE_TOO_LARGE') return null
    return new NicrError(
      'NICR_RECORD_TOO_LARGE',
      `a record that ${this.declaration.name} wrote is larger than its topic takes`,
      { cause },
    )
  }

  /** Null if the consumer stopped meanwhile. */
  private async startTask(slot: Slot, batch: RawBatch, context: BatchContext): Promise<Task | null> {
    // Only a member of the present generation may fence others.
    await context.heartbeat()
    const { declaration, group } = this
    const { config, codecs, tracing } = this.parts
    const transport = this.createTransport(slot, batch.partition)
    const store = declaration.stateful ? new StateStore() : null
    const task = new Task(
      {
        processor: declaration.name,
        group,
        partition: batch.partition,
        topicPrefix: config.topics.prefix,
        reads: declaration.reads,
        writes: declaration.writes,
        deadLettersInARowMax: config.deadLettersInARowMax,
        withoutLetters: declaration.withoutLetters === true,
      },
      { transport, codecs, step: declaration.createStep(store), store, tracing: tracing ?? null },
    )
    slot.transport = transport
    const start = async () => {
      await task.start()
      // After the fence: the former owner can add nothing any more to what follows from a newer version.
      await this.parts.catchUp?.()
      return task
    }
    slot.task = await this.patiently(start, context)
    return slot.task
  }

  private patiently<T>(work: () => Promise<T>, context: BatchContext): Promise<T | null> {
    return retryWhileUnavailable(work, context, { log: this.parts.log, watch: this.watch })
  }

  private createTransport(slot: Slot, partition: number): KafkaTaskTransport {
    const parts: TransportParts = {
      kafka: this.kafka,
      admin: this.admin,
      logReader: this.logReader,
      cluster: this.cluster,
      writes: this.placesOf(partition),
      partitionsOf: topic => this.partitionsOf(topic),
      topicPrefix: this.parts.config.topics.prefix,
      group: this.group,
      partition,
      reads: this.declaration.reads,
    }
    return this.measured(
      this.parts.config.delivery === 'exactly-once'
        ? exactlyOnceTransport(parts)
        : atLeastOnceTransport(parts, async nextOffset => slot.context?.commit(nextOffset)),
    )
  }

  private measured(transport: KafkaTaskTransport): KafkaTaskTransport {
    return {
      ...transport,
      commit: async (outputs, position) => {
        const startedAt = performance.now()
        await transport.commit(outputs, position)
        const seconds = (performance.now() - startedAt) / 1000
        this.parts.metrics.observeCommit(this.declaration.name, outputs, seconds)
      },
    }
  }

  /** Where the task of a partition may write: all partitions of its outputs, its own of the changelog. */
  private placesOf(partition: number): TransportParts['writes'] {
    const { prefix } = this.parts.config.topics
    const { name, writes, stateful } = this.declaration
    const outputs = [...new Set<TopicName>([...writes, 'dead-letters'])].map(topic => {
      const full = fullTopicName(prefix, topic)
      return { topic: full, partitions: Array.from({ length: this.partitionsOf(full) }, (_, index) => index) }
    })
    return stateful
      ? [...outputs, { topic: changelogTopicName(prefix, name), partitions: [partition] }]
      : outputs
  }

  private partitionsOf(topic: string): number {
    const count = this.partitionCounts.get(topic)
    if (count === undefined)
      throw new Error(`${this.declaration.name} writes to ${topic}, which it did not declare`)
    return count
  }

  /** Partition counts are fixed when the topics are created, so they are asked for once. */
  private async countPartitions(): Promise<void> {
    const { declaration } = this
    const { prefix } = this.parts.config.topics
    const topics = [...new Set<TopicName>([...declaration.reads, ...declaration.writes, 'dead-letters'])].map(
      topic => fullTopicName(prefix, topic),
    )
    if (declaration.stateful) topics.push(changelogTopicName(prefix, declaration.name))
    const known = new Set(await this.admin.listTopics())
    const missing = topics.filter(topic => !known.has(topic))
    if (missing.length > 0)
      throw new NicrError(
        'NICR_KAFKA_UNAVAILABLE',
        `topics ${missing.join(', ')} do not exist; run \`nicr apply\``,
      )
    const metadata = await this.admin.fetchTopicMetadata({ topics })
    for (const { name, partitions } of metadata.topics) this.partitionCounts.set(name, partitions.length)
  }
}

/** The rest of a batch of pictures may take minutes, for which neither a shutdown nor a rebalance should have to wait. */
async function staysMember(context: BatchContext): Promise<boolean> {
  if (context.isActive()) await context.heartbeat()
  return context.isActive()
}

function codeOf(error: unknown): ErrorCode | 'KAFKA' | 'BUG' {
  if (error instanceof NicrError) return error.code
  return isKafkaError(error) ? 'KAFKA' : 'BUG'
}

async function giveUp(slot: Slot): Promise<void> {
  const { transport } = slot
  slot.task = null
  slot.transport = null
  slot.rewound.clear()
  // A producer that cannot say goodbye is fenced by the next owner all the same.
  await transport?.close().catch(() => undefined)
}
