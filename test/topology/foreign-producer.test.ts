import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apply } from '../../pipelines/apply.ts'
import { createClickHouse } from '../../pipelines/clickhouse.ts'
import { connectAdmin } from '../../pipelines/runtime/kafka/topic-admin.ts'
import { createSchemaRegistry } from '../../pipelines/schema-registry.ts'
import { topicSchemas } from '../../pipelines/topic-schemas.ts'
import { packagePath } from '../../schemas/package-root.ts'
import { KafkaDriver, silent } from '../support/kafka-driver.ts'
import { pythonWith } from '../support/python-venv.ts'
import { sharedStack, sharedStackConfig, stackMissing } from '../support/stack.ts'
import { lengthTopology } from './topologies.ts'

const python =
  stackMissing() === null
    ? pythonWith(['confluent-kafka[avro,schemaregistry]==2.12.2'])
    : { missing: 'no stack' }
const missing = 'missing' in python ? python.missing : null

/** Python's producer with its Avro serialiser, as a platform would write it; one record a compression codec. */
const PRODUCER = `
import json, sys, time
from confluent_kafka import SerializingProducer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import StringSerializer
brokers, registry, topic, schema_file = sys.argv[1:]
def serializer(conf):
    return AvroSerializer(SchemaRegistryClient({"url": registry}), open(schema_file).read(), conf=conf)
# The ways to find the schema that the documentation shows: as it comes, looked up, and the latest.
ways = [{}, {"auto.register.schemas": False}, {"auto.register.schemas": False, "use.latest.version": True}]
for number, codec in enumerate(["none", "gzip", "snappy", "lz4", "zstd"]):
    producer = SerializingProducer({"bootstrap.servers": brokers, "partitioner": "murmur2_random", "compression.type": codec, "linger.ms": 50,
        "key.serializer": StringSerializer("utf_8"), "value.serializer": serializer(ways[number % 3])})
    for index in range(20):
        id = f"{codec}-{index}"
        producer.produce(topic, key=id, value={"id": id, "kind": "COMMENT", "action": "CREATED", "revision": 0, "author": "py", "authorSince": None, "thread": None,
            "parent": None, "language": None, "text": "z" * (index % 10 + 1) * (1 if index else 3), "images": [], "at": int(time.time() * 1000)})
    left = producer.flush(20)
    assert left == 0, left
print("done")
`

describe.skipIf(missing !== null)(
  `a foreign producer: Python’s confluent-kafka${missing === null ? '' : ` (skipped: ${missing})`}`,
  () => {
    let driver: KafkaDriver
    const prefix = `py${randomBytes(4).toString('hex')}.`

    beforeAll(async () => {
      const config = sharedStackConfig({
        NICR_TOPIC_PREFIX: prefix,
        NICR_PARTITIONS: '4',
        CLICKHOUSE_DATABASE: prefix.replace('.', ''),
      })
      const registry = createSchemaRegistry({ ...config.registry, url: config.registry.url ?? '' })
      const clickhouse = createClickHouse({ ...config.clickhouse, url: config.clickhouse.url ?? '' })
      const admin = await connectAdmin(
        { brokers: config.kafka.brokers ?? [], ssl: false, sslCa: null, sasl: null, clientId: 'test' },
        silent,
      )
      await apply({ config, admin, registry, clickhouse })
      await admin.close()
      await clickhouse.close()
      driver = await KafkaDriver.start({
        topology: [lengthTopology()],
        schemas: topicSchemas(registry, prefix),
        env: { NICR_TOPIC_PREFIX: prefix },
      })
    })
    afterAll(() => driver?.close())

    it('writes gzip, snappy, lz4 and zstd records that are scored like any other', async () => {
      const { kafkaBrokers, registryUrl } = sharedStack()
      await run([
        kafkaBrokers.join(','),
        registryUrl,
        `${prefix}content`,
        packagePath('schemas', 'content.avsc'),
      ])
      await driver.drain()
      const scores = await driver.read('scores')
      expect(scores.length).toBe(100)
      for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
        const own = scores.filter(({ value }) => value.contentId.startsWith(`${codec}-`))
        expect([
          codec,
          own.length,
          own.find(({ value }) => value.contentId === `${codec}-0`)?.value.value,
        ]).toEqual([codec, 20, 3])
      }
      // The key lies where our own producer would have put it: same partition in, same partition out.
      const content = await driver.readRaw('content')
      for (const { key, partition } of scores)
        expect(content.find(record => String(record.key) === key)?.partition).toBe(partition)
      expect(await driver.readRaw('dead-letters')).toEqual([])
    })
  },
)

function run(parameters: readonly string[]): Promise<void> {
  const { python: command } = python as { python: string }
  return new Promise((resolve, reject) => {
    const child = spawn(command, ['-c', PRODUCER, ...parameters], { stdio: ['ignore', 'inherit', 'inherit'] })
    child.on('error', reject)
    child.on('exit', code => (code === 0 ? resolve() : reject(new Error(`python exited with ${code}`))))
  })
}
