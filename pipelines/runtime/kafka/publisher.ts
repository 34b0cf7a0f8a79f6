import type { Kafka, Message, Producer } from 'kafkajs'
import type { Logger } from 'pino'
import { NicrError } from '../../../schemas/errors.ts'
import { fullTopicName, type RecordOf, type TopicName, topics } from '../../../schemas/topics.ts'
import type { RawHeader } from '../records.ts'
import type { TopicCodecs } from '../topic-codecs.ts'
import { createKafka, type KafkaSettings, RETRY } from './client.ts'
import { protocolErrorType } from './errors.ts'
import { partitionOf } from './murmur2.ts'
import { PRODUCE_BATCH_BYTES, RECORD_OVERHEAD_BYTES } from './task-transport.ts'
import { statedPartition } from './transactions.ts'

/** Where a record came to lie. */
export interface Published {
  readonly partition: number
  readonly offset: number
}

/** A record to publish under its key. */
export interface Publication<Topic extends TopicName> {
  readonly key: string
  readonly value: RecordOf<Topic>
  readonly headers?: readonly RawHeader[]
}

/** A caller waits no longer than this for a broker that is away; a stream may. */
const PUBLISH_MS_MAX = 10_000
const REQUEST_MS_MAX = 5_000

interface Outgoing {
  readonly key: Buffer
  /** null: removes the key from a compacted topic. */
  readonly value: Buffer | null
  readonly partition: number
  readonly headers?: readonly RawHeader[]
}

/**
 * Publishes records from outside the stream: the server's and the commands' producer. Idempotent, acknowledged by all
 * replicas.
 *
 * kafkajs gives the sequence numbers of a send that failed to the next one. If the broker had taken the first and only
 * its answer was lost, it then takes the second for a repeat, acknowledges it and drops it. So sends go one after the
 * other (kafkajs's own lock does so anyway, but lets another in between two tries), and after a failure whose outcome
 * is in doubt the producer is replaced, with its id and its numbers.
 */
export class Publisher {
  private readonly kafka: Kafka
  private readonly codecs: TopicCodecs
  private readonly topicPrefix: string
  private readonly partitionCounts = new Map<string, number>()
  private producer: Producer | null = null
  private sending: Promise<unknown> = Promise.resolve()

  constructor(parts: { kafka: KafkaSettings; topicPrefix: string; codecs: TopicCodecs; log: Logger }) {
    this.kafka = createKafka(parts.kafka, parts.log, { requestTimeoutMs: REQUEST_MS_MAX })
    this.codecs = parts.codecs
    this.topicPrefix = parts.topicPrefix
  }

  async start(): Promise<void> {
    await this.connected()
  }

  async stop(): Promise<void> {
    await this.sending
    await this.producer?.disconnect()
  }

  /**
   * Writes records to one topic; resolves once all are acknowledged, in the same order. More than a batch of the broker
   * holds goes in several: after a failure, the first of them may have been written.
   * @throws NicrError NICR_RECORD_TOO_LARGE, NICR_KAFKA_UNAVAILABLE (the records may have been written all the same),
   *   NICR_REGISTRY_UNAVAILABLE
   */
  async publish<Topic extends TopicName>(
    topic: Topic,
    publications: readonly Publication<Topic>[],
  ): Promise<Published[]> {
    const codec = this.codecs.of(topic)
    await codec.open()
    const full = fullTopicName(this.topicPrefix, topic)
    const partitions = await this.partitionsOf(full)
    const messages = publications.map(({ key, value, headers }): Outgoing => {
      const bytes = Buffer.from(key)
      const message = { key: bytes, value: codec.encode(value), partition: partitionOf(bytes, partitions) }
      return headers === undefined ? message : { ...message, headers }
    })
    const tooLarge = messages.find(message => bytesOf(message) > topics[topic].messageBytesMax)
    if (tooLarge !== undefined) throw recordTooLarge(topic, bytesOf(tooLarge))
    return this.sendAll(topic, full, messages)
  }

  /** Removes keys from a compacted topic. @throws NicrError NICR_KAFKA_UNAVAILABLE */
  async remove(topic: 'annotators' | 'image-banks', keys: readonly string[]): Promise<void> {
    const full = fullTopicName(this.topicPrefix, topic)
    const partitions = await this.partitionsOf(full)
    const messages = keys.map((key): Outgoing => {
      const bytes = Buffer.from(key)
      return { key: bytes, value: null, partition: partitionOf(bytes, partitions) }
    })
    await this.sendAll(topic, full, messages)
  }

