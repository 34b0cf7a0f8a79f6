import { type RawRecord, UNREADABLE_HEADER } from '../records.ts'
import { ByteReader, ByteWriter, bytesSize, varintSize, varlongSize, zigzag } from './byte-cursor.ts'
import { compressGzip, compressionCodec, decompress } from './compression.ts'
import { crc32c } from './crc32c.ts'

/**
 * Kafka's record batch (message format v2), written and read in one pass over the bytes. kafkajs builds several
 * objects for every varint and copies a partition's array for every message; this replaces those modules behind its
 * own interface (see kafkajs-patches.ts).
 *
 * Source: https://kafka.apache.org/documentation/#recordbatch
 */

export type Header = readonly [key: string, value: Buffer | null]

/** A message to write. `headers` keeps order and repeats, which an object cannot. */
export interface OutgoingMessage {
  readonly key?: Buffer | string | null
  readonly value: Buffer | string | null
  readonly headers?: readonly Header[] | Readonly<Record<string, HeaderValue>>
  readonly timestamp?: string
}

type HeaderValue = Buffer | string | (Buffer | string)[] | null | undefined

/** What all records of a batch share, in the field names that kafkajs reads. */
export interface BatchContext {
  readonly firstOffset: string
  readonly lastOffsetDelta: number
  readonly producerId: string
  readonly inTransaction: boolean
  readonly isControlBatch: boolean
  readonly baseOffset: number
  readonly firstTimestampMs: number
  readonly maxTimestampMs: number
  readonly isLogAppendTime: boolean
}

/**
 * A record as fetched. It knows where its key and value lie among the bytes of its batch, and slices are made when they are asked
 * for: two for each of the thousands of records that a fetch holds would cost as much as reading them.
 */
export class FetchedRecord implements RawRecord {
  readonly headers: readonly Header[]
  readonly batchContext: BatchContext
  readonly offset: number
  readonly appendedAt: number
  private readonly bytes: Buffer
  private readonly keyAt: number
  private readonly keyEnd: number
  private readonly valueAt: number
  private readonly valueEnd: number

  /** @param places where key and value begin and end (exclusive) among the bytes; one that is null ends before it begins */
  constructor(
    bytes: Buffer,
    places: readonly [keyAt: number, keyEnd: number, valueAt: number, valueEnd: number],
    headers: readonly Header[],
    batchContext: BatchContext,
    offset: number,
    appendedAt: number,
  ) {
    this.bytes = bytes
    this.keyAt = places[0]
    this.keyEnd = places[1]
    this.valueAt = places[2]
    this.valueEnd = places[3]
    this.headers = headers
    this.batchContext = batchContext
    this.offset = offset
    this.appendedAt = appendedAt
  }

  get key(): Buffer | null {
    return this.keyEnd < this.keyAt ? null : this.bytes.subarray(this.keyAt, this.keyEnd)
  }
  get value(): Buffer | null {
    return this.valueEnd < this.valueAt ? null : this.bytes.subarray(this.valueAt, this.valueEnd)
  }
  /** Bytes of key and value. */
  get size(): number {
    return Math.max(0, this.keyEnd - this.keyAt) + Math.max(0, this.valueEnd - this.valueAt)
  }
  get isControlRecord(): boolean {
    return this.batchContext.isControlBatch
  }
}

const MAGIC = 2
const NO_HEADERS: readonly Header[] = Object.freeze([])
const NO_BYTES = Buffer.alloc(0)
/** Bytes before the records: base offset 8, length 4, leader epoch 4, magic 1, crc 4, then 40 of fixed fields. */
const BATCH_HEADER_BYTES = 61
const LENGTH_FIELD_END = 12
const CRC_AT = 17
const CRC_FROM = 21
const CODEC_MASK = 0x07
const LOG_APPEND_TIME = 0x08
const TRANSACTIONAL = 0x10
const CONTROL = 0x20

export interface BatchSettings {
  readonly transactional: boolean
  readonly producerId: string
  readonly producerEpoch: number
  readonly firstSequence: number
  readonly compression: number
  readonly nowMs: number
}

