/**
 * As much of protobuf's wire format as an ONNX file needs (https://protobuf.dev/programming-guides/encoding): varints,
 * 32-bit floats and length-delimited fields.
 */
export type Field = readonly [number: number, value: number | string | Uint8Array | Float32Field]

/** A number to be written as a 32-bit float instead of a varint. */
export interface Float32Field {
  readonly float32: number
}

const VARINT = 0
const FIXED64 = 1
const BYTES = 2
const FIXED32 = 5

/** A message of these fields, in this order. Whole numbers from 0 become varints; strings UTF-8. */
export function encodeMessage(fields: readonly Field[]): Uint8Array {
  return Buffer.concat(fields.map(([number, value]) => encodeField(number, value)))
}

function encodeField(number: number, value: Field[1]): Uint8Array {
  if (typeof value === 'number')
    return Buffer.concat([encodeVarint(number * 8 + VARINT), encodeVarint(value)])
  if (typeof value === 'object' && 'float32' in value) {
    const bytes = Buffer.alloc(4)
    bytes.writeFloatLE(value.float32)
    return Buffer.concat([encodeVarint(number * 8 + FIXED32), bytes])
  }
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value
  return Buffer.concat([encodeVarint(number * 8 + BYTES), encodeVarint(bytes.length), bytes])
}

function encodeVarint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80)
    rest = Math.floor(rest / 0x80)
  }
  bytes.push(rest)
  return Uint8Array.from(bytes)
}

/** A message's fields by number: varints as numbers, the rest as bytes. null if the bytes are no message. */
export function decodeMessage(
  bytes: Uint8Array,
): ReadonlyMap<number, readonly (number | Uint8Array)[]> | null {
  const fields = new Map<number, (number | Uint8Array)[]>()
  let at = 0
  while (at < bytes.length) {
    const tag = decodeVarint(bytes, at)
    if (tag === null) return null
    const field = decodeValue(bytes, tag.next, tag.value % 8)
    if (field === null) return null
    const number = Math.floor(tag.value / 8)
    const values = fields.get(number)
    if (values === undefined) fields.set(number, [field.value])
    else values.push(field.value)
    at = field.next
  }
  return fields
}

type Decoded<T> = { readonly value: T; readonly next: number } | null

function decodeValue(bytes: Uint8Array, at: number, wireType: number): Decoded<number | Uint8Array> {
  if (wireType === VARINT) return decodeVarint(bytes, at)
  if (wireType === FIXED64) return slice(bytes, at, 8)
  if (wireType === FIXED32) return slice(bytes, at, 4)
  if (wireType !== BYTES) return null
  const length = decodeVarint(bytes, at)
  return length === null ? null : slice(bytes, length.next, length.value)
}

function slice(bytes: Uint8Array, at: number, length: number): Decoded<Uint8Array> {
  return at + length > bytes.length ? null : { value: bytes.subarray(at, at + length), next: at + length }
}

/** Numbers beyond 2^53 lose digits; an ONNX file has none that matter here. */
const VARINT_BYTES_MAX = 10

function decodeVarint(bytes: Uint8Array, at: number): Decoded<number> {
  let value = 0
  for (let i = 0; i < VARINT_BYTES_MAX; i++) {
    const byte = bytes[at + i]
    if (byte === undefined) return null
    value += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) return { value, next: at + i + 1 }
  }
  return null
}
