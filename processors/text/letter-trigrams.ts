import { data } from 'franc-min/data.js'

/**
 * How far a text is from languages of Latin letters, by the ranks of its letter trigrams (Cavnar and Trenkle 1994). Models and numbers
 * are those of franc-min, which takes eight times as long: it makes objects of strings of every text, and every kind asks of
 * every text that its words leave in doubt.
 */

/** A trigram that a language does not have is so far from it; ranks end here. */
const DISTANCE_MAX = 300
/** Of longer texts the first units tell. */
const UNITS_MAX = 500
/** Slots of a text's own trigrams, a power of two: twice as many as a text has at most. */
const TEXT_SLOTS = 1 << 11
/** Slots of the languages' trigrams, a power of two: more than twice as many as there are. */
const MODEL_SLOTS = 1 << 14

const SPACE = 0x20
/** Signs and digits from here to below `SIGNS_END` part words. */
const SIGNS_FROM = 0x21
const SIGNS_END = 0x41

export interface TrigramReader {
  /**
   * How near each language is, in the order they were asked for: 1 the nearest, less the others. As franc has it for a text whose
   * letters are Latin, all equal where it has none; the numbers hold until the next text is read.
   */
  read(text: string): Float64Array
}

/** @param languages by ISO 639-3, of those that franc-min has models of Latin letters of */
export function createTrigramReader(languages: readonly string[]): TrigramReader {
  const models = readModels(languages)
  const nearness = new Float64Array(languages.length)
  const distances = new Int32Array(languages.length)
  const codes = new Uint16Array(UNITS_MAX + 2)
  // A text's trigrams: where each begins in `codes`, and how often it occurs. Slots of an earlier text have an older stamp.
  const starts = new Int32Array(TEXT_SLOTS)
  const counts = new Int32Array(TEXT_SLOTS)
  const stamps = new Int32Array(TEXT_SLOTS)
  const used = new Int32Array(UNITS_MAX + 2)
  let stamp = 0

  /** @returns how many slots of `used` are taken */
  const countTrigrams = (length: number): number => {
    // Around the end like the stamps in the slots: 2^31 texts are a month of a busy platform.
    stamp = (stamp + 1) | 0
    let distinct = 0
    for (let at = 0; at + 2 < length; at++) {
      const first = codes[at]!
      const second = codes[at + 1]!
      const third = codes[at + 2]!
      let slot = hashOf(first, second, third) & (TEXT_SLOTS - 1)
      while (stamps[slot] === stamp) {
        const from = starts[slot]!
        if (codes[from] === first && codes[from + 1] === second && codes[from + 2] === third) break
        slot = (slot + 1) & (TEXT_SLOTS - 1)
      }
      if (stamps[slot] !== stamp) {
        stamps[slot] = stamp
        starts[slot] = at
        counts[slot] = 0
        used[distinct++] = slot
      }
      counts[slot]!++
    }
    return distinct
  }

  const addDistances = (distinct: number): void => {
    const { ranks } = models
    const languageCount = distances.length
    let unknown = 0
    distances.fill(0)
    for (let i = 0; i < distinct; i++) {
      const slot = used[i]!
      const from = starts[slot]!
      const count = counts[slot]!
      const row = models.rowOf(codes[from]!, codes[from + 1]!, codes[from + 2]!)
      const ranksAt = row * languageCount
      if (row < 0) unknown++
      // Most occur once, and are as far as their rank says: `NO_RANK` too.
      else if (count === 1)
        for (let language = 0; language < languageCount; language++)
          distances[language]! += ranks[ranksAt + language]!
      else
        for (let language = 0; language < languageCount; language++) {
          const rank = ranks[ranksAt + language]!
          distances[language]! += rank === NO_RANK ? DISTANCE_MAX : Math.abs(count - rank - 1)
        }
    }
    for (let language = 0; language < languageCount; language++)
      distances[language]! += unknown * DISTANCE_MAX
  }

  return {
    read(text) {
      const read = text.slice(0, UNITS_MAX)
      const length = fillCodes(codes, read.toLowerCase())
      if (length === 1) return nearness.fill(1)
      const distinct = countTrigrams(length)
      addDistances(distinct)
      let least = distances[0]!
      for (let language = 1; language < distances.length; language++)
        least = Math.min(least, distances[language]!)
      const most = read.length * DISTANCE_MAX - least
      for (let language = 0; language < distances.length; language++)
        nearness[language] = 1 - (distances[language]! - least) / most || 0
      return nearness
    },
  }
}

/** Words in small letters with one blank between, before and after. @returns how many codes */
function fillCodes(codes: Uint16Array, text: string): number {
  let length = 0
  codes[length++] = SPACE
  for (let at = 0; at < text.length && length < codes.length - 1; at++) {
    const unit = text.charCodeAt(at)
    const parts = (unit >= SIGNS_FROM && unit < SIGNS_END) || isSpace(unit)
    if (!parts) codes[length++] = unit
    else if (codes[length - 1] !== SPACE) codes[length++] = SPACE
  }
  if (codes[length - 1] !== SPACE) codes[length++] = SPACE
  return length
}

function isSpace(unit: number): boolean {
  return (
    unit === SPACE ||
    (unit >= 0x09 && unit <= 0x0d) ||
    unit === 0xa0 ||
    (unit >= 0x1680 && OTHER_SPACES.includes(unit))
  )
}

const OTHER_SPACES = [0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff].concat(
  Array.from({ length: 11 }, (_, i) => 0x2000 + i),
)

/** Of a trigram that a language does not have. */
const NO_RANK = DISTANCE_MAX

interface TrigramModels {
  /** `[row][language]`. */
  readonly ranks: Uint16Array
  /** -1 where no language has the trigram. */
  rowOf(first: number, second: number, third: number): number
}

function readModels(languages: readonly string[]): TrigramModels {
  const keys = new Float64Array(MODEL_SLOTS).fill(-1)
  const rows = new Int32Array(MODEL_SLOTS)
  const ranks: number[] = []
  /** Of the trigram, or the free one that it would take. */
  const slotOf = (first: number, second: number, third: number) => {
    const key = keyOf(first, second, third)
    let slot = hashOf(first, second, third) & (MODEL_SLOTS - 1)
    while (keys[slot] !== -1 && keys[slot] !== key) slot = (slot + 1) & (MODEL_SLOTS - 1)
    return slot
  }
  let next = 0
  for (const [language, name] of languages.entries())
    for (const [rank, trigram] of data['Latin']![name]!.split('|').entries()) {
      const units = [trigram.charCodeAt(0), trigram.charCodeAt(1), trigram.charCodeAt(2)] as const
      const slot = slotOf(...units)
      if (keys[slot] === -1) {
        keys[slot] = keyOf(...units)
        rows[slot] = next++
        for (let i = 0; i < languages.length; i++) ranks.push(NO_RANK)
      }
      const place = rows[slot]! * languages.length + language
      if (ranks[place] === NO_RANK) ranks[place] = rank
    }
  return {
    ranks: Uint16Array.from(ranks),
    rowOf(first, second, third) {
      const slot = slotOf(first, second, third)
      return keys[slot] === -1 ? -1 : rows[slot]!
    },
  }
}

/** Three units of 16 bits in one number, exactly. */
function keyOf(first: number, second: number, third: number): number {
  return (first * 0x10000 + second) * 0x10000 + third
}

function hashOf(first: number, second: number, third: number): number {
  const mixed = Math.imul(Math.imul(first, 0x2c1b3c6d) ^ second, 0x297a2d39) ^ third
  const spread = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d)
  return spread ^ (spread >>> 13)
}
