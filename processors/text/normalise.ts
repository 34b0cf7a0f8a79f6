import { decomposedForm, LATIN, SPACE, SYMBOL, unitClass } from './characters.ts'

/**
 * A text as models read it, with a way back to the author's own. Unit `i` (a UTF-16 code unit in `codes`) stands for
 * the author's units `starts[i]` to `ends[i]`, end exclusive. Only the first `length` entries hold.
 */
export interface NormalisedText {
  length: number
  codes: Uint16Array
  starts: Uint32Array
  ends: Uint32Array
}

/** Longest run of one letter or mark that is kept: `sooooo` → `soo`, `!!!!!` → `!!!`. */
const LETTER_RUN_MAX = 2
const SYMBOL_RUN_MAX = 3

const UPPER_A = 0x41
const UPPER_Z = 0x5a
const DIGIT_0 = 0x30
const DIGIT_9 = 0x39
const SPACE_CODE = 0x20
const ASCII_END = 0x80

/** An empty buffer for `normaliseInto`; it grows with the texts it is used for. */
export function createNormalisedText(): NormalisedText {
  return { length: 0, codes: new Uint16Array(256), starts: new Uint32Array(256), ends: new Uint32Array(256) }
}

/**
 * Normalises a text: compatibility forms and accents dissolved (NFKD without marks), lower case, invisible characters
 * dropped, white space and controls to one space, stretched words shortened, typographic quotes and dashes made plain.
 * Total on any string, lone surrogates included, and idempotent. What is dropped counts to the unit before it, and the
 * two halves of a surrogate pair are never parted, so a range of units is always a clean range of the author's text.
 */
export function normalise(text: string): NormalisedText {
  const into = createNormalisedText()
  normaliseInto(into, text)
  return into
}

/** As `normalise`, into a buffer used again: what it held before is overwritten. */
export function normaliseInto(into: NormalisedText, text: string): void {
  into.length = 0
  reserve(into, text.length)
  for (let i = 0; i < text.length; ) {
    const code = text.charCodeAt(i)
    if (code < ASCII_END) {
      const lower = code >= UPPER_A && code <= UPPER_Z ? code + 32 : code
      append(into, lower <= SPACE_CODE || lower === 0x7f ? SPACE_CODE : lower, i, i + 1)
      i++
    } else {
      const point = text.codePointAt(i)!
      const end = i + (point > 0xffff ? 2 : 1)
      appendForm(into, decomposedForm(point), i, end)
      i = end
    }
  }
}

/** The normalised text itself, for people and tests. */
export function normalisedString(text: NormalisedText): string {
  let string = ''
  for (let i = 0; i < text.length; i++) string += String.fromCharCode(text.codes[i]!)
  return string
}

function appendForm(into: NormalisedText, form: string, start: number, end: number): void {
  if (form.length === 0) {
    if (into.length > 0) into.ends[into.length - 1] = end
    return
  }
  reserve(into, into.length + form.length)
  for (let k = 0; k < form.length; k++) append(into, form.charCodeAt(k), start, end)
}

function append(into: NormalisedText, code: number, start: number, end: number): void {
  const { length, codes } = into
  if (length > 0 && codes[length - 1] === code && isStretched(codes, length, code)) {
    into.ends[length - 1] = end
    return
  }
  if (length === codes.length) reserve(into, length + 1)
  into.codes[length] = code
  into.starts[length] = start
  into.ends[length] = end
  into.length = length + 1
}

/** Whether one more `code` after the equal last one would make a run longer than is kept. Digits may repeat. */
function isStretched(codes: Uint16Array, length: number, code: number): boolean {
  if (code === SPACE_CODE) return true
  if (length < LETTER_RUN_MAX || codes[length - 2] !== code || (code >= DIGIT_0 && code <= DIGIT_9))
    return false
  const kind = unitClass(code)
  if (kind === LATIN) return true
  return (kind === SYMBOL || kind === SPACE) && length >= SYMBOL_RUN_MAX && codes[length - 3] === code
}

function reserve(into: NormalisedText, length: number): void {
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
