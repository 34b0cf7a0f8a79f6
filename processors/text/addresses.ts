import { LATIN, SPACE, SYMBOL, unitClass } from './characters.ts'
import { FNV_PRIME, HashTable, hashedUnit, WORD_SEED } from './hashing.ts'

/** No host or mailbox is longer (RFC 1035, 5321); what is longer is no address, and reading on would cost time. */
const HOST_UNITS_MAX = 256

const DOT = 0x2e
const SLASH = 0x2f
const COLON = 0x3a
const AT = 0x40

/** Ends of host names that say so alone, and those that are words too, so that a path or `www.` must say the rest. */
const SURE = 1
const topDomains = new HashTable()
topDomains.add(
  `com net org info biz edu gov mil uk ly gl gd tv icu ga tk ml cf gq xyz io co cc au nz ca de fr ru eu ie za pk br jp
   cn nl es pl se ch app dev online site website shop store club link live vip pro click tech`,
  SURE,
)
const schemes = new HashTable()
schemes.add('http https ftp hxxp hxxps', SURE)
const www = new HashTable()
// Three letters in a row are shortened to two before this is asked.
www.add('ww', SURE)

export const NO_ADDRESS = 0
export const URL = 1
export const MAIL = 2

/** Where an address ends, and where its host lies. `kind` is NO_ADDRESS if there is none. */
export interface Address {
  kind: number
  end: number
  hostStart: number
  hostEnd: number
}

/** The result of `readAddress`; overwritten by the next call, because one object a word would cost more than the reading. */
export const address: Address = { kind: NO_ADDRESS, end: 0, hostStart: 0, hostEnd: 0 }

/** No address begins before this position: a host was read up to here in vain. */
let noneUntil = 0

/** To be called before the words of a text are given to `readAddress`, in their order. */
export function beginAddresses(): void {
  noneUntil = 0
}

/**
 * Whether a URL, a bare host or an e-mail address begins with the word from `start` to `end`, whose hash is `hash`.
 * Fills `address`. Reads no further than the address, or HOST_UNITS_MAX units.
 */
export function readAddress(
  codes: Uint16Array,
  length: number,
  word: { start: number; end: number; hash: number },
): number {
  const { start, end } = word
  address.kind = NO_ADDRESS
  const next = end < length ? codes[end]! : 0
  if (next === COLON && codes[end + 1] === SLASH && codes[end + 2] === SLASH && end + 2 < length) {
    if (schemes.get(word.hash) !== 0) {
      address.hostStart = end + 3
      readHost(codes, length, end + 3)
      finishUrl(codes, length)
    }
  } else if (next === DOT || next === AT || next === 0x2d || next === 0x5f || next === 0x2b) {
    if (start < noneUntil) return NO_ADDRESS
    readBare(codes, length, start, www.get(word.hash) !== 0)
    if (address.kind === NO_ADDRESS) noneUntil = address.hostEnd
  }
  return address.kind
}

/** The last label's hash while a host is read. */
let labelHash = 0
let labels = 0

/** Sets `hostEnd` to the end of the labels, dots and hyphens from `start` on. */
function readHost(codes: Uint16Array, length: number, start: number): void {
  const limit = Math.min(length, start + HOST_UNITS_MAX)
  let at = start
  labelHash = WORD_SEED
  labels = 1
  while (at < limit) {
    const code = codes[at]!
    if (
      unitClass(code) >= LATIN ||
      ((code === 0x2d || code === 0x5f || code === 0x2b) && at > start && isInner(codes, at, limit))
    ) {
      labelHash = Math.imul(labelHash ^ hashedUnit(code), FNV_PRIME)
    } else if (code === DOT && isInner(codes, at, limit)) {
      labelHash = WORD_SEED
      labels++
    } else break
    at++
  }
  address.hostEnd = at
}

function isInner(codes: Uint16Array, at: number, limit: number): boolean {
  return at + 1 < limit && unitClass(codes[at + 1]!) >= LATIN
}

function readBare(codes: Uint16Array, length: number, start: number, isWww: boolean): void {
  readHost(codes, length, start)
  if (address.hostEnd < length && codes[address.hostEnd] === AT) {
    const hostStart = address.hostEnd + 1
    if (hostStart >= length || unitClass(codes[hostStart]!) < LATIN) return
    readHost(codes, length, hostStart)
    if (labels < 2) return
    address.kind = MAIL
    address.hostStart = hostStart
    address.end = address.hostEnd
    return
  }
  if (labels < 2) return
  const { hostEnd } = address
  const hasPath = hostEnd + 1 < length && codes[hostEnd] === SLASH && unitClass(codes[hostEnd + 1]!) !== SPACE
  if (
    !isWww &&
    !hasPath &&
    topDomains.get(labelHash) !== SURE &&
    !(codes[hostEnd] === SLASH && hostEnd < length)
  )
    return
  address.hostStart = start
  finishUrl(codes, length)
}

/** The rest of the URL: all up to white space or a bracket, less the signs that end the sentence. */
function finishUrl(codes: Uint16Array, length: number): void {
  let end = address.hostEnd
  while (end < length && unitClass(codes[end]!) !== SPACE && !isFence(codes[end]!)) end++
  while (end > address.hostEnd && unitClass(codes[end - 1]!) === SYMBOL && codes[end - 1] !== SLASH) end--
  address.end = end
  address.kind = URL
}

/** `"` `<` `>` and the surrogates: an emoji after a URL is none of it. */
function isFence(code: number): boolean {
  return code === 0x22 || code === 0x3c || code === 0x3e || (code >= 0xd800 && code <= 0xdfff)
}
