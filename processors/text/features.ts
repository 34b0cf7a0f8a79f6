import { FOREIGN, LATIN, SPACE, unitClass } from './characters.ts'
import { createNormalisedText, type NormalisedText, normaliseInto } from './normalise.ts'

/** What of a text becomes features. A model states the settings it was trained with; they must be these. */
export interface FeatureSettings {
  /** A power of two. */
  readonly buckets: number
  readonly wordNgrams: readonly number[]
  /** Character n-grams within words, their edges marked. */
  readonly charNgrams: readonly number[]
  /** Raised whenever the same text would get other features. */
  readonly revision: number
}

const BUCKET_BITS = 18

export const featureSettings = {
  buckets: 1 << BUCKET_BITS,
  wordNgrams: [1, 2],
  charNgrams: [3, 4, 5],
  revision: 1,
} as const satisfies FeatureSettings

/** A text as the hashed linear family reads it. */
export interface TextInput {
  /** The distinct features, in order of first occurrence; each counts once (binary). */
  readonly buckets: Int32Array
  /** For each feature the word it first occurs in, times two; plus one if it spans that word and the one before. */
  readonly owners: Int32Array
  /** Start and end (exclusive) of each word, in UTF-16 code units of the author's text. */
  readonly spans: Uint32Array
  /** Letters and digits the models know, and letters of other scripts. */
  readonly latinLetters: number
  readonly foreignLetters: number
}

const CHAR_NGRAM_MIN = featureSettings.charNgrams[0]
const CHAR_NGRAM_MAX = featureSettings.charNgrams.at(-1)!
/** Only the start of a very long word gives character n-grams; the rest is noise, or an attack. */
const WORD_UNITS_MAX = 40

// One seed for each sort of feature, so that a word and a character n-gram of the same letters differ. Any odd numbers do.
const WORD_SEED = 0x2f0b4c47
const PAIR_SEED = 0x5d1e93a9
const CHAR_SEED = 0x71c9a63b
/** FNV-1a's prime (Fowler, Noll, Vo), and a multiplier of Murmur3's finaliser. */
const FNV_PRIME = 0x01000193
const MIX = 0x85ebca6b

const EDGE = 0x1f
const APOSTROPHE = 0x27
const DIGIT_0 = 0x30
const DIGIT_9 = 0x39

/**
 * Makes a reader of features. A reader keeps its buffers between texts, so it is not shared between threads; what it
 * returns is the caller's. Time and memory are linear in the text. Features: words, signs, pairs of neighbours, and
 * character n-grams within words, hashed (Weinberger et al. 2009); a digit counts as any digit.
 */
export function createFeatureReader(): (text: string) => TextInput {
  const normalised = createNormalisedText()
  const features = createFeatureBuffer()
  return text => {
    normaliseInto(normalised, text)
    features.clear()
    let previous = 0
    for (let start = 0; start < normalised.length; ) {
      const end = wordEnd(normalised, start)
      if (end === 0) {
        start++
        continue
      }
      previous = addWord(features, normalised, start, end, previous)
      start = end
    }
    return features.take()
  }
}

/** The end of the word or run of equal signs that begins at `start`; 0 if none begins there. */
function wordEnd({ codes, length }: NormalisedText, start: number): number {
  const first = codes[start]!
  const kind = unitClass(first)
  if (kind === SPACE) return 0
  let end = start + 1
  if (kind === LATIN || kind === FOREIGN) {
    while (end < length && isInsideWord(codes, end, length)) end++
  } else if (first >= 0xd800 && first <= 0xdbff) {
    if (end < length && codes[end]! >= 0xdc00 && codes[end]! <= 0xdfff) end++
  } else {
    while (end < length && codes[end] === first) end++
  }
  return end
}

function isInsideWord(codes: Uint16Array, at: number, length: number): boolean {
  if (unitClass(codes[at]!) >= LATIN) return true
  return codes[at] === APOSTROPHE && at + 1 < length && unitClass(codes[at + 1]!) >= LATIN
}

