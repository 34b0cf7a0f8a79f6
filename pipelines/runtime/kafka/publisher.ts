import type { Kafka, Producer } from 'kafkajs'
import type { Logger } from 'pino'
import { NicrError } from '../../../schemas/errors.ts'
import { fullTopicName, type RecordOf, type TopicName, topics } from '../../../schemas/topics.ts'
import type { TopicCodecs } from '../topic-codecs.ts'
import { createKafka, type KafkaSettings, RETRY } from './client.ts'
import { protocolErrorType } from './errors.ts'
import { partitionOf } from './murmur2.ts'
import { statedPartition } from './task-transport.ts'

/** Where a record came to lie. */
export interface Published {
  readonly partition: number
  readonly offset: number
}

/** A record to publish under its key. */
export interface Publication<Topic extends TopicName> {
  readonly key: string
  readonly value: RecordOf<Topic>
}

/** A request of the server must not wait for a broker that is away as long as a stream may. */
const SEND_TIMEOUT_MS = 10_000

/** Publishes records from outside the stream: the server's and the commands' producer. Idempotent, acknowledged by all replicas. */
export class Publisher {
  private readonly kafka: Kafka
  private readonly producer: Producer
  private readonly codecs: TopicCodecs
  private readonly topicPrefix: string
  private readonly partitionCounts = new Map<string, number>()

  constructor(parts: { kafka: KafkaSettings; topicPrefix: string; codecs: TopicCodecs; log: Logger }) {
    this.kafka = createKafka(parts.kafka, parts.log)
    this.producer = this.kafka.producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      createPartitioner: statedPartition,
      retry: RETRY,
    })
    this.codecs = parts.codecs
    this.topicPrefix = parts.topicPrefix
  }

  async start(): Promise<void> {
    await this.producer.connect()
  }

  async stop(): Promise<void> {
    await this.producer.disconnect()
  }

  /**
   * Writes records to one topic; resolves once all are acknowledged, in the same order.
   * @throws NicrError NICR_RECORD_TOO_LARGE, NICR_KAFKA_UNAVAILABLE, NICR_REGISTRY_UNAVAILABLE
   */
  async publish<Topic extends TopicName>(
    topic: Topic,
    publications: readonly Publication<Topic>[],
  ): Promise<Published[]> {
    const codec = this.codecs.of(topic)
    await codec.open()
    const full = fullTopicName(this.topicPrefix, topic)
    const partitions = await this.partitionsOf(full)
    const messages = publications.map(({ key, value }) => {
      const bytes = Buffer.from(key)
      return { key: bytes, value: codec.encode(value), partition: partitionOf(bytes, partitions) }
    })
    const tooLarge = messages.find(message => message.value.length > topics[topic].messageBytesMax)
    if (tooLarge !== undefined) throw recordTooLarge(topic, tooLarge.value.length)
    const first = await this.send(topic, full, messages)
    const next = new Map(first)
    return messages.map(({ partition }) => {
      const offset = next.get(partition) ?? -1
      next.set(partition, offset + 1)
      return { partition, offset }
    })
  }

  /** The first offset of what was sent, by partition. */
  private async send(
    topic: TopicName,
    full: string,
    messages: { key: Buffer; value: Buffer; partition: number }[],
  ): Promise<Map<number, number>> {
    try {
      const answers = await this.producer.send({ topic: full, messages, acks: -1, timeout: SEND_TIMEOUT_MS })
      return new Map(answers.map(({ partition, baseOffset }) => [partition, Number(baseOffset ?? -1)]))
    } catch (cause) {
      if (protocolErrorType(cause) === 'MESSAGE_TOO_LARGE')
        throw recordTooLarge(topic, Math.max(...messages.map(({ value }) => value.length)))
      throw new NicrError(
        'NICR_KAFKA_UNAVAILABLE',
        `the record was not taken by ${full}: ${(cause as Error).message}`,
        { cause },
      )
    }
  }

  private async partitionsOf(full: string): Promise<number> {
    const known = this.partitionCounts.get(full)
    if (known !== undefined) return known
    const admin = this.kafka.admin({ retry: { ...RETRY, retries: 5 } })
    try {
      await admin.connect()
      const { topics: found } = await admin.fetchTopicMetadata({ topics: [full] })
      const count = found[0]?.partitions.length ?? 0
      this.partitionCounts.set(full, count)
      return count
    } catch (cause) {
      throw new NicrError(
        'NICR_KAFKA_UNAVAILABLE',
        `${full} could not be looked up: ${(cause as Error).message}; is \`nicr apply\` done?`,
        { cause },
      )
    } finally {
      await admin.disconnect()
    }
  }
}

function recordTooLarge(topic: TopicName, bytes: number): NicrError {
  return new NicrError(
    'NICR_RECORD_TOO_LARGE',
    `the record takes ${bytes} bytes, and ${topic} takes at most ${topics[topic].messageBytesMax}`,
  )
}
