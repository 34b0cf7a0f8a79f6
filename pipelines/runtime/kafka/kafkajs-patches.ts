import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { type AbortedTransaction, committedRecords } from './aborted-transactions.ts'
import {
  decodeRecordBatches,
  encodeRecordBatch,
  type FetchedRecord,
  type OutgoingMessage,
} from './record-batch.ts'
import { createSendMessages, type SendingModules } from './send-messages.ts'

/**
 * Mends and speeds up kafkajs 2.2.4 behind its own interface by replacing some of its internal modules before they
 * are loaded. What is mended: aborted records reached read-committed readers, snappy, lz4 and zstd could not be read,
 * a batch of very many records overflowed the stack, headers lost order and repeats, a clock that is set back silenced
 * heartbeats, and a send lost or repeated records when one of several brokers was lost (send-messages.ts). What is faster: grouping
 * by partition was quadratic, and every varint was an object. The package is pinned, and another version is refused: the
 * modules replaced are not its public interface. test/pipelines/runtime/kafka compares the bytes with the originals.
 */
const KAFKAJS_VERSION = '2.2.4'

const require = createRequire(import.meta.url)
const root = dirname(require.resolve('kafkajs/package.json'))

/** Loads kafkajs with the mends in place. */
export function loadKafkajs(): typeof import('kafkajs') {
  if (patched !== null) return patched
  const { version } = require('kafkajs/package.json') as { version: string }
  if (version !== KAFKAJS_VERSION)
    throw new Error(`kafkajs ${version} is installed, but the mends are for ${KAFKAJS_VERSION}`)
  replaceModule('producer/groupMessagesPerPartition', groupMessagesPerPartition)
  replaceModule('producer/sendMessages', createSendMessages(sendingModules()))
  replaceModule('protocol/requests/produce/v3/request', produceRequest)
  replaceModule('protocol/requests/fetch/v4/decodeMessages', decodeMessages)
  replaceModule('consumer/batch', batchClass())
  mendHeartbeats()
  patched = require('kafkajs') as typeof import('kafkajs')
  return patched
}

let patched: typeof import('kafkajs') | null = null

interface Membership {
  /** Wall clock, ms since the epoch. */
  lastRequest: number
  heartbeat(options: { readonly interval: number }): Promise<void>
}

/**
 * kafkajs takes the time between heartbeats from the wall clock. One that is set back by an hour would keep it from sending any
 * for an hour; the group would go on without the member, and the member would not know.
 */
function mendHeartbeats(): void {
  const { prototype } = kafkajsInternal<{ prototype: Membership }>('consumer/consumerGroup')
  const { heartbeat } = prototype
  prototype.heartbeat = function (this: Membership, options) {
    if (this.lastRequest > Date.now()) this.lastRequest = 0
    return heartbeat.call(this, options)
  }
}

/** A module of kafkajs that is not exported; only this folder may ask for one. */
export function kafkajsInternal<T>(path: string): T {
  return require(join(root, 'src', path)) as T
}

function replaceModule(path: string, exports: unknown): void {
  const file = require.resolve(join(root, 'src', path))
  require.cache[file] = {
    id: file,
    filename: file,
    path: dirname(file),
    loaded: true,
    children: [],
    paths: [],
    exports,
  } as unknown as NodeJS.Module
}

interface PartitionMetadata {
  readonly partitionId: number
}

interface Grouping {
  readonly topic: string
  readonly partitionMetadata: readonly PartitionMetadata[]
  readonly messages: readonly OutgoingMessage[]
  readonly partitioner: (choice: {
    topic: string
    partitionMetadata: readonly PartitionMetadata[]
    message: OutgoingMessage
  }) => number
}

function groupMessagesPerPartition({
  topic,
  partitionMetadata,
  messages,
  partitioner,
}: Grouping): Record<string, OutgoingMessage[]> {
  const grouped: Record<string, OutgoingMessage[]> = {}
  if (partitionMetadata.length === 0) return grouped
  for (const message of messages) {
    const partition = partitioner({ topic, partitionMetadata, message })
    const group = grouped[partition]
    if (group === undefined) grouped[partition] = [message]
    else group.push(message)
  }
  return grouped
}

