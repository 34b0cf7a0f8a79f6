import type { Logger } from 'pino'
import type { Incoming } from '../../../processors/processor.ts'
import { fullTopicName, type TopicName } from '../../../schemas/topics.ts'
import { type BatchTrace, traceBatch } from '../record-traces.ts'
import { isReplay, type RawBatch } from '../records.ts'
import type { TopicCodecs } from '../topic-codecs.ts'
import type { Tracing } from '../tracing.ts'
import { createKafka, type KafkaSettings, RETRY } from './client.ts'
import { askCoordinator, createCluster } from './cluster.ts'
import { type BatchContext, type BatchHandler, GroupConsumer } from './group-consumer.ts'
import { retryWhileUnavailable } from './unavailable.ts'

export interface TopicReaderSettings<Topic extends TopicName> {
  readonly kafka: KafkaSettings
  readonly topicPrefix: string
  readonly topic: Topic
  /** Deleted when the reader stops. */
  readonly groupId: string
}

/** Called once per batch, in the order of each partition; `trace` has the spans of its records, which end when it returns. */
export type OnRecords<Topic extends TopicName> = (
  partition: number,
  records: readonly Incoming<Topic>[],
  nextOffset: number,
  trace: BatchTrace | null,
) => void

const RECORDS_MAX = 2000
const BYTES_MAX = 4 * 1024 * 1024

/**
 * Reads all of a topic from some time on, in a group of its own, for a replica that keeps a window of it in memory. Nothing
 * is committed: a replica that starts anew begins with an empty window. Records that cannot be read are passed over;
 * the processors dead-letter them.
 */
export class TopicReader<Topic extends TopicName> implements BatchHandler {
  private readonly settings: TopicReaderSettings<Topic>
  private readonly codecs: TopicCodecs
  private readonly onRecords: OnRecords<Topic>
  private readonly log: Logger
  private readonly tracing: Tracing | null
  private readonly consumer: GroupConsumer
  /** Partitions still behind the end they had at the start, with that end. */
  private readonly behind = new Map<number, number>()
  private readonly caughtUp: Promise<void>
  private resolveCaughtUp: () => void = () => undefined

  constructor(
    settings: TopicReaderSettings<Topic>,
    parts: {
      codecs: TopicCodecs
      onRecords: OnRecords<Topic>
      log: Logger
      tracing?: Tracing | null
      onFailed: (error: unknown) => void
    },
  ) {
    this.settings = settings
    this.codecs = parts.codecs
    this.onRecords = parts.onRecords
    this.log = parts.log
    this.tracing = parts.tracing ?? null
    this.caughtUp = new Promise(resolve => {
      this.resolveCaughtUp = resolve
    })
    this.consumer = new GroupConsumer(
      {
        kafka: settings.kafka,
        topicPrefix: settings.topicPrefix,
        groupId: settings.groupId,
        topics: [settings.topic],
        from: 'latest',
        recordsMax: RECORDS_MAX,
        bytesMax: BYTES_MAX,
        concurrency: 4,
      },
      this,
      { log: parts.log, onFailed: parts.onFailed },
    )
  }

  /**
   * Positions the group at `since` (ms since the epoch), then reads from there for as long as the reader runs. The
   * positions are committed first: a member that rejoins without them would start at the end again.
   * @param onStart told where each partition begins, before its first record
   * @returns resolves once everything that lay on the topic at the start has been handed over
   */
  async start(since: number, onStart: (partition: number, offset: number) => void): Promise<void> {
    for (const [partition, offset] of await this.takePosition(since)) onStart(partition, offset)
    await this.consumer.start()
    await this.consumer.joined
    if (this.behind.size === 0) this.resolveCaughtUp()
    await this.caughtUp
  }

  async stop(): Promise<void> {
    await this.consumer.stop()
    const admin = createKafka(this.settings.kafka, this.log).admin()
    try {
      await admin.connect()
      await admin.deleteGroups([this.settings.groupId])
    } catch (error) {
      this.log.warn(
        { group: this.settings.groupId, error: String(error) },
        'group not deleted; the broker forgets it by itself',
      )
    } finally {
      await admin.disconnect()
    }
  }

  assigned(): void {
    // All partitions are this replica's: it is the only member of its group.
  }

  async handle(batch: RawBatch, context: BatchContext): Promise<void> {
    const codec = this.codecs.of(this.settings.topic)
    const decode = await retryWhileUnavailable(
      () => codec.prepare(batch.records.map(record => record.value)),
      context,
      { log: this.log },
    )
    if (decode === null) return
    const records: Incoming<Topic>[] = []
    for (const { key, value, headers, offset, appendedAt } of batch.records) {
      if (isReplay(headers)) continue
      const decoded = decode(value)
      if (decoded.ok)
        records.push({
          topic: this.settings.topic,
          partition: batch.partition,
          offset,
          key: key === null ? null : key.toString('utf8'),
          value: decoded.value,
          appendedAt,
        })
    }
    const { topic, topicPrefix, groupId } = this.settings
    const trace = traceBatch(this.tracing, {
      topic: fullTopicName(topicPrefix, topic),
      partition: batch.partition,
      group: groupId,
      records: batch.records,
    })
    this.onRecords(batch.partition, records, batch.nextOffset, trace)
    trace?.committed(batch.nextOffset)
    await context.commit(batch.nextOffset)
  }

  /** Also told of fetches that held nothing visible, such as the marker of a last transaction. */
  progressed(_topic: TopicName, partition: number, nextOffset: number): void {
    const end = this.behind.get(partition)
    if (end === undefined || nextOffset < end) return
    this.behind.delete(partition)
    if (this.behind.size === 0) this.resolveCaughtUp()
  }

  /** Commits where to begin and notes, for partitions that hold something since then, the end to catch up with. */
  private async takePosition(since: number): Promise<Map<number, number>> {
    const { kafka, groupId, topic, topicPrefix } = this.settings
    const full = fullTopicName(topicPrefix, topic)
    const client = createKafka(kafka, this.log)
    const admin = client.admin({ retry: RETRY })
    const cluster = createCluster(client)
    try {
      await admin.connect()
      await cluster.connect()
      const starts = await admin.fetchTopicOffsetsByTimestamp(full, since)
      for (const { partition, high } of await admin.fetchTopicOffsets(full)) {
        const start = starts.find(entry => entry.partition === partition)
        if (Number(high) > Number(start?.offset ?? high)) this.behind.set(partition, Number(high))
      }
      // As nobody's member. kafkajs's own setOffsets joins the group for it and sits out a fetch of 5 s.
      const topics = [{ topic: full, partitions: starts }]
      await askCoordinator(cluster, { id: groupId, of: 'group' }, coordinator =>
        coordinator.offsetCommit({ groupId, groupGenerationId: -1, memberId: '', topics }),
      )
      return new Map(starts.map(({ partition, offset }) => [partition, Number(offset)]))
    } finally {
      await cluster.disconnect()
      await admin.disconnect()
    }
  }
}
