import { randomBytes } from 'node:crypto'
import { apply } from '../../pipelines/apply.ts'
import { type ClickHouse, createClickHouse } from '../../pipelines/clickhouse.ts'
import type { Config } from '../../pipelines/config.ts'
import { createKafka, type KafkaSettings } from '../../pipelines/runtime/kafka/client.ts'
import { LogReader } from '../../pipelines/runtime/kafka/log-reader.ts'
import { Publisher } from '../../pipelines/runtime/kafka/publisher.ts'
import { connectAdmin } from '../../pipelines/runtime/kafka/topic-admin.ts'
import type { RawRecord } from '../../pipelines/runtime/records.ts'
import { TopicCodecs } from '../../pipelines/runtime/topic-codecs.ts'
import { createSchemaRegistry, type SchemaRegistry } from '../../pipelines/schema-registry.ts'
import { topicSchemas } from '../../pipelines/topic-schemas.ts'
import { changelogs } from '../../pipelines/topology.ts'
import { fullTopicName, type RecordOf, type TopicName, topics } from '../../schemas/topics.ts'
import { silent } from './kafka-driver.ts'
import { sharedStackConfig } from './stack.ts'

/** Nicr's topics, schemas and tables on the shared stack under a prefix and in a database of their own, applied. */
export interface OwnNicr {
  readonly env: Readonly<Record<string, string>>
  readonly config: Config
  readonly kafka: KafkaSettings
  readonly registry: SchemaRegistry
  readonly clickhouse: ClickHouse
  readonly codecs: TopicCodecs
  readonly publisher: Publisher
  fullName(topic: TopicName): string
  /** Committed records of a topic, by partition, then offset. */
  readRaw(topic: TopicName): Promise<(RawRecord & { readonly partition: number })[]>
  /** The same, decoded. */
  read<Topic extends TopicName>(topic: Topic): Promise<RecordOf<Topic>[]>
  close(): Promise<void>
}

export const OWN_PARTITIONS = 4

/** @param changes variables over those of the shared stack, such as a broker of the test's own */
export async function startOwnNicr(changes: Readonly<Record<string, string>> = {}): Promise<OwnNicr> {
  const name = `own${randomBytes(4).toString('hex')}`
  const shared = sharedStackConfig()
  const env = {
    KAFKA_BROKERS: (shared.kafka.brokers ?? []).join(','),
    SCHEMA_REGISTRY_URL: shared.registry.url ?? '',
    CLICKHOUSE_URL: shared.clickhouse.url ?? '',
    NICR_TOPIC_PREFIX: `${name}.`,
    CLICKHOUSE_DATABASE: name,
    NICR_PARTITIONS: String(OWN_PARTITIONS),
    ...changes,
  }
  const config = sharedStackConfig(env)
  const kafka = { brokers: config.kafka.brokers ?? [], ssl: false, sslCa: null, sasl: null, clientId: name }
  const registry = createSchemaRegistry({ ...config.registry, url: env.SCHEMA_REGISTRY_URL })
  const clickhouse = createClickHouse({ ...config.clickhouse, url: env.CLICKHOUSE_URL })
  const admin = await connectAdmin(kafka, silent)
  await apply({ config, admin, registry, clickhouse, changelogs: changelogs() })
  await admin.close()
  const codecs = new TopicCodecs(topicSchemas(registry, config.topics.prefix), () => Date.now())
  const publisher = new Publisher({ kafka, topicPrefix: config.topics.prefix, codecs, log: silent })
  await publisher.start()
  const reader = new LogReader(createKafka(kafka, silent))
  const fullName = (topic: TopicName) => fullTopicName(config.topics.prefix, topic)
  const readRaw = async (topic: TopicName) => {
    const records: (RawRecord & { partition: number })[] = []
    const partitions = topics[topic].partitions === 'data' ? OWN_PARTITIONS : 1
    for (let partition = 0; partition < partitions; partition++)
      for await (const batch of reader.read(fullName(topic), partition))
        for (const { key, value, headers, offset, appendedAt } of batch)
          records.push({ partition, key, value, headers, offset, appendedAt })
    return records
  }
  return {
    env,
    config,
    kafka,
    registry,
    clickhouse,
    codecs,
    publisher,
    fullName,
    readRaw,
    async read(topic) {
      const codec = codecs.of(topic)
      const raw = await readRaw(topic)
      await codec.prepare(raw.map(({ value }) => value))
      return raw.map(({ value }) => {
        const decoded = codec.decode(value)
        if (!decoded.ok) throw new Error(decoded.detail)
        return decoded.value
      })
    },
    async close() {
      await publisher.stop()
      await reader.close()
      await clickhouse.command(`DROP DATABASE IF EXISTS ${clickhouse.database}`)
      await clickhouse.close()
      await registry.close()
    },
  }
}
