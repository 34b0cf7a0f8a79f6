/** One seed for each sort of feature, so that a word and a character n-gram of the same letters differ. Any odd do. */
export const WORD_SEED = 0x2f0b4c47
export const PAIR_SEED = 0x5d1e93a9
export const CHAR_SEED = 0x71c9a63b
export const HOST_SEED = 0x1b873593
/** FNV-1a's prime (Fowler, Noll, Vo), and a multiplier of Murmur3's finaliser. */
export const FNV_PRIME = 0x01000193
export const MIX = 0x85ebca6b
/** The other multiplier of Murmur3's finaliser. */
const MIX_AGAIN = 0xc2b2ae35

export const BUCKET_BITS = 18

const DIGIT_0 = 0x30

/** The unit as it is hashed: a digit counts as any digit. */
export function hashedUnit(code: number): number {
  return code >= DIGIT_0 && code <= 0x39 ? DIGIT_0 : code
}

/** The hash a normalised word has as a token; for lists of words. */
export function wordHash(word: string): number {
  let hash = WORD_SEED
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ hashedUnit(word.charCodeAt(i)), FNV_PRIME)
  return hash
}

/** Words, signs and pairs of them have the lower half of the buckets, character n-grams the upper one. */
export const CHAR_BUCKETS_FROM = 1 << (BUCKET_BITS - 1)

/** FNV's low bits mix well and its high bits late, so a round of Murmur's finaliser comes before the top bits are taken. */
export function wordBucketOf(hash: number): number {
  return Math.imul(hash ^ (hash >>> 15), MIX) >>> (33 - BUCKET_BITS)
}

/** As `wordBucketOf`, in the half of character n-grams. */
export function charBucketOf(hash: number): number {
  return CHAR_BUCKETS_FROM | wordBucketOf(hash)
}

/** A number from 0 to below 1 that stands for an id: ids alike but for a digit have ones that have nothing in common. */
export function drawOf(id: string): number {
  let hash = WORD_SEED
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), FNV_PRIME)
  hash = Math.imul(hash ^ (hash >>> 16), MIX)
  hash = Math.imul(hash ^ (hash >>> 13), MIX_AGAIN)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}

/** A set of word hashes that says no quickly: most words of a text are in none of our lists. */
export class HashTable {
  private readonly values = new Map<number, number>()
  private readonly maybe = new Uint8Array(1 << 12)

  /** Adds words, separated by white space, with a value of their own above 0. */
  add(words: string, value: number): void {
    for (const word of words.split(/\s+/)) {
      if (word === '') continue
      const hash = wordHash(word)
      this.values.set(hash, value)
      this.maybe[hash >>> 20] = 1
    }
  }

  /** The value of a word by its hash; 0 for a word that was not added. */
  get(hash: number): number {
    return this.maybe[hash >>> 20] === 0 ? 0 : (this.values.get(hash) ?? 0)
  }
}