/** One record batch of `messages`, as one buffer. */
export async function encodeRecordBatch(
  messages: readonly OutgoingMessage[],
  settings: BatchSettings,
): Promise<Buffer> {
  const timestamps = messages.map(message =>
    message.timestamp === undefined ? settings.nowMs : Number(message.timestamp),
  )
  const firstTimestampMs = minimum(timestamps, settings.nowMs)
  const plain = encodeRecords(messages, timestamps, firstTimestampMs)
  const compressed =
    settings.compression === compressionCodec.none
      ? null
      : await compressGzip(plain.subarray(BATCH_HEADER_BYTES))
  const batch =
    compressed === null ? plain : Buffer.concat([plain.subarray(0, BATCH_HEADER_BYTES), compressed])
  batch.writeBigInt64BE(0n, 0)
  batch.writeInt32BE(batch.length - LENGTH_FIELD_END, 8)
  batch.writeInt32BE(0, 12)
  batch[16] = MAGIC
  batch.writeInt16BE((settings.transactional ? TRANSACTIONAL : 0) | settings.compression, 21)
  batch.writeInt32BE(messages.length - 1, 23)
  batch.writeBigInt64BE(BigInt(firstTimestampMs), 27)
  batch.writeBigInt64BE(BigInt(maximum(timestamps, settings.nowMs)), 35)
  batch.writeBigInt64BE(BigInt(settings.producerId), 43)
  batch.writeInt16BE(settings.producerEpoch, 51)
  batch.writeInt32BE(settings.firstSequence, 53)
  batch.writeInt32BE(messages.length, 57)
  batch.writeUInt32BE(crc32c(batch, CRC_FROM, batch.length), CRC_AT)
  return batch
}

/** Sizes first, so that the records go into one exact buffer after room for the batch's header. */
function encodeRecords(
  messages: readonly OutgoingMessage[],
  timestamps: readonly number[],
  firstTimestampMs: number,
): Buffer {
  const count = messages.length
  const keys = new Array<Buffer | null>(count)
  const values = new Array<Buffer | null>(count)
  const headers = new Array<readonly EncodedHeader[]>(count)
  const sizes = new Int32Array(count)
  let bytes = BATCH_HEADER_BYTES
  for (let index = 0; index < count; index++) {
    const message = messages[index]!
    const key = asBytes(message.key)
    const value = asBytes(message.value)
    const own = encodeHeaders(message.headers)
    keys[index] = key
    values[index] = value
    headers[index] = own
    let size =
      1 +
      varlongSize(zigzag(timestamps[index]! - firstTimestampMs)) +
      varintSize(index * 2) +
      bytesSize(key) +
      bytesSize(value)
    size += varintSize(own.length * 2)
    for (const header of own) size += bytesSize(header.key) + bytesSize(header.value)
    sizes[index] = size
    bytes += varintSize(size * 2) + size
  }
  const writer = new ByteWriter(Buffer.allocUnsafe(bytes), BATCH_HEADER_BYTES)
  for (let index = 0; index < count; index++) {
    writer.varint(sizes[index]! * 2)
    writer.byte(0)
    writer.varint(zigzag(timestamps[index]! - firstTimestampMs))
    writer.varint(index * 2)
    writer.bytes(keys[index]!)
    writer.bytes(values[index]!)
    const own = headers[index]!
    writer.varint(own.length * 2)
    for (const header of own) {
      writer.bytes(header.key)
      writer.bytes(header.value)
    }
  }
  return writer.buffer
}

/**
 * The records of a fetch response's record set. A batch cut off at the end, as brokers send them, is left out. One that
 * cannot be read (unknown codec, damaged or oversized contents) would be fetched for ever, and what lies behind it
 * never: one record with its bytes stands for it, which nobody can decode, so that it ends as a dead letter.
 */
export async function decodeRecordBatches(set: Buffer): Promise<FetchedRecord[]> {
  const records: FetchedRecord[] = []
  for (let at = 0; at + BATCH_HEADER_BYTES <= set.length; ) {
    const end = at + LENGTH_FIELD_END + set.readInt32BE(at + 8)
    if (end > set.length) break
    if (set[at + 16] !== MAGIC)
      throw new Error(`record batch of message format ${set[at + 16]}: only version 2 is read`)
    const context = batchContext(set, at)
    const body = set.subarray(at + BATCH_HEADER_BYTES, end)
    const readBefore = records.length
    try {
      const codec = set.readInt16BE(at + 21) & CODEC_MASK
      const plain = codec === compressionCodec.none ? body : await decompress(codec, body)
      decodeRecords(plain, set.readInt32BE(at + 57), context, records)
    } catch (error) {
      records.length = readBefore
      records.push(unreadable(body, context, String(error)))
    }
    closeGap(context, records)
    at = end
  }
  return records
}

