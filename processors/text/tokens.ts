import { address, beginAddresses, MAIL, NO_ADDRESS, readAddress } from './addresses.ts'
import { isPictograph, LATIN, SPACE, unitClass } from './characters.ts'
import { emoticon, emoticonAt } from './emoticons.ts'
import { FNV_PRIME, hashedUnit, WORD_SEED, wordHash } from './hashing.ts'
import type { NormalisedText } from './normalised-text.ts'

/** What a token is. Only words give character n-grams. */
export const WORD = 0
export const NUMBER = 1
export const SIGN = 2
export const EMOJI = 3
export const URL_TOKEN = 4
export const MAIL_TOKEN = 5
export const MENTION = 6
/** The name of a group of people, whichever it is. */
export const IDENTITY = 7

/** The tokens of a text in order: positions in the normalised text, sort, hash. Only the first `count` entries hold. */
export interface Tokens {
  count: number
  starts: Int32Array
  ends: Int32Array
  kinds: Uint8Array
  hashes: Int32Array
  /** As `hashes`, of words before a possessive `'s`. */
  stems: Int32Array
  /** Where the host of a URL begins and ends; 0 for others. */
  hostStarts: Int32Array
  hostEnds: Int32Array
  /** Letters the models know, digits included, and letters of other scripts. */
  latinLetters: number
  foreignLetters: number
}

// These names cannot occur as words: normalised words have no capital letters.
const URL_HASH = wordHash('URL')
const MAIL_HASH = wordHash('MAIL')
const MENTION_HASH = wordHash('MENTION')

const APOSTROPHE = 0x27
const AT = 0x40
const UNDERSCORE = 0x5f
const LETTER_S = 0x73
const FIRST_TOKENS = 128

export function createTokens(): Tokens {
  return {
    count: 0,
    starts: new Int32Array(FIRST_TOKENS),
    ends: new Int32Array(FIRST_TOKENS),
    kinds: new Uint8Array(FIRST_TOKENS),
    hashes: new Int32Array(FIRST_TOKENS),
    stems: new Int32Array(FIRST_TOKENS),
    hostStarts: new Int32Array(FIRST_TOKENS),
    hostEnds: new Int32Array(FIRST_TOKENS),
    latinLetters: 0,
    foreignLetters: 0,
  }
}

/** Reads the tokens of a text into a buffer used again. Linear in the text. */
export function readTokens(into: Tokens, text: NormalisedText): void {
  into.count = 0
  into.latinLetters = 0
  into.foreignLetters = 0
  beginAddresses()
  const { codes, length } = text
  for (let at = 0; at < length; ) {
    const kind = unitClass(codes[at]!)
    if (kind === SPACE) at++
    else if (kind >= LATIN) at = readWord(into, codes, length, at)
    else at = readSign(into, codes, length, at)
  }
}

function readWord(into: Tokens, codes: Uint16Array, length: number, start: number): number {
  let hash = WORD_SEED
  let stem = 0
  let stemEnd = start
  let digits = 0
  let foreign = 0
  let end = start
  for (; end < length; end++) {
    const code = codes[end]!
    const kind = unitClass(code)
    if (kind < LATIN) {
      if (code !== APOSTROPHE || end + 1 >= length || unitClass(codes[end + 1]!) < LATIN) break
      stem = hash
      stemEnd = end
    } else if (kind !== LATIN) foreign++
    const unit = hashedUnit(code)
    if (unit === 0x30) digits++
    hash = Math.imul(hash ^ unit, FNV_PRIME)
  }
  if (end < length && readAddress(codes, length, { start, end, hash }) !== NO_ADDRESS) {
    const isMail = address.kind === MAIL
    const token = push(
      into,
      start,
      address.end,
      isMail ? MAIL_TOKEN : URL_TOKEN,
      isMail ? MAIL_HASH : URL_HASH,
    )
    into.hostStarts[token] = address.hostStart
    into.hostEnds[token] = address.hostEnd
    into.latinLetters += end - start
    return address.end
  }
  const units = end - start
  into.latinLetters += units - foreign
  into.foreignLetters += foreign
  const face = emoticon.faceOfWord(hash)
  const token =
    face === 0
      ? push(into, start, end, digits === units ? NUMBER : WORD, hash)
      : push(into, start, end, EMOJI, face)
  into.stems[token] = stemEnd === end - 2 && codes[end - 1] === LETTER_S ? stem : hash
  return end
}

function readSign(into: Tokens, codes: Uint16Array, length: number, start: number): number {
  const first = codes[start]!
  if (first === AT) {
    let end = start + 1
    while (end < length && (unitClass(codes[end]!) >= LATIN || codes[end] === UNDERSCORE)) end++
    if (end > start + 1) {
      push(into, start, end, MENTION, MENTION_HASH)
      return end
    }
  }
  if (emoticonAt(codes, length, start)) {
    push(into, start, emoticon.end, EMOJI, emoticon.hash)
    return emoticon.end
  }
  let end = start + 1
  if (first >= 0xd800 && first <= 0xdbff) {
    if (end < length && codes[end]! >= 0xdc00 && codes[end]! <= 0xdfff) end++
    if (isRegional(codes, start, length) && isRegional(codes, end, length)) end += 2
  } else {
    while (end < length && codes[end] === first) end++
  }
  let hash = WORD_SEED
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ codes[i]!, FNV_PRIME)
  push(into, start, end, isPictograph(first, end > start + 1 ? codes[start + 1]! : 0) ? EMOJI : SIGN, hash)
  return end
}

/** Half of a flag: a regional indicator, U+1F1E6 to U+1F1FF. */
function isRegional(codes: Uint16Array, at: number, length: number): boolean {
  return at + 1 < length && codes[at] === 0xd83c && codes[at + 1]! >= 0xdde6 && codes[at + 1]! <= 0xddff
}

function push(into: Tokens, start: number, end: number, kind: number, hash: number): number {
  const token = into.count++
  if (token === into.starts.length) grow(into)
  into.starts[token] = start
  into.ends[token] = end
  into.kinds[token] = kind
  into.hashes[token] = hash
  into.stems[token] = hash
  return token
}

function grow(into: Tokens): void {
  const length = 2 * into.starts.length
  for (const name of ['starts', 'ends', 'hashes', 'stems', 'hostStarts', 'hostEnds'] as const) {
    const next = new Int32Array(length)
    next.set(into[name])
    into[name] = next
  }
  const kinds = new Uint8Array(length)
  kinds.set(into.kinds)
  into.kinds = kinds
}
