/** Kafka's variable-length numbers and length-prefixed fields: zigzagged, seven bits a byte, lowest first. */

/** Numbers, not 32-bit integers: timestamp deltas may be longer than 31 bits. */
export function zigzag(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1
}

export function varintSize(unsigned: number): number {
  return unsigned < 0x80
    ? 1
    : unsigned < 0x4000
      ? 2
      : unsigned < 0x200000
        ? 3
        : unsigned < 0x10000000
          ? 4
          : varlongSize(unsigned)
}

export function varlongSize(unsigned: number): number {
  let size = 1
  for (let rest = unsigned; rest >= 0x80; rest = Math.floor(rest / 128)) size++
  return size
}

export function bytesSize(value: Buffer | null): number {
  return value === null ? 1 : varintSize(value.length * 2) + value.length
}

/** Below this a loop beats the call into native code that `Buffer.copy` makes. */
const COPY_BY_LOOP_BYTES = 48

export class ByteWriter {
  readonly buffer: Buffer
  private at: number

  constructor(buffer: Buffer, at: number) {
    this.buffer = buffer
    this.at = at
  }

  byte(value: number): void {
    this.buffer[this.at++] = value
  }

  /** An already zigzagged number. */
  varint(unsigned: number): void {
    let rest = unsigned
    while (rest > 0x7fffffff) {
      this.buffer[this.at++] = (rest % 128) | 0x80
      rest = Math.floor(rest / 128)
    }
    while (rest >= 0x80) {
      this.buffer[this.at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.buffer[this.at++] = rest
  }

  /** A length and the bytes; −1 for null. */
  bytes(value: Buffer | null): void {
    if (value === null) {
      this.buffer[this.at++] = 1
      return
    }
    this.varint(value.length * 2)
    if (value.length < COPY_BY_LOOP_BYTES)
      for (let index = 0; index < value.length; index++) this.buffer[this.at + index] = value[index]!
    else this.buffer.set(value, this.at)
    this.at += value.length
  }
}

export class ByteReader {
  at = 0
  fieldAt = 0
  private readonly buffer: Buffer

  constructor(buffer: Buffer) {
    this.buffer = buffer
  }

  varint(): number {
    const first = this.buffer[this.at++]!
    if (first < 0x80) return (first >>> 1) ^ -(first & 1)
    let value = first & 0x7f
    let factor = 128
    for (;;) {
      const byte = this.buffer[this.at++]
      if (byte === undefined) throw new Error('record batch ends within a number')
      value += (byte & 0x7f) * factor
      if (byte < 0x80) break
      factor *= 128
    }
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2
  }

  bytes(): Buffer | null {
    const end = this.skipBytes()
    return end < this.fieldAt ? null : this.buffer.subarray(this.fieldAt, end)
  }

  /** Passes over a field, which begins at `fieldAt`; returns where it ends: before it begins, if it is null. */
  skipBytes(): number {
    const length = this.varint()
    this.fieldAt = this.at
    if (length < 0) return this.at - 1
    const end = this.at + length
    if (end > this.buffer.length) throw new Error('record batch ends within a field')
    this.at = end
    return end
  }
}
