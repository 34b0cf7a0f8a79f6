import type { Kafka, Producer } from 'kafkajs'
import type { Logger } from 'pino'
import { NicrError } from '../../../schemas/errors.ts'
import { fullTopicName, type TopicName, tableOf, topicNames } from '../../../schemas/topics.ts'
import type { ClickHouse } from '../../clickhouse.ts'
import type { Config } from '../../config.ts'
import { type ErasureLog, followErasures } from '../../erasure-log.ts'
import { deduplicationToken, type Row, rowOf, tombstoneRowOf } from '../../sinks/clickhouse.ts'
import { DeadLetterBudget, deadLetter, type Rejection } from '../dead-letter.ts'
import type { GroupWatch } from '../group-metrics.ts'
import type { RuntimeMetrics } from '../metrics.ts'
import { type BatchTrace, traceBatch } from '../record-traces.ts'
import { isMeantFor, type RawBatch, type RawRecord, replayedPlace } from '../records.ts'
import type { TopicCodec, TopicCodecs } from '../topic-codecs.ts'
import { failureOf, type Tracing } from '../tracing.ts'
import { CompressionTypes, createKafka, type KafkaSettings, RETRY } from './client.ts'
import { fittingLetter } from './dead-letter-size.ts'
import { type BatchContext, type BatchHandler, GroupConsumer } from './group-consumer.ts'
import type { OutgoingMessage } from './record-batch.ts'
import { retryWhileUnavailable } from './unavailable.ts'

export const SINK_NAME = 'clickhouse-sink'

export interface SinkParts {
  readonly kafka: KafkaSettings
  readonly config: Pick<Config, 'topics' | 'batch' | 'deadLettersInARowMax'>
  readonly clickhouse: ClickHouse
  readonly codecs: TopicCodecs
  readonly metrics: RuntimeMetrics
  readonly log: Logger
  readonly tracing?: Tracing | null
  readonly onFailed: (error: unknown) => void
}

/** Batches held at once while ClickHouse is away: with NICR_BATCH_BYTES each, the sink's memory. */
const CONCURRENCY = 4
/** Tombstones of these topics are rows too: they take an entry out of the view. */
const COMPACTED: readonly TopicName[] = ['annotators', 'image-banks']

/**
 * Every topic → its `<topic>_log` in ClickHouse. At least once, made once by the tables: a batch that comes again
 * carries the same token, and across restarts the same ids and offsets. While ClickHouse is away nothing is read. What was
 * erased is passed over.
 */
export class SinkRunner implements BatchHandler {
  private readonly parts: SinkParts
  private readonly group: string
  private readonly watch: GroupWatch
  private readonly kafka: Kafka
  private readonly producer: Producer
  private readonly consumer: GroupConsumer
  private readonly budgets = new Map<string, DeadLetterBudget>()
  private readonly erasures: ErasureLog

  constructor(parts: SinkParts) {
    const { config, log, onFailed } = parts
    this.parts = parts
    this.group = `${config.topics.prefix}${SINK_NAME}`
    this.watch = parts.metrics.groups.of(SINK_NAME)
    this.kafka = createKafka(parts.kafka, log)
    // Not idempotent, as in task-transport.ts: dead letters may repeat, but not be lost.
    this.producer = this.kafka.producer({
      allowAutoTopicCreation: false,
      retry: RETRY,
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition ?? 0,
    })
    this.erasures = followErasures({
      kafka: { ...parts.kafka, clientId: `${parts.kafka.clientId}-erasures` },
      topicPrefix: config.topics.prefix,
      codecs: parts.codecs,
      log,
    })
    this.consumer = new GroupConsumer(
      {
        kafka: parts.kafka,
        topicPrefix: config.topics.prefix,
        groupId: this.group,
        topics: topicNames,
        from: 'earliest',
        recordsMax: config.batch.recordsMax,
        bytesMax: config.batch.bytesMax,
        concurrency: CONCURRENCY,
        // Each insert is a part that ClickHouse has to merge.
        gathers: true,
      },
      this,
      { log, onFailed, watch: this.watch },
    )
  }

