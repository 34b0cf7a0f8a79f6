import { address, beginAddresses, NO_ADDRESS, readAddress } from './addresses.ts'
import { FOREIGN, LATIN, SPACE, unitClass } from './characters.ts'
import { FNV_PRIME, hashedUnit, WORD_SEED } from './hashing.ts'
import { knownWords } from './known-words.ts'
import { isLeetSign, LEET_UNITS_MAX, plainForm } from './leet.ts'
import { lookalikeOf, scriptBlock } from './lookalikes.ts'
import {
  append,
  createNormalisedText,
  isDigit,
  isLetter,
  type NormalisedText,
  restart,
} from './normalised-text.ts'
import { readSpacedWord, spaced } from './spaced.ts'

/** Undoing one disguise may show another; texts that need more rounds are no longer for readers. */
const ROUNDS_MAX = 6

const AT = 0x40
const EXCLAMATION = 0x21
const UNDERSCORE = 0x5f

/** Undone texts are written here, then the arrays are exchanged. */
const scratch = createNormalisedText()

/**
 * Undoes disguises in place. Most texts have none: for them this is one look at each unit. `text` is the author's, for
 * capital letters look like others than small ones do.
 */
export function unmask(into: NormalisedText, text: string): void {
  into.isSuspected = false
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const signs = suspicionsOf(into)
    if (signs === 0) return
    if ((signs & HAS_DISGUISE) !== 0) into.isSuspected = true
    const isFolded = (signs & HAS_FOREIGN) !== 0 && foldLookalikes(into, text)
    if (!isFolded && (signs & HAS_DISGUISE) === 0) return
    if (!rewrite(into) && !isFolded) return
  }
}

/**
 * Whether a text that is not suspected holds a word that would be undone beside one that is: `a!!` says `all` after `w1n`, and `a` alone.
 * An exclamation mark behind a word raises no suspicion, or half of all texts would be suspected.
 */
export function hasHiddenDisguise({ codes, length }: NormalisedText): boolean {
  for (let i = 1; i < length; i++) {
    if (codes[i] !== EXCLAMATION || !isLetter(codes[i - 1]!)) continue
    let start = i - 1
    while (start > 0 && isInPiece(codes[start - 1]!, false)) start--
    let end = i
    while (end < length && isInPiece(codes[end]!, false)) end++
    const run = end - start <= LEET_UNITS_MAX ? String.fromCharCode(...codes.subarray(start, end)) : ''
    const form = plainForm(run)
    if (form !== undefined && form !== run) return true
    i = end
  }
  return false
}

const HAS_FOREIGN = 1
const HAS_DISGUISE = 2

/** What kinds of disguise the text may hold: letters of other scripts; signs or digits in words, single letters in a row. */
function suspicionsOf({ codes, length }: NormalisedText): number {
  let found = 0
  // Letters of the present word so far, and whether the word before was one letter.
  let letters = 0
  let wasSingle = false
  let before = 0
  for (let i = 0; i < length; i++) {
    const code = codes[i]!
    if (isLetter(code)) {
      if (letters === 0 && before !== 0x20 && (isLeetSign(before) || isDigit(before))) found |= HAS_DISGUISE
      letters++
    } else {
      const kind = unitClass(code)
      if (kind === FOREIGN) {
        found |= HAS_FOREIGN
        letters++
      } else {
        if (letters > 0 && (isDigit(code) || (isLeetSign(code) && code !== EXCLAMATION)))
          found |= HAS_DISGUISE
        if (letters === 1) {
          if (wasSingle) found |= HAS_DISGUISE
          wasSingle = true
        } else if (letters > 1) wasSingle = false
        letters = 0
      }
    }
    before = code
  }
  return letters === 1 && wasSingle ? found | HAS_DISGUISE : found
}

/** Folds look-alike letters to the ASCII ones they stand for, where the word or the text says that they do. */
function foldLookalikes(into: NormalisedText, text: string): boolean {
  const { codes, length } = into
  const isLatinText = isMostlyLatin(into, text)
  let isFolded = false
  for (let start = 0; start < length; ) {
    if (unitClass(codes[start]!) < LATIN) {
      start++
      continue
    }
    const end = wordEnd(codes, start, length)
    if (isDisguised(into, text, { start, end, isLatinText })) {
      foldWord(into, text, start, end)
      isFolded = true
    }
    start = end
  }
  return isFolded
}

function wordEnd(codes: Uint16Array, start: number, length: number): number {
  let end = start + 1
  while (end < length && unitClass(codes[end]!) >= LATIN) end++
  return end
}

function lookalikeAt(into: NormalisedText, text: string, at: number) {
  return lookalikeOf(text.charCodeAt(into.starts[at]!)) ?? lookalikeOf(into.codes[at]!)
}

/** Whether the words that can only be Latin outweigh those that can only be of another script. */
function isMostlyLatin(into: NormalisedText, text: string): boolean {
  const { codes, length } = into
  let latin = 0
  let foreign = 0
  let open = 0
  for (let start = 0; start < length; ) {
    if (unitClass(codes[start]!) < LATIN) {
      start++
      continue
    }
    const end = wordEnd(codes, start, length)
    let others = 0
    let isOpen = true
    for (let i = start; i < end; i++) {
      if (unitClass(codes[i]!) !== FOREIGN) continue
      others++
      if (lookalikeAt(into, text, i)?.isStrong !== true) isOpen = false
    }
    if (others === 0) latin += end - start
    else if (isOpen) open += others
    else if (others > (end - start) / 2) foreign += end - start
    start = end
  }
  return foreign === 0 ? latin > 0 || open >= OPEN_LETTERS_MIN : latin > foreign
}

