import { LATIN, unitClass } from './characters.ts'
import { createFeatureBuffer, type FeatureBuffer } from './feature-buffer.ts'
import {
  BUCKET_BITS,
  CHAR_SEED,
  charBucketOf,
  FNV_PRIME,
  HOST_SEED,
  hashedUnit,
  MIX,
  PAIR_SEED,
  WORD_SEED,
  wordBucketOf,
} from './hashing.ts'
import { mergeIdentityTerms } from './identity-terms.ts'
import { createNormalisedText, type NormalisedText, normaliseInto } from './normalise.ts'
import { countSignals, createSignalCounts, fillSignals, type SignalCounts, signalNames } from './signals.ts'
import type { TextInput } from './text-input.ts'
import { createTokens, NUMBER, readTokens, type Tokens, URL_TOKEN } from './tokens.ts'
import { hasHiddenDisguise } from './unmask.ts'

/** What of a text becomes features. A model states the settings it was trained with; they must be these. */
export interface FeatureSettings {
  /** A power of two. */
  readonly buckets: number
  readonly wordNgrams: readonly number[]
  /** Character n-grams within words, their edges marked. */
  readonly charNgrams: readonly number[]
  /** Names of the signals in `TextInput.dense`, in order. */
  readonly dense: readonly string[]
  /** Raised whenever the same text would get other features. */
  readonly revision: number
}

export const featureSettings = {
  buckets: 1 << BUCKET_BITS,
  wordNgrams: [1, 2],
  charNgrams: [3, 4, 5],
  dense: signalNames,
  revision: 2,
} as const satisfies FeatureSettings

const CHAR_NGRAM_MIN = featureSettings.charNgrams[0]
const CHAR_NGRAM_MAX = featureSettings.charNgrams.at(-1)!
/** Only the start of a very long word gives character n-grams; the rest is noise, or an attack. */
const WORD_UNITS_MAX = 40
/** Only so many labels of a host are features. */
const HOST_LABELS_MAX = 8

const EDGE = 0x1f

/**
 * Makes a reader of features. A reader keeps its buffers between texts, so it is not shared between threads; what it
 * returns is the caller's. Time and memory are linear in the text. Features: words, signs, pairs of neighbours, and
 * character n-grams within words, hashed (Weinberger et al. 2009); a digit counts as any digit, a URL, an e-mail address
 * or a mention as any other, and so does the name of a group of people.
 */
export function createFeatureReader(): (text: string) => TextInput {
  const reader = createPartReader()
  return text => {
    reader.begin()
    reader.readPart(text, 0)
    return reader.take(text)
  }
}

/** How far a text has been read. */
export interface Progress {
  /** UTF-16 units of the author's text. */
  readonly at: number
  readonly words: number
  readonly features: number
  /** Of the token that was read last. */
  readonly lastHash: number
  readonly counts: SignalCounts
  readonly latinLetters: number
  readonly foreignLetters: number
  /** Parts that are suspected of disguises, and parts that are not and hold a hidden one. */
  readonly suspected: number
  readonly hiding: number
}

/**
 * Reads a text part by part. Where parts begin must not change how either is read (`partEnds`, `isTornApart`); then the features are
 * those of the whole.
 */
export interface PartReader {
  begin(): void
  /** Begins with what was read of a text before. */
  resume(input: TextInput, from: Progress): void
  /** @param at where the part begins in the author's text */
  readPart(part: string, at: number): void
  progress(): Progress
  /** Whether a disguise in one part makes another part's words be read otherwise in the whole text than alone. */
  isTornApart(): boolean
  /** What was read since `begin`. @param text all of it */
  take(text: string): TextInput
}

