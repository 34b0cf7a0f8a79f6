import { LATIN, unitClass } from './characters.ts'
import { wordHash } from './hashing.ts'

// Emoticons of one meaning are one token; a heart is the emoji it stands for.
const HAPPY = wordHash(':)')
const SAD = wordHash(':(')
const CRY = wordHash(":'(")
const LAUGH = wordHash(':D')
const WINK = wordHash(';)')
const TONGUE = wordHash(':P')
const DOUBT = wordHash(':/')
const KISS = wordHash(':*')
const SURPRISE = wordHash(':O')
const HEART = wordHash('❤')
const BROKEN = wordHash('💔')

const mouths = new Map<string, number>([
  [')', HAPPY],
  [']', HAPPY],
  ['}', HAPPY],
  ['(', SAD],
  ['[', SAD],
  ['d', LAUGH],
  ['p', TONGUE],
  ['/', DOUBT],
  ['\\', DOUBT],
  ['|', DOUBT],
  ['*', KISS],
  ['o', SURPRISE],
])
const mouthOf = new Int32Array(128)
for (const [mouth, hash] of mouths) mouthOf[mouth.charCodeAt(0)] = hash

const XD = wordHash('xd')
const COLON = 0x3a
const SEMICOLON = 0x3b
const EQUALS = 0x3d
const LESS = 0x3c
const HYPHEN = 0x2d
const APOSTROPHE = 0x27
const CLOSE = 0x29

/** The emoticon that `emoticonAt` found last. */
export const emoticon = {
  end: 0,
  hash: 0,
  /** The token of a word that is a face (`xd`); 0 for others. */
  faceOfWord: (hash: number): number => (hash === XD ? LAUGH : 0),
}

/** Whether an emoticon begins at `start`: `:)`, `:-(`, `=D`, `;)`, `:'(`, `<3`. Fills `emoticon`. */
export function emoticonAt(codes: Uint16Array, length: number, start: number): boolean {
  const first = codes[start]!
  if (first === LESS) return heartAt(codes, length, start)
  if (first !== COLON && first !== SEMICOLON && first !== EQUALS) return false
  let at = start + 1
  const isTearful = at < length && codes[at] === APOSTROPHE
  if (
    isTearful ||
    (at < length && (codes[at] === HYPHEN || codes[at] === 0x6f) && isMouth(codes, at + 1, length))
  )
    at++
  if (!isMouth(codes, at, length)) return false
  const mouth = codes[at]!
  let hash = mouthOf[mouth]!
  // A path or a scheme is no doubtful face, and a letter is a mouth only at the end of a word.
  if (mouth === 0x2f && at + 1 < length && (codes[at + 1] === 0x2f || unitClass(codes[at + 1]!) >= LATIN))
    return false
  if (unitClass(mouth) >= LATIN && at + 1 < length && unitClass(codes[at + 1]!) >= LATIN) return false
  if (isTearful) hash = hash === SAD ? CRY : hash
  if (first === SEMICOLON && (hash === HAPPY || hash === LAUGH)) hash = WINK
  at++
  if (unitClass(mouth) < LATIN) while (at < length && codes[at] === mouth) at++
  emoticon.end = at
  emoticon.hash = hash
  return true
}

function isMouth(codes: Uint16Array, at: number, length: number): boolean {
  return at < length && codes[at]! < 128 && mouthOf[codes[at]!] !== 0
}

function heartAt(codes: Uint16Array, length: number, start: number): boolean {
  const isBroken = codes[start + 1] === 0x2f
  const digit = start + (isBroken ? 2 : 1)
  if (digit >= length || codes[digit] !== 0x33) return false
  let at = digit + 1
  while (at < length && codes[at] === 0x33) at++
  if (at < length && unitClass(codes[at]!) >= LATIN && codes[at] !== CLOSE) return false
  emoticon.end = at
  emoticon.hash = isBroken ? BROKEN : HEART
  return true
}
