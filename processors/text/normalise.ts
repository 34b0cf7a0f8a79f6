import { decomposedForm, isFancy, LATIN, unitClass } from './characters.ts'
import {
  append,
  createNormalisedText,
  type NormalisedText,
  reserve,
  restart,
  SPACE_CODE,
} from './normalised-text.ts'
import { unmask } from './unmask.ts'

const UPPER_A = 0x41
const UPPER_Z = 0x5a
const DELETE = 0x7f
const ASCII_END = 0x80

/**
 * Normalises a text: compatibility forms and accents dissolved (NFKD without marks), lower case, invisible characters
 * dropped, white space and controls to one space, stretched words shortened, typographic quotes and dashes made plain,
 * HTML tags and entities resolved, and words in disguise undone: look-alike letters, leet, words pulled apart.
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
  restart(into, text.length)
  into.disguises = 0
  into.stretches = 0
  into.mixedScripts = 0
  for (let i = 0; i < text.length; ) {
    const code = text.charCodeAt(i)
    if (code < ASCII_END) {
      const lower = code >= UPPER_A && code <= UPPER_Z ? code + 32 : code
      append(into, lower <= SPACE_CODE || lower === DELETE ? SPACE_CODE : lower, i, i + 1)
      i++
    } else {
      i = appendPoint(into, text, i)
    }
  }
  unmask(into, text)
}

/** Appends the form of the code point at `start`; returns where the next one is. */
function appendPoint(into: NormalisedText, text: string, start: number): number {
  const point = text.codePointAt(start)!
  const end = start + (point > 0xffff ? 2 : 1)
  const form = decomposedForm(point)
  const { length } = into
  const isAfterWord = length > 0 && unitClass(into.codes[length - 1]!) >= LATIN
  if (form.length === 0) {
    if (length > 0) into.ends[length - 1] = end
    if (isAfterWord && isHidden(point) && end < text.length && unitClass(text.charCodeAt(end)) >= LATIN)
      into.disguises++
    return end
  }
  if (isFancy(point) && !(isAfterWord && isFancy(text.charCodeAt(into.starts[length - 1]!)))) into.disguises++
  reserve(into, length + form.length)
  for (let k = 0; k < form.length; k++) append(into, form.charCodeAt(k), start, end)
  return end
}

/** Zero-width and soft characters, which split a word for a machine and not for a reader. Marks are not meant. */
function isHidden(point: number): boolean {
  return (
    point === 0xad ||
    (point >= 0x200b && point <= 0x200f) ||
    (point >= 0x2060 && point <= 0x2064) ||
    point === 0xfeff
  )
}

export { createNormalisedText, type NormalisedText } from './normalised-text.ts'
