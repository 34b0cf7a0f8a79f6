import { LATIN, SPACE, SYMBOL, unitClass } from './characters.ts'

/**
 * A text as models read it, with a way back to the author's own. Unit `i` (a UTF-16 code unit in `codes`) stands for
 * the author's units `starts[i]` to `ends[i]`, end exclusive. Only the first `length` entries hold.
 */
export interface NormalisedText {
  length: number
  codes: Uint16Array
  starts: Uint32Array
  ends: Uint32Array
  /** Places where the author made words look different from what they are: other alphabets, signs, spaces, hidden marks. */
  disguises: number
  /** Words with a letter repeated more often than any word has it. */
  stretches: number
  /** Words of letters from several scripts. */
  mixedScripts: number
  /** Whether anything in the text told that it may hold disguises, so that all its words were looked at. */
  isSuspected: boolean
  /** Positions of `<` that may begin a tag, innermost last; `openCount` of them hold. */
  opens: Uint32Array
  openCount: number
}

/** Longest run of one letter or mark that is kept: `sooooo` → `soo`, `!!!!!` → `!!!`. */
const LETTER_RUN_MAX = 2
const SYMBOL_RUN_MAX = 3
/** `<` that wait for their `>`. More are no markup. */
const OPENS_MAX = 64
/** Units of a tag. Longer ones are text. */
const TAG_UNITS_MAX = 2048
/** Units of an entity: `&#1114111;`. */
const ENTITY_UNITS_MAX = 10

const DIGIT_0 = 0x30
const DIGIT_9 = 0x39
export const SPACE_CODE = 0x20
const AMPERSAND = 0x26
const SEMICOLON = 0x3b
const OPEN = 0x3c
const CLOSE = 0x3e
const LETTER_W = 0x77
const FIRST_UNITS = 256

/** The entities that HTML writes for signs of its own; the numbers are code points. */
const entities: ReadonlyMap<string, number> = new Map([
  ['amp', 0x26],
  ['quot', 0x22],
  ['apos', 0x27],
  ['lt', 0x3c],
  ['gt', 0x3e],
  ['nbsp', 0x20],
])

/** An empty buffer for `normaliseInto`; it grows with the texts it is used for. */
export function createNormalisedText(): NormalisedText {
  return {
    length: 0,
    codes: new Uint16Array(FIRST_UNITS),
    starts: new Uint32Array(FIRST_UNITS),
    ends: new Uint32Array(FIRST_UNITS),
    disguises: 0,
    stretches: 0,
    mixedScripts: 0,
    isSuspected: false,
    opens: new Uint32Array(OPENS_MAX),
    openCount: 0,
  }
}

/** Empties the buffer and makes room for `length` units. */
export function restart(into: NormalisedText, length: number): void {
  into.length = 0
  into.openCount = 0
  reserve(into, length)
}

/**
 * Appends a unit that stands for the author's units `start` to `end`: runs are shortened, and a tag or an entity that
 * it completes is replaced. What comes out this way comes out the same when it is appended again.
 */
export function append(into: NormalisedText, code: number, start: number, end: number): void {
  const { length, codes } = into
  if (length > 0 && codes[length - 1] === code && isStretched(into, length, code)) {
    into.ends[length - 1] = end
    return
  }
  if (length === codes.length) reserve(into, length + 1)
  into.codes[length] = code
  into.starts[length] = start
  into.ends[length] = end
  into.length = length + 1
  if (code >= SEMICOLON && code <= CLOSE) appendMarkup(into, code, end)
}

function appendMarkup(into: NormalisedText, code: number, end: number): void {
  if (code === OPEN) {
    if (into.openCount < OPENS_MAX) into.opens[into.openCount++] = into.length - 1
  } else if (code === CLOSE) closeTag(into, end)
  else if (code === SEMICOLON) closeEntity(into, end)
}

/** A tag becomes a space: `<br />`, `</a>`, `<!-- -->`. */
function closeTag(into: NormalisedText, end: number): void {
  if (into.openCount === 0) return
  const open = into.opens[--into.openCount]!
  const first = into.codes[open + 1]!
  const isTag = isLetter(first) || ((first === 0x2f || first === 0x21) && open + 3 < into.length)
  if (!isTag || into.length - open > TAG_UNITS_MAX) return
  into.length = open
  append(into, SPACE_CODE, into.starts[open]!, end)
}

export function isLetter(code: number): boolean {
  return code >= 0x61 && code <= 0x7a
}

function closeEntity(into: NormalisedText, end: number): void {
  const { codes, length } = into
  let at = length - 2
  const limit = Math.max(0, length - ENTITY_UNITS_MAX)
  while (at >= limit && (codes[at] === 0x23 || isLetter(codes[at]!) || isDigit(codes[at]!))) at--
  if (at < limit || codes[at] !== AMPERSAND) return
  let name = ''
  for (let i = at + 1; i < length - 1; i++) name += String.fromCharCode(codes[i]!)
  const code = entities.get(name) ?? numbered(name)
  if (code === undefined) return
  into.length = at
  append(into, code, into.starts[at]!, end)
}

/** The code of `#39` or `#x27`, ASCII signs and digits only: nobody's letters need it. */
function numbered(name: string): number | undefined {
  const digits = /^#(x?)0*([0-9a-f]{2,3})$/.exec(name)
  if (digits === null) return undefined
  const code = Number.parseInt(digits[2]!, digits[1] === '' ? 10 : 16)
  const isSign = code >= SPACE_CODE && code < 0x7f && !(code >= 0x41 && code <= 0x5a)
  return isSign ? code : undefined
}

export function isDigit(code: number): boolean {
  return code >= DIGIT_0 && code <= DIGIT_9
}

/** Whether one more `code` after the equal last one would make a run longer than is kept. Digits may repeat. */
function isStretched(into: NormalisedText, length: number, code: number): boolean {
  const { codes } = into
  if (code === SPACE_CODE) return true
  if (length < LETTER_RUN_MAX || codes[length - 2] !== code || isDigit(code)) return false
  const kind = unitClass(code)
  if (kind === LATIN) {
    // A run counts once, where its last unit does not yet stand for more than itself, and `www` is none.
    if (code !== LETTER_W && into.ends[length - 1]! - into.starts[length - 1]! <= 1) into.stretches++
    return true
  }
  return (kind === SYMBOL || kind === SPACE) && length >= SYMBOL_RUN_MAX && codes[length - 3] === code
}

/** Makes room for `length` units, keeping what is there. */
export function reserve(into: NormalisedText, length: number): void {
  if (length <= into.codes.length) return
  const capacity = Math.max(length, 2 * into.codes.length)
  into.codes = grown(into.codes, new Uint16Array(capacity))
  into.starts = grown(into.starts, new Uint32Array(capacity))
  into.ends = grown(into.ends, new Uint32Array(capacity))
}

function grown<A extends Uint16Array | Uint32Array>(from: A, to: A): A {
  to.set(from)
  return to
}
