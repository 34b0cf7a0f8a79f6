import { randomBytes } from 'node:crypto'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import type { Config } from '../../pipelines/config.ts'
import { createKafka, type KafkaSettings, RETRY } from '../../pipelines/runtime/kafka/client.ts'
import { LogReader } from '../../pipelines/runtime/kafka/log-reader.ts'
import { partitionOf } from '../../pipelines/runtime/kafka/murmur2.ts'
import { ProcessorRunner } from '../../pipelines/runtime/kafka/processor-runner.ts'
import { connectAdmin } from '../../pipelines/runtime/kafka/topic-admin.ts'
import { statedPartition } from '../../pipelines/runtime/kafka/transactions.ts'
import type { ReadRecord } from '../../pipelines/runtime/memory/memory-driver.ts'
import { MemorySchemas } from '../../pipelines/runtime/memory/memory-schemas.ts'
import { RuntimeMetrics } from '../../pipelines/runtime/metrics.ts'
import type { ProcessorDeclaration } from '../../pipelines/runtime/processor-declaration.ts'
import type { RawHeader, RawRecord } from '../../pipelines/runtime/records.ts'
import { type SchemaSource, TopicCodecs } from '../../pipelines/runtime/topic-codecs.ts'
import {
  changelogConfig,
  changelogTopicName,
  fullTopicName,
  type RecordOf,
  type TopicName,
  topicConfig,
  topics,
} from '../../schemas/topics.ts'
import { sharedStackConfig } from './stack.ts'
import type { TopologyDriver } from './topology-driver.ts'
import { until } from './until.ts'

export interface KafkaDriverSettings {
  readonly topology: readonly ProcessorDeclaration[]
  readonly env?: Readonly<Record<string, string>>
  readonly schemas?: SchemaSource
  readonly partitions?: number
  readonly catchUp?: () => Promise<void>
}

export const silent = pino({ level: process.env['NICR_TEST_LOG'] ?? 'silent' })

/** Runs a topology on the shared broker, on topics of its own. */
export class KafkaDriver implements TopologyDriver {
  readonly config: Config
  readonly kafka: KafkaSettings
  readonly failures: unknown[] = []
  readonly runners: ProcessorRunner[] = []
  readonly metricsRegistry = new Registry()
  private readonly settings: KafkaDriverSettings
  private readonly codecs: TopicCodecs
  private readonly partitions: number
  private readonly client
  private readonly producer
  private readonly reader: LogReader
  private readonly metrics: RuntimeMetrics

  private constructor(settings: KafkaDriverSettings) {
    this.settings = settings
    this.config = sharedStackConfig({
      NICR_TOPIC_PREFIX: `t${randomBytes(4).toString('hex')}.`,
      ...settings.env,
    })
    this.kafka = {
      brokers: this.config.kafka.brokers ?? [],
      ssl: false,
      sslCa: null,
      sasl: null,
      clientId: 'test',
    }
    this.partitions = settings.partitions ?? 4
    this.codecs = new TopicCodecs(settings.schemas ?? new MemorySchemas(), () => Date.now())
    this.client = createKafka(this.kafka, silent)
    this.producer = this.client.producer({
      idempotent: true,
      createPartitioner: statedPartition,
      retry: RETRY,
    })
    this.reader = new LogReader(this.client)
    this.metrics = new RuntimeMetrics(this.metricsRegistry)
  }

  static async start(settings: KafkaDriverSettings): Promise<KafkaDriver> {
    const driver = new KafkaDriver(settings)
    await driver.createTopics()
    await driver.producer.connect()
    await driver.startRunners()
    return driver
  }

  async pipe<Topic extends TopicName>(topic: Topic, key: string, value: RecordOf<Topic>) {
    const codec = this.codecs.of(topic)
    await codec.open()
    return this.pipeRaw(topic, { key: Buffer.from(key), value: codec.encode(value) })
  }

  async pipeRaw(
    topic: TopicName,
    record: { key: Buffer | null; value: Buffer | null; headers?: readonly RawHeader[] },
  ) {
    const partition = record.key === null ? 0 : partitionOf(record.key, this.partitions)
    const [answer] = await this.producer.send({
      topic: this.fullName(topic),
      messages: [{ ...record, partition } as never],
    })
    return { partition, offset: Number(answer?.baseOffset) }
  }