  /** The erasures are read before anything else: what they cover must not be stored again. */
  async start(): Promise<void> {
    await this.erasures.start()
    await this.producer.connect()
    await this.consumer.start()
    await this.consumer.joined
  }

  async stop(): Promise<void> {
    await this.consumer.stop()
    await this.erasures.stop()
    await this.producer.disconnect()
  }

  assigned(): void {
    // No state belongs to a partition.
  }

  async handle(batch: RawBatch, context: BatchContext): Promise<void> {
    const trace = traceBatch(this.parts.tracing, {
      topic: this.fullName(batch.topic),
      partition: batch.partition,
      group: this.group,
      records: batch.records,
    })
    try {
      await this.store(batch, context, trace)
    } catch (error) {
      trace?.failed(error)
      throw error
    }
  }

  private async store(batch: RawBatch, context: BatchContext, trace: BatchTrace | null): Promise<void> {
    const { codecs } = this.parts
    const startedAt = performance.now()
    const prepare = () => codecs.of(batch.topic).prepare(batch.records.map(record => record.value))
    // What it answers knows the schemas of this batch, whatever the batches beside it push out meanwhile.
    const decode = batch.topic === 'dead-letters' ? neverDecoded : await this.patiently(prepare, context)
    if (decode === null || !context.isActive()) return
    const placed: Placed[] = []
    const rejections: Rejection[] = []
    for (const record of batch.records) {
      // A letter has the headers of the record that was rejected: they say whom a replay was meant for, not the letter.
      if (batch.topic !== 'dead-letters' && !isMeantFor(SINK_NAME, record.headers)) continue
      const row = this.rowOf(batch, record, decode)
      if (!('row' in row)) rejections.push(row)
      else if (!this.erasures.covers(batch.topic, row.row)) placed.push(row)
    }
    await this.traceInsert(batch, placed.length, trace, () => this.insert(batch, placed, rejections, context))
    if (!context.isActive()) return
    this.spendBudget(batch, rejections)
    await this.bury(batch, rejections)
    await context.commit(batch.nextOffset)
    for (const { record, code } of rejections) trace?.rejected(record.offset, code)
    trace?.committed(batch.nextOffset)
    this.parts.metrics.observeBatch(
      SINK_NAME,
      { read: batch.records.length, emitted: placed.length, rejected: rejections.length },
      (performance.now() - startedAt) / 1000,
    )
  }

  /** The insert is one for all rows, and has a span under each record that is traced. */
  private async traceInsert(
    { topic }: RawBatch,
    rows: number,
    trace: BatchTrace | null,
    insert: () => Promise<void>,
  ): Promise<void> {
    if (trace === null || rows === 0) return insert()
    const table = `${tableOf(topic)}_log`
    const end = trace.openChildren({
      name: `INSERT ${table}`,
      kind: 'client',
      attributes: {
        'db.system.name': 'clickhouse',
        'db.operation.name': 'INSERT',
        'db.collection.name': table,
        'db.operation.batch.size': rows,
      },
    })
    await insert().catch(error => {
      end(failureOf(error))
      throw error
    })
    end()
  }

  private rowOf(batch: RawBatch, record: RawRecord, decode: DecodeValue): Placed | Rejection {
    const { topic } = batch
    const position = {
      topic: this.fullName(topic),
      partition: batch.partition,
      offset: record.offset,
      appendedAt: record.appendedAt,
      replayOf: replayedPlace(record.headers),
    }
    if (topic === 'dead-letters')
      return {
        record,
        row: rowOf(topic, { key: record.key, value: record.value, headers: record.headers }, position),
      }
    if (COMPACTED.includes(topic) && record.value === null && record.key !== null)
      return {
        record,
        row: tombstoneRowOf(topic as 'annotators' | 'image-banks', record.key.toString('utf8'), position),
      }
    const decoded = decode(record.value)
    if (!decoded.ok) return { record, code: decoded.code, detail: decoded.detail }
    return { record, row: rowOf(topic, decoded.value, position) }
  }

