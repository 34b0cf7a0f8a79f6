import { CHAR_BUCKETS_FROM } from './hashing.ts'
import { BYTE_RAISE, type PackedWeights } from './packed-weights.ts'
import type { TextInput } from './text-input.ts'

/** A word, sign or pair says more than a character n-gram: it counts this much more. Chosen on held-out public sets. */
export const WORD_VALUE = 2
const PAIR_MASK = 0x00ff00ff
/** Features added up before a pair could overflow: 16 bits hold 257 bytes, and a word counts for `WORD_VALUE` of them. */
const RUN_MAX = 128

/** Adds up the weights of each head, words `WORD_VALUE` times; `totals` has one number a head. */
export function addUp(packed: PackedWeights, { buckets, draft }: TextInput, totals: Int32Array): void {
  totals.fill(0)
  const before = draft?.before ?? null
  const known = before?.sums.totals.get(packed)
  if (before === null || known === undefined) {
    addFeatures(packed, buckets, { from: 0, end: buckets.length }, totals)
  } else {
    const past = before.input.buckets
    addFeatures(packed, past, { from: before.features, end: past.length }, totals)
    for (let head = 0; head < totals.length; head++) totals[head] = known[head]! - totals[head]!
    addFeatures(packed, buckets, { from: before.features, end: buckets.length }, totals)
  }
  draft?.totals.set(packed, totals.slice())
}

/** Adds the weights of some of the features to `totals`, one number a head. */
export function addFeatures(
  packed: PackedWeights,
  buckets: Int32Array,
  range: { readonly from: number; readonly end: number },
  totals: Int32Array,
): void {
  for (let { from } = range; from < range.end; from += RUN_MAX)
    addRun(packed, buckets, { from, end: Math.min(range.end, from + RUN_MAX) }, { sums: totals, at: 0 })
}

/**
 * As `addUp`, apart for each owner (`TextInput.owners`): `[owner][head]`, and the sum of all in a last row. Rows of weights
 * lie far apart in memory, so they are fetched once, and reasons are made of these sums.
 * @param pieces zeros, `piecesLength` of them
 */
export function addUpPieces(packed: PackedWeights, input: TextInput, pieces: Int32Array): void {
  const { buckets, owners } = input
  const { heads } = packed
  for (let from = recallPieces(packed, input, pieces); from < buckets.length; ) {
    const owner = owners[from]!
    const endMax = Math.min(buckets.length, from + RUN_MAX)
    let end = from + 1
    while (end < endMax && owners[end] === owner) end++
    addRun(packed, buckets, { from, end }, { sums: pieces, at: owner * heads })
    from = end
  }
  const wholeAt = pieces.length - heads
  for (let from = 0; from < wholeAt; from += heads)
    for (let head = 0; head < heads; head++) pieces[wholeAt + head]! += pieces[from + head]!
  input.draft?.pieces.set(packed, pieces)
}

/**
 * Fills in the sums of the words that the draft's text before began with.
 * @returns the first feature that is still to be added up
 */
function recallPieces(packed: PackedWeights, { draft }: TextInput, pieces: Int32Array): number {
  const before = draft?.before ?? null
  const known = before?.sums.pieces.get(packed)
  if (before === null || known === undefined) return 0
  pieces.set(known.subarray(0, 2 * before.words * packed.heads))
  return before.features
}

export function piecesLength({ spans }: TextInput, heads: number): number {
  return (spans.length + 1) * heads
}

/** Adds the weights of at most `RUN_MAX` features to the sums that begin at `into.at`. */
function addRun(
  { integers, width, heads }: PackedWeights,
  buckets: Int32Array,
  { from, end }: { readonly from: number; readonly end: number },
  into: { readonly sums: Int32Array; readonly at: number },
): void {
  const { sums, at } = into
  let raised = (end - from) * BYTE_RAISE
  for (let i = from; i < end; i++) if (buckets[i]! < CHAR_BUCKETS_FROM) raised += BYTE_RAISE
  // One integer of each row after the other: its two sums stay in registers, and the row in the cache.
  for (let k = 0, head = 0; k < width; k++) {
    let evens = 0
    let odds = 0
    for (let i = from; i < end; i++) {
      const bucket = buckets[i]!
      const bytes = integers[bucket * width + k]!
      // Shifted by one, a byte counts twice: `WORD_VALUE`.
      const shift = bucket < CHAR_BUCKETS_FROM ? 1 : 0
      evens += (bytes & PAIR_MASK) << shift
      odds += ((bytes >>> 8) & PAIR_MASK) << shift
    }
    sums[at + head]! += (evens & 0xffff) - raised
    if (++head < heads) sums[at + head]! += (odds & 0xffff) - raised
    if (++head < heads) sums[at + head]! += (evens >>> 16) - raised
    if (++head < heads) sums[at + head]! += (odds >>> 16) - raised
    head++
  }
}