  async drain(): Promise<void> {
    const admin = await connectAdmin(this.kafka, silent)
    try {
      for (const { name, reads } of this.settings.topology)
        await until(`${name} has read everything`, async () => {
          if (this.failures.length > 0) throw this.failures[0]
          const lag = await this.uncommitted(admin, name, reads)
          return lag === 0
        })
    } finally {
      await admin.close()
    }
  }

  async read<Topic extends TopicName>(topic: Topic): Promise<ReadRecord<Topic>[]> {
    const codec = this.codecs.of(topic)
    const raw = await this.readRaw(topic)
    await codec.prepare(raw.map(({ value }) => value))
    return raw.map(({ partition, offset, key, value }) => {
      const decoded = codec.decode(value)
      if (!decoded.ok) throw new Error(decoded.detail)
      return { partition, offset, key: key === null ? null : key.toString('utf8'), value: decoded.value }
    })
  }

  async readRaw(topic: TopicName): Promise<(RawRecord & { partition: number })[]> {
    return this.readTopic(this.fullName(topic))
  }

  /** Committed records of any topic, by full name. */
  async readTopic(full: string): Promise<(RawRecord & { partition: number })[]> {
    const records: (RawRecord & { partition: number })[] = []
    for (let partition = 0; partition < this.partitions; partition++)
      for await (const batch of this.reader.read(full, partition))
        for (const { key, value, headers, offset, appendedAt } of batch)
          records.push({ partition, key, value, headers, offset, appendedAt })
    return records
  }

  async restart(): Promise<void> {
    await this.stopRunners()
    await this.startRunners()
  }

  /** One more process of the same groups. */
  async addInstance(): Promise<ProcessorRunner[]> {
    const added = this.settings.topology.map(declaration => this.createRunner(declaration))
    await Promise.all(added.map(runner => runner.start()))
    this.runners.push(...added)
    return added
  }

  async stopRunners(): Promise<void> {
    await Promise.all(this.runners.splice(0).map(runner => runner.stop()))
  }

  async close(): Promise<void> {
    await this.stopRunners()
    await this.producer.disconnect()
    await this.reader.close()
  }

  fullName(topic: TopicName): string {
    return fullTopicName(this.config.topics.prefix, topic)
  }

  private async startRunners(): Promise<void> {
    await this.addInstance()
  }

  private createRunner(declaration: ProcessorDeclaration): ProcessorRunner {
    return new ProcessorRunner(declaration, {
      kafka: this.kafka,
      config: this.config,
      codecs: this.codecs,
      metrics: this.metrics,
      log: silent,
      onFailed: error => this.failures.push(error),
      ...(this.settings.catchUp === undefined ? {} : { catchUp: this.settings.catchUp }),
    })
  }

  private async createTopics(): Promise<void> {
    const { topology } = this.settings
    const names = new Set<TopicName>([
      ...topology.flatMap(({ reads, writes }) => [...reads, ...writes]),
      'content',
      'scores',
      'dead-letters',
    ])
    const admin = await connectAdmin(this.kafka, silent)
    await admin.create([
      ...[...names].map(name => ({
        name: this.fullName(name),
        partitions: this.partitions,
        replication: 1,
        config: topicConfig(topics[name], 3_600_000),
      })),
      ...topology
        .filter(({ stateful }) => stateful)
        .map(({ name }) => ({
          name: changelogTopicName(this.config.topics.prefix, name),
          partitions: this.partitions,
          replication: 1,
          config: changelogConfig(),
        })),
    ])
    await admin.close()
  }

  private async uncommitted(
    admin: Awaited<ReturnType<typeof connectAdmin>>,
    name: string,
    reads: readonly TopicName[],
  ): Promise<number> {
    const topicNames = reads.map(topic => this.fullName(topic))
    const lag = await admin.lagOf(`${this.config.topics.prefix}${name}`, topicNames)
    if (lag !== null) return [...lag.values()].reduce((sum, records) => sum + records, 0)
    let total = 0
    for (const topic of reads) total += (await this.readRaw(topic)).length
    return total
  }
}