/** Adds all features of a word and its pair with the word before; returns the word's hash for the next pair. */
function addWord(
  into: FeatureBuffer,
  text: NormalisedText,
  start: number,
  end: number,
  previous: number,
): number {
  const { codes } = text
  const word = into.beginWord(text.starts[start]!, text.ends[end - 1]!)
  const isLetters = unitClass(codes[start]!) >= LATIN
  let hash = WORD_SEED
  for (let i = start; i < end; i++) {
    const code = codes[i]!
    hash = Math.imul(hash ^ (code >= DIGIT_0 && code <= DIGIT_9 ? DIGIT_0 : code), FNV_PRIME)
    if (isLetters) into.countLetter(unitClass(code))
  }
  into.add(bucketOf(hash), word << 1)
  if (word > 0) into.add(bucketOf(Math.imul(previous ^ PAIR_SEED, MIX) ^ hash), (word << 1) | 1)
  if (isLetters) addCharNgrams(into, codes, start, Math.min(end, start + WORD_UNITS_MAX), word << 1)
  return hash
}

/** The word that is read, as hashed: an edge mark, its letters with every digit as one, an edge mark. */
const marked = new Int32Array(WORD_UNITS_MAX + 2)

/** N-grams of the word with an edge mark before and behind. */
function addCharNgrams(
  into: FeatureBuffer,
  codes: Uint16Array,
  start: number,
  end: number,
  owner: number,
): void {
  const last = end - start + 1
  marked[0] = EDGE
  for (let at = 1; at < last; at++) {
    const code = codes[start + at - 1]!
    marked[at] = code >= DIGIT_0 && code <= DIGIT_9 ? DIGIT_0 : code
  }
  marked[last] = EDGE
  for (let from = 0; from + CHAR_NGRAM_MIN - 1 <= last; from++) {
    let hash = CHAR_SEED
    for (let at = from; at < from + CHAR_NGRAM_MIN - 1; at++) hash = Math.imul(hash ^ marked[at]!, FNV_PRIME)
    const longest = Math.min(from + CHAR_NGRAM_MAX - 1, last)
    for (let at = from + CHAR_NGRAM_MIN - 1; at <= longest; at++) {
      hash = Math.imul(hash ^ marked[at]!, FNV_PRIME)
      into.add(bucketOf(hash), owner)
    }
  }
}

/** FNV's low bits mix well and its high bits late, so a round of Murmur's finaliser comes before the top bits are taken. */
function bucketOf(hash: number): number {
  return Math.imul(hash ^ (hash >>> 15), MIX) >>> (32 - BUCKET_BITS)
}

interface FeatureBuffer {
  clear(): void
  beginWord(start: number, end: number): number
  countLetter(kind: number): void
  add(bucket: number, owner: number): void
  take(): TextInput
}

/** Units of a slab: room for some hundred texts. An array of its own for each text costs more than reading the text. */
const SLAB_UNITS = 1 << 16

function createFeatureBuffer(): FeatureBuffer {
  // `seen[bucket]` is the number of the last text that had it. Numbers of one byte keep the table in the processor's
  // cache, and it is erased only when they are used up.
  const seen = new Uint8Array(featureSettings.buckets)
  let textNumber = 0
  // The features of the text that is read lie from `from` on in slabs that it shares with those before it.
  let buckets = new Int32Array(SLAB_UNITS)
  let owners = new Int32Array(SLAB_UNITS)
  let from = 0
  let count = 0
  let spans = new Uint32Array(SLAB_UNITS)
  let spansFrom = 0
  let words = 0
  let latinLetters = 0
  let foreignLetters = 0

  return {
    clear() {
      textNumber = (textNumber + 1) & 0xff
      if (textNumber === 0) {
        seen.fill(0)
        textNumber = 1
      }
      count = 0
      words = 0
      latinLetters = 0
      foreignLetters = 0
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
    countLetter(kind) {
      if (kind === LATIN) latinLetters++
      else if (kind === FOREIGN) foreignLetters++
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
    take() {
      const input = {
        buckets: buckets.subarray(from, from + count),
        owners: owners.subarray(from, from + count),
        spans: spans.subarray(spansFrom, spansFrom + 2 * words),
        latinLetters,
        foreignLetters,
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