  /** A batch that ClickHouse refuses is halved until the row that it refuses stands alone; that one is rejected. */
  private async insert(
    batch: RawBatch,
    placed: readonly Placed[],
    rejections: Rejection[],
    context: BatchContext,
  ): Promise<void> {
    if (placed.length === 0) return
    const { clickhouse, metrics } = this.parts
    const table = `${tableOf(batch.topic)}_log`
    const token = deduplicationToken(this.fullName(batch.topic), batch.partition, {
      firstOffset: placed[0]!.record.offset,
      lastOffset: placed.at(-1)!.record.offset,
      count: placed.length,
      appendedAt: placed[0]!.record.appendedAt,
    })
    try {
      const rows = placed.map(({ row }) => row)
      const insert = async () => {
        const startedAt = performance.now()
        await clickhouse.insertRows(table, rows, { deduplicationToken: token })
        return (performance.now() - startedAt) / 1000
      }
      const seconds = await this.patiently(insert, context)
      if (seconds !== null) metrics.observeRows(table, rows.length, seconds)
    } catch (error) {
      if (!(error instanceof NicrError && error.code === 'NICR_CLICKHOUSE_REFUSED')) throw error
      if (placed.length === 1) {
        rejections.push({ record: placed[0]!.record, code: error.code, detail: error.message })
        return
      }
      const half = Math.ceil(placed.length / 2)
      await this.insert(batch, placed.slice(0, half), rejections, context)
      await this.insert(batch, placed.slice(half), rejections, context)
    }
  }

  private spendBudget(batch: RawBatch, rejections: readonly Rejection[]): void {
    const key = `${batch.topic}/${batch.partition}`
    const { deadLettersInARowMax } = this.parts.config
    const budget = this.budgets.get(key) ?? new DeadLetterBudget(deadLettersInARowMax)
    this.budgets.set(key, budget)
    const rejected = new Set(rejections.map(({ record }) => record.offset))
    for (const record of batch.records)
      if (!budget.count(!rejected.has(record.offset)))
        throw new NicrError(
          'NICR_DEAD_LETTER_BUDGET',
          `${SINK_NAME} rejected more than ${deadLettersInARowMax} records of ${this.fullName(batch.topic)}/${batch.partition} in a row; the last: ${rejections.at(-1)?.code} ${rejections.at(-1)?.detail}`,
        )
  }

  private async bury(batch: RawBatch, rejections: readonly Rejection[]): Promise<void> {
    const origin = {
      topic: this.fullName(batch.topic),
      partition: batch.partition,
      processor: SINK_NAME,
      group: this.group,
    }
    for (const rejection of rejections) {
      // A dead letter of a dead letter would go round for ever; it stays on its topic.
      if (batch.topic === 'dead-letters') {
        this.parts.log.error(
          { code: rejection.code, partition: batch.partition, offset: rejection.record.offset },
          'a dead letter could not be stored',
        )
        continue
      }
      const { key, value, headers } = await fittingLetter(deadLetter(rejection, origin))
      const message: OutgoingMessage & { partition: number } = {
        key,
        value,
        headers,
        partition: batch.partition,
      }
      await this.producer.send({
        topic: this.fullName('dead-letters'),
        messages: [message as never],
        compression: CompressionTypes.GZIP,
        acks: -1,
      })
      this.parts.metrics.countDeadLetter(SINK_NAME, rejection.code)
    }
  }

  private patiently<T>(work: () => Promise<T>, context: BatchContext): Promise<T | null> {
    return retryWhileUnavailable(work, context, { log: this.parts.log, watch: this.watch })
  }

  private fullName(topic: TopicName): string {
    return fullTopicName(this.parts.config.topics.prefix, topic)
  }
}

type DecodeValue = TopicCodec<TopicName>['decode']

function neverDecoded(): never {
  throw new Error('dead letters are stored as they are')
}

interface Placed {
  readonly record: RawRecord
  readonly row: Row
}