function unreadable(body: Buffer, context: BatchContext, why: string): FetchedRecord {
  const last = context.baseOffset + context.lastOffsetDelta
  const detail = Buffer.from(`offsets ${context.baseOffset} to ${last}: ${why}`)
  const headers = [[UNREADABLE_HEADER, detail]] as const
  return new FetchedRecord(body, [0, -1, 0, body.length], headers, context, last, context.maxTimestampMs)
}

/**
 * Compaction may take a batch's last records, or all of them, and leave the batch. A reader that goes by the records
 * it sees then asks for the same batch for ever (kafkajs does), so the gap is closed by a control record.
 */
function closeGap(context: BatchContext, records: FetchedRecord[]): void {
  const last = context.baseOffset + context.lastOffsetDelta
  if ((records.at(-1)?.offset ?? -1) >= last) return
  records.push(
    new FetchedRecord(
      NO_BYTES,
      [0, -1, 0, -1],
      NO_HEADERS,
      { ...context, isControlBatch: true },
      last,
      context.maxTimestampMs,
    ),
  )
}

function batchContext(set: Buffer, at: number): BatchContext {
  const attributes = set.readInt16BE(at + 21)
  const firstOffset = set.readBigInt64BE(at)
  return {
    firstOffset: String(firstOffset),
    baseOffset: Number(firstOffset),
    lastOffsetDelta: set.readInt32BE(at + 23),
    firstTimestampMs: Number(set.readBigInt64BE(at + 27)),
    maxTimestampMs: Number(set.readBigInt64BE(at + 35)),
    producerId: String(set.readBigInt64BE(at + 43)),
    inTransaction: (attributes & TRANSACTIONAL) !== 0,
    isControlBatch: (attributes & CONTROL) !== 0,
    isLogAppendTime: (attributes & LOG_APPEND_TIME) !== 0,
  }
}

function decodeRecords(bytes: Buffer, count: number, context: BatchContext, into: FetchedRecord[]): void {
  const reader = new ByteReader(bytes)
  for (let index = 0; index < count; index++) {
    const length = reader.varint()
    const end = reader.at + length
    reader.at++
    const timestampDelta = reader.varint()
    const offsetDelta = reader.varint()
    const keyEnd = reader.skipBytes()
    const keyAt = reader.fieldAt
    const valueEnd = reader.skipBytes()
    const valueAt = reader.fieldAt
    const headerCount = reader.varint()
    const headers = headerCount === 0 ? NO_HEADERS : decodeHeaders(reader, headerCount)
    const appendedAt = context.isLogAppendTime
      ? context.maxTimestampMs
      : context.firstTimestampMs + timestampDelta
    const offset = context.baseOffset + offsetDelta
    into.push(
      new FetchedRecord(bytes, [keyAt, keyEnd, valueAt, valueEnd], headers, context, offset, appendedAt),
    )
    reader.at = end
  }
}

function decodeHeaders(reader: ByteReader, count: number): Header[] {
  const headers: Header[] = []
  for (let index = 0; index < count; index++)
    headers.push([(reader.bytes() ?? Buffer.alloc(0)).toString('utf8'), reader.bytes()])
  return headers
}

interface EncodedHeader {
  readonly key: Buffer
  readonly value: Buffer | null
}

const NO_ENCODED_HEADERS: readonly EncodedHeader[] = Object.freeze([])

function encodeHeaders(headers: OutgoingMessage['headers']): readonly EncodedHeader[] {
  if (headers === undefined) return NO_ENCODED_HEADERS
  const pairs = Array.isArray(headers)
    ? (headers as readonly Header[])
    : pairsOf(headers as Record<string, HeaderValue>)
  return pairs.map(([key, value]) => ({ key: Buffer.from(key), value: asBytes(value) }))
}

/** kafkajs's form: an object in which a repeated header is an array. */
function pairsOf(headers: Record<string, HeaderValue>): [string, Buffer | string | null][] {
  return Object.entries(headers).flatMap(([key, value]) =>
    Array.isArray(value)
      ? value.map(one => [key, one] as [string, Buffer | string])
      : [[key, value ?? null] as [string, Buffer | string | null]],
  )
}

function asBytes(value: Buffer | string | null | undefined): Buffer | null {
  if (value === null || value === undefined) return null
  return typeof value === 'string' ? Buffer.from(value) : value
}

function minimum(values: readonly number[], fallback: number): number {
  let least = values[0] ?? fallback
  for (const value of values) if (value < least) least = value
  return least
}

function maximum(values: readonly number[], fallback: number): number {
  let most = values[0] ?? fallback
  for (const value of values) if (value > most) most = value
  return most
}
