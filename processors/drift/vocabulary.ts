import { MIX, wordHash } from '../text/hashing.ts'
import { shareEdges, type WatchedFeature } from './declared-features.ts'

/**
 * The words a model version was trained on, as a Bloom filter (Bloom 1970; two hashes stand for all, Kirsch & Mitzenmacher 2006): a word
 * that was learned is always known, one that was not passes for known with a chance of at most 1 %. It holds no list of
 * words: only whether a given one was learned can be asked.
 */
export interface Vocabulary {
  /** Words it was made of. */
  readonly words: number
  /** Whether a word, as `termsOf` gives it, was learned; a digit counts as any digit. */
  has(term: string): boolean
}

/** As it lies in a version's folder. */
export interface StoredVocabulary {
  readonly words: number
  /** The bits in base64, the lowest of a byte first; a power of two of them. */
  readonly bits: string
}

/** With these many words the filter takes 128 KiB; of more, the most frequent are kept. */
export const VOCABULARY_WORDS_MAX = 100_000
const BITS_A_WORD = 10
const PROBES = 5
const BITS_MIN = 1 << 10
const BITS_MAX = 1 << 20

export function createVocabulary(words: readonly string[]): StoredVocabulary {
  let size = BITS_MIN
  while (size < words.length * BITS_A_WORD && size < BITS_MAX) size *= 2
  return withWords({ words: 0, bits: Buffer.alloc(size / 8).toString('base64') }, words)
}

/** The vocabulary with words that were learned since; the filter keeps its size, so many of them make it say known too often. */
export function withWords(before: StoredVocabulary, words: readonly string[]): StoredVocabulary {
  const bits = Buffer.from(before.bits, 'base64')
  const size = bits.length * 8
  for (const word of words) {
    const hash = wordHash(word)
    const stride = strideOf(hash)
    for (let probe = 0, at = startOf(hash); probe < PROBES; probe++, at += stride) {
      const bit = at & (size - 1)
      bits[bit >>> 3]! |= 1 << (bit & 7)
    }
  }
  return { words: before.words + words.length, bits: bits.toString('base64') }
}

/** @returns null where the bits are none of ours */
export function openVocabulary({ words, bits }: StoredVocabulary): Vocabulary | null {
  // A buffer of its own: slices of a shared pool are slower to read.
  const bytes = Uint8Array.from(Buffer.from(bits, 'base64'))
  const size = bytes.length * 8
  if (size < BITS_MIN || size > BITS_MAX || (size & (size - 1)) !== 0) return null
  const mask = size - 1
  return {
    words,
    has(term) {
      const hash = wordHash(term)
      const stride = strideOf(hash)
      for (let probe = 0, at = startOf(hash); probe < PROBES; probe++, at += stride) {
        const bit = at & mask
        if ((bytes[bit >>> 3]! & (1 << (bit & 7))) === 0) return false
      }
      return true
    },
  }
}

function startOf(hash: number): number {
  return Math.imul(hash ^ (hash >>> 15), MIX) >>> 1
}

function strideOf(hash: number): number {
  return (Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35) >>> 8) | 1
}

/** Mentions are none: whom people speak to is new every day, and names belong into no model's folder. Pairs of neighbours are two. */
export function isWord(term: string): boolean {
  return term.charCodeAt(0) !== MENTION && !term.includes(' ')
}

const MENTION = 0x40

export const unknownWords: WatchedFeature = {
  name: 'unknownWords',
  description: 'Share of the distinct words, mentions aside, that the model was not trained on.',
  edges: shareEdges(),
}

/** NaN for a text without words, and where it is not known what the version was trained on. */
export function unknownShare(terms: ReadonlySet<string>, vocabulary: Vocabulary | undefined): number {
  if (vocabulary === undefined) return Number.NaN
  let words = 0
  let unknown = 0
  for (const term of terms) {
    if (!isWord(term)) continue
    words++
    if (!vocabulary.has(term)) unknown++
  }
  return words === 0 ? Number.NaN : unknown / words
}
