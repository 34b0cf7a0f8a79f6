import type { Admin, Kafka, TopicMessages } from 'kafkajs'
import { changelogTopicName, fullTopicName, shortTopicName, type TopicName } from '../../../schemas/topics.ts'
import type { OutputRecord } from '../records.ts'
import type { TaskTransport } from '../task.ts'
import { CompressionTypes, RETRY } from './client.ts'
import type { Cluster } from './cluster.ts'
import { fittingLetter } from './dead-letter-size.ts'
import type { LeftOpen } from './end-left-open.ts'
import { retriable } from './errors.ts'
import type { LogReader } from './log-reader.ts'
import { partitionOf } from './murmur2.ts'
import type { OutgoingMessage } from './record-batch.ts'
import { sendOffsets, statedPartition, takeOver, transactionalProducer } from './transactions.ts'

export interface TransportParts {
  readonly kafka: Kafka
  readonly admin: Admin
  readonly logReader: LogReader
  readonly cluster: Cluster
  /** Every topic (full name) and partition that the task may write to. */
  readonly writes: LeftOpen['topics']
  /** Partitions of a topic by full name. */
  readonly partitionsOf: (topic: string) => number
  readonly topicPrefix: string
  readonly group: string
  readonly partition: number
  readonly reads: readonly TopicName[]
}

/** A transport over Kafka has a life: its producer is closed when the task is given up. */
export interface KafkaTaskTransport extends TaskTransport {
  close(): Promise<void>
}

/** A record batch is kept below this, well under the broker's 1 MiB; a single larger record goes alone. */
export const PRODUCE_BATCH_BYTES = 900 * 1024
/** Room that a record takes beside its key, value and headers. */
export const RECORD_OVERHEAD_BYTES = 40

/**
 * Exactly once: outputs and the input's offset in one transaction under `<group>/<task>`. kafkajs commits offsets
 * without the group's generation, so a zombie is kept out by the transactional id alone: the new owner initialises it
 * first, which ends the zombie's transactions, and only then reads the committed offsets.
 */
export function exactlyOnceTransport(parts: TransportParts): KafkaTaskTransport {
  const { cluster, group, writes } = parts
  const transactionalId = `${group}/${parts.partition}`
  const producer = transactionalProducer(parts.kafka, transactionalId)
  return {
    async initialise() {
      await takeOver(producer, cluster, { transactionalId, group, topics: writes })
      return committedOffsets(parts)
    },
    restore: processor => restoreChangelog(parts, processor),
    async commit(outputs, { topic, nextOffset }) {
      const sends = await planSends(parts, outputs)
      const transaction = await producer.transaction()
      for (const { topicMessages, compression } of sends)
        await transaction.sendBatch({ topicMessages, compression, acks: -1 })
      await sendOffsets(transaction, {
        consumerGroupId: parts.group,
        topics: [
          {
            topic: fullTopicName(parts.topicPrefix, topic),
            partitions: [{ partition: parts.partition, offset: String(nextOffset) }],
          },
        ],
      })
      await transaction.commit()
    },
    close: () => producer.disconnect(),
  }
}

/**
 * At least once: outputs, then offsets. Faster; a crash between the two repeats the outputs, with the same ids. Not
 * idempotent: kafkajs hands the sequence numbers of a failed send to the next one, and the broker may then drop that as
 * a repeat (see publisher.ts). A repeat is allowed in this mode, a loss is not.
 */
export function atLeastOnceTransport(
  parts: TransportParts,
  commitAsMember: (nextOffset: number) => Promise<void>,
): KafkaTaskTransport {
  const producer = parts.kafka.producer({
    allowAutoTopicCreation: false,
    createPartitioner: statedPartition,
    retry: RETRY,
  })
  return {
    async initialise() {
      await producer.connect()
      return committedOffsets(parts)
    },
    restore: processor => restoreChangelog(parts, processor),
    async commit(outputs, { nextOffset }) {
      for (const { topicMessages, compression } of await planSends(parts, outputs))
        await producer.sendBatch({ topicMessages, compression, acks: -1 })
      await commitAsMember(nextOffset)
    },
    close: () => producer.disconnect(),
  }
}

async function committedOffsets({
  admin,
  group,
  partition,
  reads,
  topicPrefix,
}: TransportParts): Promise<Map<TopicName, number>> {
  const topics = reads.map(topic => fullTopicName(topicPrefix, topic))
  const offsets = new Map<TopicName, number>()
  for (const { topic, partitions } of await admin.fetchOffsets({ groupId: group, topics })) {
    const name = shortTopicName(topicPrefix, topic)
    const committed = Number(partitions.find(entry => entry.partition === partition)?.offset ?? -1)
    if (name !== null && committed >= 0) offsets.set(name, committed)
  }
  return offsets
}