  private async sendAll(topic: TopicName, full: string, messages: readonly Outgoing[]): Promise<Published[]> {
    const published: Published[] = []
    for (const piece of cutByBytes(messages)) published.push(...(await this.sendInTurn(topic, full, piece)))
    return published
  }

  private sendInTurn(topic: TopicName, full: string, messages: Outgoing[]): Promise<Published[]> {
    const endsAt = performance.now() + PUBLISH_MS_MAX
    const turn = this.sending.then(() => this.send(topic, full, { messages, endsAt }))
    this.sending = turn.catch(() => undefined)
    return turn
  }

  private async send(
    topic: TopicName,
    full: string,
    { messages, endsAt }: { messages: Outgoing[]; endsAt: number },
  ): Promise<Published[]> {
    try {
      const answers = await within(endsAt - performance.now(), async () =>
        (await this.connected()).send({ topic: full, messages: messages as unknown as Message[], acks: -1 }),
      )
      const next = new Map(answers.map(({ partition, baseOffset }) => [partition, Number(baseOffset ?? -1)]))
      return messages.map(({ partition }) => {
        const offset = next.get(partition) ?? -1
        next.set(partition, offset + 1)
        return { partition, offset }
      })
    } catch (cause) {
      if (protocolErrorType(cause) === 'MESSAGE_TOO_LARGE')
        throw recordTooLarge(topic, Math.max(...messages.map(bytesOf)))
      this.letGo()
      throw unavailable(`the record was not acknowledged by ${full}`, cause)
    }
  }

  private async connected(): Promise<Producer> {
    if (this.producer !== null) return this.producer
    const producer = this.kafka.producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      createPartitioner: statedPartition,
      retry: RETRY,
    })
    await producer.connect()
    this.producer = producer
    return producer
  }

  private letGo(): void {
    const { producer } = this
    this.producer = null
    // A send that was given up may still be trying; what it comes to is not known to anyone any more.
    producer?.disconnect().catch(() => undefined)
  }

  private async partitionsOf(full: string): Promise<number> {
    const known = this.partitionCounts.get(full)
    if (known !== undefined) return known
    const admin = this.kafka.admin({ retry: { ...RETRY, retries: 5 } })
    try {
      const { topics: found } = await within(PUBLISH_MS_MAX, async () => {
        await admin.connect()
        return admin.fetchTopicMetadata({ topics: [full] })
      })
      const count = found[0]?.partitions.length ?? 0
      this.partitionCounts.set(full, count)
      return count
    } catch (cause) {
      throw unavailable(`${full} could not be looked up; is \`nicr apply\` done?`, cause)
    } finally {
      admin.disconnect().catch(() => undefined)
    }
  }
}

function bytesOf({ value }: Outgoing): number {
  return value?.length ?? 0
}

function headerBytesOf({ headers = [] }: Outgoing): number {
  return headers.reduce((bytes, [name, value]) => bytes + name.length + (value?.length ?? 0), 0)
}

/** Pieces that a batch of the broker holds, in order; a record that is too large for one goes alone. */
function cutByBytes(messages: readonly Outgoing[]): Outgoing[][] {
  const pieces: Outgoing[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const message of messages) {
    const size = message.key.length + bytesOf(message) + headerBytesOf(message) + RECORD_OVERHEAD_BYTES
    if (bytes + size > PRODUCE_BATCH_BYTES) {
      pieces.push([])
      bytes = 0
    }
    pieces.at(-1)!.push(message)
    bytes += size
  }
  return pieces
}

/** What `work` comes to, unless that takes longer than `ms`. */
async function within<T>(ms: number, work: () => Promise<T>): Promise<T> {
  if (ms <= 0) throw new Error('the sends before it took all of its time')
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${PUBLISH_MS_MAX} ms`)), ms)
  })
  try {
    return await Promise.race([work(), timeout])
  } finally {
    clearTimeout(timer)
  }
}

function unavailable(what: string, cause: unknown): NicrError {
  return new NicrError('NICR_KAFKA_UNAVAILABLE', `${what}: ${(cause as Error).message}`, { cause })
}

function recordTooLarge(topic: TopicName, bytes: number): NicrError {
  return new NicrError(
    'NICR_RECORD_TOO_LARGE',
    `the record takes ${bytes} bytes, and ${topic} takes at most ${topics[topic].messageBytesMax}`,
  )
}
