import { CHAR_SEED, FNV_PRIME, MIX } from './hashing.ts'
import { createNormalisedText, normaliseInto } from './normalise.ts'

/**
 * Texts that say nearly the same: equal once case, digits, signs and disguises are taken away, or with most character 5-grams in common.
 * That share (Jaccard's) is estimated by MinHash, and texts to compare are found by banding (Broder 1997; Leskovec, Rajaraman & Ullman
 * 2014, §3.4). Of pairs with a share of 0.9 one in 300 is missed, of 0.8 one in five is; of 0.5 one in 300 is found.
 */

const HASHES = 32
const ROWS_A_BAND = 4
const BANDS = HASHES / ROWS_A_BAND
/** Of the hashes that must be the same. */
const SAME_MIN = 0.75 * HASHES
const GRAM_UNITS = 5
/** In shorter texts each word is too large a part: they repeat one another only where they are equal. */
const UNITS_MIN = 24
/** Only the start of a long text is looked at. */
const UNITS_MAX = 4000
/** Of each band. */
const TABLE_SLOTS = 1 << 15
/** Texts of one slot that a text is compared with, the latest: of many alike each resembles those before it. */
const COMPARED_MAX = 48

/** What tells the hashes apart: numbers that have nothing in common. */
const seeds = Int32Array.from({ length: HASHES }, (_, i) => mixed(Math.imul(i + 1, 0x9e3779b1)))

/** Murmur3's finaliser, a round of it. */
function mixed(value: number): number {
  const once = Math.imul(value ^ (value >>> 16), MIX)
  return once ^ (once >>> 13)
}

const normalised = createNormalisedText()
const letters = new Uint16Array(UNITS_MAX)

/** The letters of a text as models read it, without digits, spaces and signs; of one without letters, all there is. */
export function plainLetters(text: string): string {
  return Buffer.from(letters.buffer, 0, 2 * readLetters(text)).toString('utf16le')
}

function readLetters(text: string): number {
  normaliseInto(normalised, text.length > UNITS_MAX ? text.slice(0, UNITS_MAX) : text)
  const units = Math.min(normalised.length, UNITS_MAX)
  let length = 0
  for (let i = 0; i < units; i++) {
    const code = normalised.codes[i]!
    if (code > 0x7f || (code >= 0x61 && code <= 0x7a)) letters[length++] = code
  }
  if (length > 0) return length
  letters.set(normalised.codes.subarray(0, units))
  return units
}

/** Texts by what they resemble; numbered from 0 in the order they were added. */
export class NearDuplicates {
  private readonly byLetters = new Map<string, number>()
  private readonly heads = new Int32Array(BANDS * TABLE_SLOTS).fill(-1)
  /** Of each signed text and band: the one before it in its slot. */
  private chains = new Int32Array(BANDS * 256)
  private signatures = new Uint32Array(HASHES * 256)
  private readonly numbers: number[] = []
  /** By whom a signed text was compared last. */
  private readonly comparedBy: number[] = []
  private count = 0
  private readonly signature = new Uint32Array(HASHES)

  /** Adds a text. @returns the numbers of earlier texts that it resembles; of equal ones the first alone */
  add(text: string): readonly number[] {
    const number = this.count++
    const letterCount = readLetters(text)
    const key = Buffer.from(letters.buffer, 0, 2 * letterCount).toString('utf16le')
    const same = this.byLetters.get(key)
    if (same !== undefined) return [same]
    this.byLetters.set(key, number)
    if (letterCount < UNITS_MIN) return []
    this.sign(letterCount)
    const found = this.similar()
    this.keep(number)
    return found
  }

  /** The signature of the letters that were read last. */
  private sign(letterCount: number): void {
    const { signature } = this
    signature.fill(0xffffffff)
    for (let at = 0; at + GRAM_UNITS <= letterCount; at++) {
      let hash = CHAR_SEED
      for (let i = at; i < at + GRAM_UNITS; i++) hash = Math.imul(hash ^ letters[i]!, FNV_PRIME)
      for (let i = 0; i < HASHES; i++) {
        const value = mixed(hash ^ seeds[i]!) >>> 0
        if (value < signature[i]!) signature[i] = value
      }
    }
  }

  private similar(): number[] {
    const found: number[] = []
    const self = this.numbers.length
    for (let band = 0; band < BANDS; band++) {
      let compared = 0
      for (let other = this.heads[this.slotOf(band)]!; other >= 0 && compared < COMPARED_MAX; compared++) {
        if (this.comparedBy[other] !== self) {
          this.comparedBy[other] = self
          if (this.resembles(other)) found.push(this.numbers[other]!)
        }
        other = this.chains[other * BANDS + band]!
      }
    }
    return found
  }

  private resembles(other: number): boolean {
    let same = 0
    for (let i = 0; i < HASHES; i++) if (this.signatures[other * HASHES + i] === this.signature[i]) same++
    return same >= SAME_MIN
  }

  private keep(number: number): void {
    const place = this.numbers.length
    if ((place + 1) * HASHES > this.signatures.length) {
      this.signatures = grown(this.signatures, new Uint32Array(2 * this.signatures.length))
      this.chains = grown(this.chains, new Int32Array(2 * this.chains.length))
    }
    this.signatures.set(this.signature, place * HASHES)
    for (let band = 0; band < BANDS; band++) {
      const slot = this.slotOf(band)
      this.chains[place * BANDS + band] = this.heads[slot]!
      this.heads[slot] = place
    }
    this.numbers.push(number)
    this.comparedBy.push(-1)
  }

  private slotOf(band: number): number {
    let hash = band + 1
    for (let i = band * ROWS_A_BAND; i < (band + 1) * ROWS_A_BAND; i++)
      hash = Math.imul(hash ^ this.signature[i]!, MIX) ^ (hash >>> 15)
    return band * TABLE_SLOTS + ((hash ^ (hash >>> 16)) & (TABLE_SLOTS - 1))
  }
}

function grown<Numbers extends Int32Array | Uint32Array>(from: Numbers, into: Numbers): Numbers {
  into.set(from)
  return into
}
