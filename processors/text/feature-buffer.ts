import { BUCKET_BITS } from './hashing.ts'

/** Collects the features of one text after the other. */
export interface FeatureBuffer {
  clear(): void
  beginWord(start: number, end: number): number
  add(bucket: number, owner: number): void
  /** Distinct features so far. */
  count(): number
  take(): Features
}

/** The distinct features of a text, their owners, and the spans of its words. */
export interface Features {
  readonly buckets: Int32Array
  readonly owners: Int32Array
  readonly spans: Uint32Array
}

/** Units of a slab: room for some hundred texts. An array of its own for each text costs more than reading the text. */
const SLAB_UNITS = 1 << 16

export function createFeatureBuffer(): FeatureBuffer {
  // `seen[bucket]` is the number of the last text that had it. Numbers of one byte keep the table in the processor's
  // cache, and it is erased only when they are used up.
  const seen = new Uint8Array(1 << BUCKET_BITS)
  let textNumber = 0
  // The features of the text that is read lie from `from` on in slabs that it shares with those before it.
  let buckets = new Int32Array(SLAB_UNITS)
  let owners = new Int32Array(SLAB_UNITS)
  let from = 0
  let count = 0
  let spans = new Uint32Array(SLAB_UNITS)
  let spansFrom = 0
  let words = 0

  return {
    clear() {
      textNumber = (textNumber + 1) & 0xff
      if (textNumber === 0) {
        seen.fill(0)
        textNumber = 1
      }
      count = 0
      words = 0
    },
    beginWord(start, end) {
      let at = spansFrom + 2 * words
      if (at + 2 > spans.length) {
        spans = renewed(spans, { from: spansFrom, count: 2 * words, make: length => new Uint32Array(length) })
        spansFrom = 0
        at = 2 * words
      }
      spans[at] = start
      spans[at + 1] = end
      return words++
    },
    add(bucket, owner) {
      if (seen[bucket] === textNumber) return
      seen[bucket] = textNumber
      if (from + count === buckets.length) {
        const rest = { from, count, make: (length: number) => new Int32Array(length) }
        buckets = renewed(buckets, rest)
        owners = renewed(owners, rest)
        from = 0
      }
      buckets[from + count] = bucket
      owners[from + count++] = owner
    },
    count: () => count,
    take() {
      const input = {
        buckets: buckets.subarray(from, from + count),
        owners: owners.subarray(from, from + count),
        spans: spans.subarray(spansFrom, spansFrom + 2 * words),
      }
      from += count
      spansFrom += 2 * words
      return input
    },
  }
}

/** A new slab that begins with what the present text has so far; larger than usual for a very long text. */
function renewed<A extends Int32Array | Uint32Array>(
  slab: A,
  { from, count, make }: { from: number; count: number; make: (length: number) => A },
): A {
  const next = make(Math.max(SLAB_UNITS, 2 * count))
  next.set(slab.subarray(from, from + count))
  return next
}
