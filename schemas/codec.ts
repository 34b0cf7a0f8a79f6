import avro from 'avsc'
import type { ErrorCode } from './errors.ts'

/**
 * Avro in the Confluent wire format: a zero byte, the schema id as int32 big-endian, then the Avro binary. Encoders
 * and decoders are compiled once; making and reading bytes needs no promise.
 *
 * Source: https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format
 */
const MAGIC = 0
const HEADER_BYTES = 5

export type AvroSchema = avro.Schema

export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: ErrorCode; readonly detail: string }

/** A compiled schema. Fields left out are not filled in: writers give whole records. */
export function compileSchema(schema: AvroSchema): avro.Type {
  return avro.Type.forSchema(schema, { registry: {}, typeHook: hookStrings })
}

function hookStrings(schema: unknown): avro.Type | undefined {
  return schema === 'string' ? new WellFormedString() : undefined
}

const { _write: writeString } = avro.types.StringType.prototype as unknown as {
  _write(this: unknown, tap: unknown, value: unknown): void
}

/**
 * avsc writes half of a surrogate pair as three bytes that are not UTF-8: readers in other languages refuse them, and
 * our own reads three characters, so that offsets behind them shift. U+FFFD takes its place.
 */
class WellFormedString extends avro.types.StringType {
  _write(tap: unknown, value: unknown): void {
    writeString.call(this, tap, typeof value === 'string' ? value.toWellFormed() : value)
  }
}

/** The schema id that framed bytes name, or why there is none. */
export function readSchemaId(bytes: Buffer | null): Decoded<number> {
  if (bytes === null || bytes.length === 0) return rejected('NICR_RECORD_EMPTY', 'the record has no value')
  if (bytes.length < HEADER_BYTES || bytes[0] !== MAGIC)
    return rejected(
      'NICR_RECORD_UNDECODABLE',
      `the value does not start with the Confluent wire format’s magic byte 0 and a schema id (first byte ${bytes[0]}, ${bytes.length} bytes)`,
    )
  return { ok: true, value: bytes.readInt32BE(1) }
}

export type Encode<T> = (record: T) => Buffer

/** An encoder of whole records of `type` under `schemaId`. It throws on a record that does not fit: a bug of ours. */
export function createEncoder<T>(type: avro.Type, schemaId: number): Encode<T> {
  const slab = new Slab()
  return record => {
    for (;;) {
      const { buffer, start } = slab
      const bodyAt = start + HEADER_BYTES
      const end = bodyAt < buffer.length ? type.encode(record, buffer, bodyAt) : -1
      if (end > 0) {
        buffer[start] = MAGIC
        buffer.writeInt32BE(schemaId, start + 1)
        return slab.take(end)
      }
      // avsc answers how many bytes were missing, below zero.
      slab.renew(buffer.length - start - end)
    }
  }
}

const SLAB_BYTES = 64 * 1024

/** Encoded records share buffers of `SLAB_BYTES`: an allocation for each costs more than the encoding. */
class Slab {
  buffer = Buffer.allocUnsafeSlow(SLAB_BYTES)
  start = 0

  take(end: number): Buffer {
    const taken = this.buffer.subarray(this.start, end)
    this.start = end
    return taken
  }

  /** A new buffer, with room for a record of so many bytes at least. */
  renew(bytes: number): void {
    this.buffer = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, bytes))
    this.start = 0
  }
}

export type Decode<T> = (bytes: Buffer) => Decoded<T>

/**
 * A decoder of framed bytes written with `writer`, read as `reader`; or why the writer's schema cannot be read so.
 * Bytes that are cut off or go on beyond the record are refused.
 */
export function createDecoder<T>(reader: avro.Type, writerSchema: string): Decoded<Decode<T>> {
  let resolver: avro.Type extends { createResolver(t: infer _): infer R } ? R : never
  try {
    resolver = reader.createResolver(compileSchema(namedAs(reader, JSON.parse(writerSchema))))
  } catch (error) {
    return rejected(
      'NICR_SCHEMA_INCOMPATIBLE',
      `the writer’s schema cannot be read as ${reader.name ?? 'the topic’s record'}: ${messageOf(error)}`,
    )
  }
  return {
    ok: true,
    value: bytes => {
      let decoded: { value: unknown; offset: number }
      try {
        decoded = reader.decode(bytes, HEADER_BYTES, resolver)
      } catch (error) {
        return rejected('NICR_RECORD_UNDECODABLE', `the bytes do not match their schema: ${messageOf(error)}`)
      }
      if (decoded.offset !== bytes.length)
        return rejected(
          'NICR_RECORD_UNDECODABLE',
          decoded.offset < 0
            ? 'the bytes end before the record does'
            : `${bytes.length - decoded.offset} bytes follow the record`,
        )
      return { ok: true, value: decoded.value as T }
    },
  }
}

/**
 * The writer's record under the reader's name. Avro compares names without their namespace, and a topic holds one kind
 * of record whatever its producer calls it; avsc compares full names.
 */
function namedAs(reader: avro.Type, writer: AvroSchema): AvroSchema {
  const isRecord = typeof writer === 'object' && 'type' in writer && writer.type === 'record'
  if (!isRecord || reader.name === undefined) return writer
  const at = reader.name.lastIndexOf('.')
  return {
    ...writer,
    name: reader.name.slice(at + 1),
    namespace: reader.name.slice(0, Math.max(at, 0)),
  } as AvroSchema
}

function rejected(code: ErrorCode, detail: string): { ok: false; code: ErrorCode; detail: string } {
  return { ok: false, code, detail }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
