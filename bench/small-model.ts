import type { Model, Scorer } from '../processors/scorer.ts'

/**
 * The small model of the streaming benchmark: the CRC-32 of every word and of every pair of neighbours picks one of 2^18
 * weights for each of two heads. Its work is fixed by the peers' programs, so that rates compare; it predicts nothing.
 */

export interface SmallPrediction {
  /** 0–10. */
  readonly niceness: number
  /** 0–1. */
  readonly spam: number
}

export const SMALL_MODEL_KIND = 'bench'

const BUCKETS = 1 << 18
const SPACE = 0x20
/** CRC-32 (IEEE 802.3, reflected). */
const CRC_POLYNOMIAL = 0xedb88320
const CRC_START = -1

const crcTable = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ CRC_POLYNOMIAL : crc >>> 1
  return crc
})
const nicenessWeights = pseudoWeights(0x9e3779b1)
const spamWeights = pseudoWeights(0x85ebca77)

/** Scores a text whose words are parted by spaces, in one pass. ASCII only: a code unit is taken for a byte. */
export function predictSmall(text: string): SmallPrediction {
  let niceness = 0
  let spam = 0
  let features = 0
  let word = CRC_START
  let letters = 0
  // Runs beside the word's own checksum: that of the word before, a space, and this word.
  let pair = 0
  let hasWordBefore = false
  for (let at = 0; at <= text.length; at++) {
    const code = at < text.length ? text.charCodeAt(at) : SPACE
    if (code !== SPACE) {
      word = crcStep(word, code)
      if (hasWordBefore) pair = crcStep(pair, code)
      letters++
      continue
    }
    if (letters > 0) {
      const ofWord = bucketOf(word)
      niceness += nicenessWeights[ofWord]!
      spam += spamWeights[ofWord]!
      features++
      if (hasWordBefore) {
        const ofPair = bucketOf(pair)
        niceness += nicenessWeights[ofPair]!
        spam += spamWeights[ofPair]!
        features++
      }
      pair = crcStep(word, SPACE)
      hasWordBefore = true
    }
    word = CRC_START
    letters = 0
  }
  const scale = features === 0 ? 0 : 4 / Math.sqrt(features)
  return { niceness: 10 * sigmoid(niceness * scale), spam: sigmoid(spam * scale) }
}

/** What a score adds to a checksum: both heads, to four decimals. Sums of these are compared with the peers' too. */
export function checksumOf({ niceness, spam }: SmallPrediction): number {
  return Math.round(niceness * 1e4) + Math.round(spam * 1e4)
}

/** One score record an event: niceness as the value, spam as the probability. */
export const smallScorer: Scorer<string, SmallPrediction> = {
  kind: SMALL_MODEL_KIND,
  prepare: content => ({ status: 'READY', input: content.text, language: null }),
  decide: (_content, _input, { niceness, spam }) => ({
    value: niceness,
    label: niceness >= 5 ? 'nice' : 'unkind',
    probability: spam,
    reasons: [],
  }),
}

/** @param version appears in every score, so that the scores of one run can be told from those of another */
export function smallModel(version: string): Model<string, SmallPrediction> {
  return {
    card: { kind: SMALL_MODEL_KIND, version, settings: {} },
    predict: texts => texts.map(predictSmall),
    close: async () => {},
  }
}

function crcStep(crc: number, byte: number): number {
  return crcTable[(crc ^ byte) & 255]! ^ (crc >>> 8)
}

function bucketOf(crc: number): number {
  return ~crc & (BUCKETS - 1)
}

function pseudoWeights(multiplier: number): Float32Array {
  return Float32Array.from(
    { length: BUCKETS },
    (_, bucket) => (Math.imul(bucket, multiplier) >>> 16) / 65536 - 0.5,
  )
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x))
}