/**
 * Only this task writes its changelog's partition, and its earlier transactions were ended before: one still open there
 * means that a marker was lost, and the records behind it would be missed or, later, taken for committed.
 */
async function* restoreChangelog({ logReader, topicPrefix, partition }: TransportParts, processor: string) {
  const changelog = changelogTopicName(topicPrefix, processor)
  if (!(await logReader.isSettled(changelog, partition)))
    throw retriable(`a transaction is still open on ${changelog}/${partition}`)
  for await (const records of logReader.read(changelog, partition))
    for (const { key, value } of records) yield { key: key === null ? '' : key.toString('utf8'), value }
}

interface Send {
  readonly topicMessages: TopicMessages[]
  readonly compression: number
}

type Placed = OutgoingMessage & { readonly partition: number }

/**
 * Cuts outputs into sends whose record batches stay below the broker's limit. Dead letters go compressed: what came
 * compressed may be larger than the limit when it is not.
 */
async function planSends(parts: TransportParts, outputs: readonly OutputRecord[]): Promise<Send[]> {
  const plain: OutputRecord[] = []
  const letters: OutputRecord[] = []
  for (const output of outputs)
    if (isDeadLetter(output)) letters.push(await fittingLetter(output))
    else plain.push(output)
  return [
    ...cutSends(parts, plain).map(topicMessages => ({ topicMessages, compression: CompressionTypes.None })),
    ...cutSends(parts, letters).map(topicMessages => ({ topicMessages, compression: CompressionTypes.GZIP })),
  ]
}

function cutSends(parts: TransportParts, outputs: readonly OutputRecord[]): TopicMessages[][] {
  const sends: TopicMessages[][] = []
  let cut = new Map<string, TopicCut>()
  let route: Route | null = null
  for (const output of outputs) {
    // Most of them go where the one before them went.
    if (route === null || route.destination !== output.destination) route = routeOf(parts, output)
    const { topic, partitions } = route
    const partition = output.partition ?? placeByKey(output.key, parts.partition, partitions)
    const size = sizeOf(output)
    let own = cut.get(topic)
    const already = own?.bytes[partition] ?? 0
    if (already > 0 && already + size > PRODUCE_BATCH_BYTES) {
      sends.push(topicMessages(cut))
      cut = new Map()
      own = undefined
    }
    if (own === undefined) {
      own = { messages: [], bytes: new Array<number>(partitions).fill(0) }
      cut.set(topic, own)
    }
    own.bytes[partition] = (own.bytes[partition] ?? 0) + size
    const { key, value, headers } = output
    own.messages.push(headers.length === 0 ? { key, value, partition } : { key, value, partition, headers })
  }
  if (cut.size > 0) sends.push(topicMessages(cut))
  return sends
}

/** Where the outputs of a destination go. */
interface Route {
  readonly destination: OutputRecord['destination']
  /** Its full name. */
  readonly topic: string
  readonly partitions: number
}

function routeOf(parts: TransportParts, output: OutputRecord): Route {
  const topic = topicOf(parts.topicPrefix, output)
  return { destination: output.destination, topic, partitions: parts.partitionsOf(topic) }
}

/** What one send writes to a topic so far, with the bytes for each of its partitions. */
interface TopicCut {
  readonly messages: Placed[]
  readonly bytes: number[]
}

function topicMessages(cut: ReadonlyMap<string, TopicCut>): TopicMessages[] {
  return [...cut].map(([topic, { messages }]) => ({
    topic,
    messages: messages as unknown as TopicMessages['messages'],
  }))
}

function isDeadLetter({ destination }: OutputRecord): boolean {
  return 'topic' in destination && destination.topic === 'dead-letters'
}

function topicOf(prefix: string, { destination }: OutputRecord): string {
  return 'topic' in destination
    ? fullTopicName(prefix, destination.topic)
    : changelogTopicName(prefix, destination.changelogOf)
}

/** A record without a key stays on the partition number it came from. */
function placeByKey(key: Buffer | null, origin: number, partitions: number): number {
  return key === null ? origin % partitions : partitionOf(key, partitions)
}

function sizeOf({ key, value, headers }: OutputRecord): number {
  let bytes = RECORD_OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0)
  for (const [name, header] of headers) bytes += name.length + (header?.length ?? 0)
  return bytes
}
