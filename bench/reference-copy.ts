import { Kafka, logLevel, type SASLOptions } from 'kafkajs'
import { copyTopicName } from './copy-topic.ts'
import { answerJob, type Job, Meter } from './measured-process.ts'

/**
 * The reference of the pipeline benchmark, a program of its own: kafkajs as it comes, with its defaults, copies key and
 * value from one topic to another, in sends (or transactions) of as many records as the pipeline's. It imports kafkajs
 * itself, and nothing of the runtime: the runtime's mends must not be loaded here.
 *
 * At least once it works on the partitions side by side, and exactly once on one after the other, as a kafkajs consumer
 * with one transactional producer has to.
 */
answerJob(async job => {
  const kafka = new Kafka(clientSettings(job))
  const group = job.topics.prefix + job.run
  const exactlyOnce = job.delivery === 'exactly-once'
  const producer = kafka.producer(
    exactlyOnce ? { idempotent: true, transactionalId: group, maxInFlightRequests: 1 } : { idempotent: true },
  )
  const consumer = kafka.consumer({ groupId: group })
  await Promise.all([producer.connect(), consumer.connect()])
  const input = `${job.topics.prefix}content`
  const output = copyTopicName(job.topics.prefix, job.run)
  await consumer.subscribe({ topics: [input], fromBeginning: true })
  const meter = new Meter(job.events)
  await consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: exactlyOnce ? 1 : (job.topics.partitions ?? 1),
    eachBatch: async ({ batch, heartbeat }) => {
      meter.begin()
      for (let from = 0; from < batch.messages.length; from += job.batch.recordsMax) {
        const chunk = batch.messages.slice(from, from + job.batch.recordsMax)
        const messages = chunk.map(({ key, value }) => ({ key, value }))
        const next = { partition: batch.partition, offset: String(BigInt(chunk.at(-1)!.offset) + 1n) }
        if (exactlyOnce) {
          const transaction = await producer.transaction()
          await transaction.send({ topic: output, messages })
          await transaction.sendOffsets({
            consumerGroupId: group,
            topics: [{ topic: input, partitions: [next] }],
          })
          await transaction.commit()
        } else {
          await producer.send({ topic: output, messages })
          await consumer.commitOffsets([{ topic: input, ...next }])
        }
        meter.count(chunk.length)
        await heartbeat()
      }
    },
  })
  const measurement = await meter.finished
  return {
    measurement,
    close: async () => {
      await consumer.disconnect()
      await producer.disconnect()
    },
  }
})

function clientSettings({ kafka }: Job): ConstructorParameters<typeof Kafka>[0] {
  return {
    clientId: 'nicr-bench-reference',
    brokers: [...kafka.brokers],
    logLevel: logLevel.NOTHING,
    ...(kafka.ssl ? { ssl: kafka.sslCa === null ? true : { ca: [kafka.sslCa] } } : {}),
    ...(kafka.sasl === null ? {} : { sasl: kafka.sasl as SASLOptions }),
  }
}