export function createPartReader(): PartReader {
  const normalised = createNormalisedText()
  const tokens = createTokens()
  const features = createFeatureBuffer()
  let counts = createSignalCounts()
  let at = 0
  let words = 0
  let lastHash = 0
  let latinLetters = 0
  let foreignLetters = 0
  let suspected = 0
  let hiding = 0
  let isLastJudged = true

  /** Only texts of several parts pay for this look. */
  function judgeLastPart(): void {
    if (isLastJudged) return
    isLastJudged = true
    if (normalised.isSuspected) suspected++
    else if (hasHiddenDisguise(normalised)) hiding++
  }

  function begin(): void {
    features.clear()
    counts = createSignalCounts()
    at = 0
    words = 0
    latinLetters = 0
    foreignLetters = 0
    suspected = 0
    hiding = 0
    isLastJudged = true
  }

  return {
    begin,
    resume({ buckets, owners, spans }, from) {
      begin()
      for (let word = 0; word < from.words; word++) features.beginWord(spans[2 * word]!, spans[2 * word + 1]!)
      for (let i = 0; i < from.features; i++) features.add(buckets[i]!, owners[i]!)
      counts = { ...from.counts }
      ;({ at, words, lastHash, latinLetters, foreignLetters, suspected, hiding } = from)
    },
    readPart(part, partAt) {
      judgeLastPart()
      normaliseInto(normalised, part)
      isLastJudged = false
      readTokens(tokens, normalised)
      mergeIdentityTerms(tokens, normalised)
      for (let token = 0; token < tokens.count; token++) {
        const hash = tokens.hashes[token]!
        const start = normalised.starts[tokens.starts[token]!]! + partAt
        const owner = features.beginWord(start, normalised.ends[tokens.ends[token]! - 1]! + partAt) << 1
        features.add(wordBucketOf(hash), owner)
        if (owner > 0) features.add(wordBucketOf(Math.imul(lastHash ^ PAIR_SEED, MIX) ^ hash), owner | 1)
        addPieces(features, normalised, tokens, { token, owner })
        lastHash = hash
      }
      countSignals(counts, tokens, normalised, part)
      at = partAt + part.length
      words += tokens.count
      latinLetters += tokens.latinLetters
      foreignLetters += tokens.foreignLetters
    },
    progress() {
      judgeLastPart()
      return {
        at,
        words,
        features: features.count(),
        lastHash,
        counts: { ...counts },
        latinLetters,
        foreignLetters,
        suspected,
        hiding,
      }
    },
    isTornApart() {
      judgeLastPart()
      return suspected > 0 && hiding > 0
    },
    take(text) {
      const dense = new Float32Array(signalNames.length)
      fillSignals(dense, counts)
      const { buckets, owners, spans } = features.take()
      return { text, buckets, owners, spans, dense, latinLetters, foreignLetters }
    },
  }
}

/** Adds the features within a token. */
function addPieces(
  into: FeatureBuffer,
  text: NormalisedText,
  tokens: Tokens,
  { token, owner }: { readonly token: number; readonly owner: number },
): void {
  const kind = tokens.kinds[token]!
  const start = tokens.starts[token]!
  if (kind <= NUMBER)
    addCharNgrams(into, text.codes, {
      start,
      end: Math.min(tokens.ends[token]!, start + WORD_UNITS_MAX),
      owner,
    })
  else if (kind === URL_TOKEN)
    addHost(into, text.codes, { start: tokens.hostStarts[token]!, end: tokens.hostEnds[token]!, owner })
}

/** The names in a URL's host, and their character n-grams. The path says little, and rarely the same twice. */
function addHost(into: FeatureBuffer, codes: Uint16Array, { start, end, owner }: Piece): void {
  let from = start
  for (let label = 0; label < HOST_LABELS_MAX && from < end; label++) {
    let to = from
    let hash = WORD_SEED ^ HOST_SEED
    for (; to < end && unitClass(codes[to]!) >= LATIN; to++)
      hash = Math.imul(hash ^ hashedUnit(codes[to]!), FNV_PRIME)
    if (to > from) {
      into.add(wordBucketOf(hash), owner)
      addCharNgrams(into, codes, { start: from, end: Math.min(to, from + WORD_UNITS_MAX), owner })
    }
    from = to + 1
  }
}

interface Piece {
  readonly start: number
  readonly end: number
  readonly owner: number
}

/** The word that is read, as hashed: an edge mark, its letters with every digit as one, an edge mark. */
const marked = new Int32Array(WORD_UNITS_MAX + 2)

/** N-grams of the word with an edge mark before and behind. */
function addCharNgrams(into: FeatureBuffer, codes: Uint16Array, { start, end, owner }: Piece): void {
  const last = end - start + 1
  marked[0] = EDGE
  for (let at = 1; at < last; at++) marked[at] = hashedUnit(codes[start + at - 1]!)
  marked[last] = EDGE
  for (let from = 0; from + CHAR_NGRAM_MIN - 1 <= last; from++) {
    let hash = CHAR_SEED
    for (let at = from; at < from + CHAR_NGRAM_MIN - 1; at++) hash = Math.imul(hash ^ marked[at]!, FNV_PRIME)
    const longest = Math.min(from + CHAR_NGRAM_MAX - 1, last)
    for (let at = from + CHAR_NGRAM_MIN - 1; at <= longest; at++) {
      hash = Math.imul(hash ^ marked[at]!, FNV_PRIME)
      into.add(charBucketOf(hash), owner)
    }
  }
}
