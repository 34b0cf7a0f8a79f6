import { hashId } from '../../schemas/ids.ts'

/** A longer key is kept as a hash of it, so that memory is bounded whatever ids a platform has. */
const KEY_UNITS_MAX = 100

/**
 * What the last records of a partition said, by key. Whatever lies `offsets` or more before a record is forgotten, and nothing
 * else is: what is remembered at an offset follows from that many records before it, and from no others. So a process that reads
 * these again after a restart remembers exactly what the one before it did.
 */
export class RecentOffsets<Value> {
  /** How far back it remembers; it holds fewer than twice as many entries. */
  readonly offsets: number
  /** In the order of their offsets. */
  private readonly entries = new Map<string, { readonly offset: number; readonly value: Value }>()

  constructor(offsets: number) {
    this.offsets = offsets
  }

  get size(): number {
    return this.entries.size
  }

  /** What was set last under the key, within `offsets` before `offset`; undefined for nothing. */
  get(key: readonly string[], offset: number): Value | undefined {
    const entry = this.entries.get(keyOf(key))
    return entry === undefined || entry.offset <= offset - this.offsets ? undefined : entry.value
  }

  /** Offsets come in the order of the log. */
  set(key: readonly string[], offset: number, value: Value): void {
    const name = keyOf(key)
    this.entries.delete(name)
    this.entries.set(name, { offset, value })
    // Not one by one: a map is slow at its front, where entries were deleted.
    if (this.entries.size < 2 * this.offsets) return
    for (const [oldest, entry] of this.entries) {
      if (entry.offset > offset - this.offsets) return
      this.entries.delete(oldest)
    }
  }

  /** From where a step must read again that has committed up to here. */
  resumeFrom(committed: number): number {
    return Math.max(0, committed - this.offsets)
  }
}

function keyOf(parts: readonly string[]): string {
  const key = parts.join('\0')
  return key.length <= KEY_UNITS_MAX ? key : hashId([key])
}