function sendingModules(): SendingModules {
  const { KafkaJSMetadataNotLoaded } = kafkajsInternal<{
    KafkaJSMetadataNotLoaded: new (message: string) => Error
  }>('errors')
  const { staleMetadata } = kafkajsInternal<{ staleMetadata: (error: unknown) => boolean }>('protocol/error')
  return {
    group: grouping => groupMessagesPerPartition(grouping as Grouping),
    metadataNotLoaded: message => new KafkaJSMetadataNotLoaded(message),
    isStaleMetadata: error => staleMetadata(error),
  }
}

interface ProduceRequest {
  readonly acks: number
  readonly timeout: number
  readonly transactionalId?: string | null
  readonly producerId?: { toString(): string }
  readonly producerEpoch?: number
  readonly compression?: number
  readonly topicData: readonly {
    readonly topic: string
    readonly partitions: readonly {
      readonly partition: number
      readonly firstSequence?: number
      readonly messages: readonly OutgoingMessage[]
    }[]
  }[]
}

interface Encoder {
  buf: Buffer
  offset: number
  readonly buffer: Buffer
  writeString(value: string | null): Encoder
  writeInt16(value: number): Encoder
  writeInt32(value: number): Encoder
}

/** Produce v3 to v7, which share this body: transactional id, acks, timeout, then per topic and partition one record batch. */
function produceRequest(request: ProduceRequest) {
  return {
    apiKey: 0,
    apiVersion: 3,
    apiName: 'Produce',
    expectResponse: () => request.acks !== 0,
    encode: () => encodeProduce(request),
  }
}

async function encodeProduce(request: ProduceRequest): Promise<Encoder> {
  const EncoderClass = kafkajsInternal<new (size?: number) => Encoder>('protocol/encoder')
  const { acks, timeout, topicData } = request
  const transactionalId = request.transactionalId ?? null
  const parts = [
    new EncoderClass()
      .writeString(transactionalId)
      .writeInt16(acks)
      .writeInt32(timeout)
      .writeInt32(topicData.length).buffer,
  ]
  const nowMs = Date.now()
  for (const { topic, partitions } of topicData) {
    parts.push(new EncoderClass().writeString(topic).writeInt32(partitions.length).buffer)
    for (const { partition, firstSequence, messages } of partitions) {
      const batch = await encodeRecordBatch(messages, {
        transactional: transactionalId !== null,
        producerId: request.producerId?.toString() ?? '-1',
        producerEpoch: request.producerEpoch ?? 0,
        firstSequence: firstSequence ?? 0,
        compression: request.compression ?? 0,
        nowMs,
      })
      parts.push(new EncoderClass().writeInt32(partition).writeInt32(batch.length).buffer, batch)
    }
  }
  const encoder = new EncoderClass(1)
  encoder.buf = Buffer.concat(parts)
  encoder.offset = encoder.buf.length
  return encoder
}

interface Decoder {
  readInt32(): number
  canReadBytes(count: number): boolean
  readBytes(count: number): Buffer
}

async function decodeMessages(decoder: Decoder): Promise<FetchedRecord[]> {
  const bytes = decoder.readInt32()
  if (bytes <= 0 || !decoder.canReadBytes(bytes)) return []
  return decodeRecordBatches(decoder.readBytes(bytes))
}

interface PartitionData {
  readonly partition: number
  readonly highWatermark: string
  readonly abortedTransactions?: readonly AbortedTransaction[] | null
  readonly messages: readonly FetchedRecord[]
}

interface BatchOffsets {
  firstOffset(): string | number | null
  lastOffset(): string | number
}

/** kafkajs's Batch with the reading of its records replaced; its methods about offsets stay, but for these being numbers here. */
function batchClass(): unknown {
  const original = kafkajsInternal<{ prototype: BatchOffsets }>('consumer/batch')
  function Batch(this: Record<string, unknown>, topic: string, fetchedOffset: string, data: PartitionData) {
    const from = Number(fetchedOffset)
    const within = data.messages.filter(record => record.offset >= from)
    this.fetchedOffset = fetchedOffset
    this.topic = topic
    this.partition = data.partition
    this.highWatermark = data.highWatermark
    this.rawMessages = data.messages
    this.messagesWithinOffset = within
    this.messages = committedRecords(within, data.abortedTransactions ?? [])
  }
  const { firstOffset, lastOffset } = original.prototype
  Batch.prototype = Object.assign(Object.create(original.prototype), {
    firstOffset(this: BatchOffsets) {
      const offset = firstOffset.call(this)
      return offset === null ? null : String(offset)
    },
    lastOffset(this: BatchOffsets) {
      return String(lastOffset.call(this))
    },
  })
  return Batch
}