/** So many letters that all look Latin do not come together by chance in a text of another script. */
const OPEN_LETTERS_MIN = 8

function isDisguised(
  into: NormalisedText,
  text: string,
  { start, end, isLatinText }: { start: number; end: number; isLatinText: boolean },
): boolean {
  let latin = 0
  let strong = 0
  let weak = 0
  let others = 0
  let scripts = 0
  for (let i = start; i < end; i++) {
    const code = into.codes[i]!
    if (unitClass(code) !== FOREIGN) {
      latin++
      continue
    }
    const lookalike = lookalikeAt(into, text, i)
    if (lookalike === undefined) others++
    else if (lookalike.isStrong) strong++
    else weak++
    scripts |= 1 << scriptBlock(code)
  }
  if (strong + weak === 0) return false
  const isMixed = latin > 0 || (scripts & (scripts - 1)) !== 0
  if (isMixed) return others === 0 || (isLatinText && others < latin + strong)
  return isLatinText && others === 0 && weak === 0
}

function foldWord(into: NormalisedText, text: string, start: number, end: number): void {
  let hasLatin = false
  let hasLetter = false
  for (let i = start; i < end; i++) {
    const code = into.codes[i]!
    if (unitClass(code) === LATIN) hasLatin = true
    const fold = unitClass(code) === FOREIGN ? lookalikeAt(into, text, i)?.code : code
    if (fold !== undefined && !isDigit(code) && fold !== 0x6f) hasLetter = true
  }
  for (let i = start; i < end; i++) {
    if (unitClass(into.codes[i]!) !== FOREIGN) continue
    const code = lookalikeAt(into, text, i)?.code
    // Among digits alone, what looks like an o is a zero.
    if (code !== undefined) into.codes[i] = code === 0x6f && hasLatin && !hasLetter ? 0x30 : code
  }
  into.disguises++
  if (hasLatin) into.mixedScripts++
}

/** Writes the text anew without leet and spaced-out words; says whether anything changed. */
function rewrite(into: NormalisedText): boolean {
  const { codes, length } = into
  restart(scratch, length)
  beginAddresses()
  scratch.stretches = into.stretches
  let isChanged = false
  for (let i = 0; i < length; ) {
    if (readSpacedWord(into, i)) {
      for (const at of spaced.letters) append(scratch, codes[at]!, into.starts[at]!, into.ends[at]!)
      i = spaced.end
      into.disguises++
      isChanged = true
      continue
    }
    const end = pieceEnd(codes, i, length)
    if (end - i > 1 && end - i <= LEET_UNITS_MAX && unmaskPiece(into, i, end)) isChanged = true
    else for (let at = i; at < end; at++) append(scratch, codes[at]!, into.starts[at]!, into.ends[at]!)
    i = end
  }
  if (scratch.length !== length) isChanged = true
  into.stretches = scratch.stretches
  exchange(into)
  return isChanged
}

/** The end of what is read as one at `start`: an address, a mention, a run of letters, digits and leet signs, or a unit. */
function pieceEnd(codes: Uint16Array, start: number, length: number): number {
  const first = codes[start]!
  const kind = unitClass(first)
  if (kind === SPACE || (kind < LATIN && !isLeetSign(first))) return start + 1
  let end = start
  if (kind >= LATIN) {
    let hash = WORD_SEED
    for (; end < length && unitClass(codes[end]!) >= LATIN; end++)
      hash = Math.imul(hash ^ hashedUnit(codes[end]!), FNV_PRIME)
    if (readAddress(codes, length, { start, end, hash }) !== NO_ADDRESS) return address.end
  }
  const isMention = first === AT
  while (end < length && isInPiece(codes[end]!, isMention)) end++
  return end
}

function isInPiece(code: number, isMention: boolean): boolean {
  return unitClass(code) >= LATIN || isLeetSign(code) || (isMention && code === UNDERSCORE)
}

/** Appends the plain form of a piece if it is a disguised word. */
function unmaskPiece(into: NormalisedText, start: number, end: number): boolean {
  const { codes } = into
  let isPlain = true
  let run = ''
  for (let i = start; i < end; i++) {
    const code = codes[i]!
    if (!isLetter(code)) {
      isPlain = false
      if (!isDigit(code) && !isLeetSign(code)) return false
    }
    run += String.fromCharCode(code)
  }
  if (isPlain) return false
  const form = codes[start] === AT ? mentionForm(run) : plainForm(run)
  if (form === undefined || form === run) return false
  const isEqual = form.length === run.length
  for (let k = 0; k < form.length; k++) {
    const from = isEqual ? into.starts[start + k]! : into.starts[start]!
    const to = isEqual ? into.ends[start + k]! : into.ends[end - 1]!
    append(scratch, form.charCodeAt(k), from, to)
  }
  into.disguises++
  return true
}

/** `@t` and the like are too short to tell. */
const MENTION_FORM_UNITS_MIN = 3

/** `@user` is a mention, and `@ss` is not. */
function mentionForm(run: string): string | undefined {
  const form = run.length >= MENTION_FORM_UNITS_MIN ? plainForm(run) : undefined
  return form !== undefined && knownWords.has(form) ? form : undefined
}

function exchange(into: NormalisedText): void {
  const { codes, starts, ends } = into
  into.codes = scratch.codes
  into.starts = scratch.starts
  into.ends = scratch.ends
  into.length = scratch.length
  scratch.codes = codes
  scratch.starts = starts
  scratch.ends = ends
}
