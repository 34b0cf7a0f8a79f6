// Publishes one comment to Kafka, as a platform's own backend would: npm install kafkajs avsc
// An ES module: call it produce.mjs, or have "type": "module" in your package.json.
import avro from 'avsc'
import { Kafka, Partitioners } from 'kafkajs'

const brokers = (process.env.KAFKA_BROKERS ?? '127.0.0.1:9092').split(',')
const registry = process.env.SCHEMA_REGISTRY_URL ?? 'http://127.0.0.1:8081/apis/ccompat/v7'
const topic = `${process.env.NICR_TOPIC_PREFIX ?? 'nicr.'}content`

// Nicr's own schema, and the id under which the registry holds it; a backend asks once, at its start.
const answer = await fetch(`${registry}/subjects/${topic}-value/versions/latest`)
if (!answer.ok) throw new Error(`the registry answered ${answer.status}: ${await answer.text()}`)
const { id, schema } = await answer.json()
const content = avro.Type.forSchema(JSON.parse(schema))

// Confluent's wire format: a zero, the schema's id, then the Avro bytes.
const head = Buffer.alloc(5)
head.writeInt32BE(id, 1)
const comment = {
  id: 'comment-1',
  kind: 'COMMENT',
  author: 'ada',
  text: 'Thank you, this helped a lot!',
  at: Date.now(),
}

const producer = new Kafka({ clientId: 'my-platform', brokers }).producer({
  createPartitioner: Partitioners.DefaultPartitioner,
  idempotent: true,
})
await producer.connect()
await producer.send({
  topic,
  messages: [{ key: comment.id, value: Buffer.concat([head, content.toBuffer(comment)]) }],
})
await producer.disconnect()
console.log(`published ${comment.id}`)
