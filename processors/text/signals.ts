import type { NormalisedText } from './normalised-text.ts'
import { EMOJI, IDENTITY, MAIL_TOKEN, MENTION, NUMBER, SIGN, type Tokens, URL_TOKEN, WORD } from './tokens.ts'

/**
 * What is measured of a text besides its words, each from 0 to 1 and 0 for plain text, but for `words`. A count `n` is
 * n / (n + half): half the scale at `half`.
 */
export const signalNames = [
  // log2(1 + tokens of letters) / 10, so 1 from 1023 words on.
  'words',
  // Share of words of two letters or more that are all capitals.
  'capitals',
  // Signs after shortening, half at 3.
  'exclamations',
  'questions',
  // Half at 1.
  'urls',
  'mails',
  'mentions',
  'hashtags',
  // Share of numbers among words and numbers.
  'numbers',
  // Numbers of five digits or more, half at 1.
  'longNumbers',
  // Emoji and emoticons, half at 3.
  'emoji',
  // Words made to look different from what they are, half at 2.
  'disguises',
  // Half at 1.
  'stretches',
  'currencies',
  // Words of letters from several scripts, half at 1.
  'mixedScripts',
] as const

const SCALE_DOUBLINGS = 10
const LONG_NUMBER_DIGITS = 5
const EXCLAMATION = 0x21
const QUESTION = 0x3f
const HASH = 0x23
const DOLLAR = 0x24
const POUND = 0xa3
const YEN = 0xa5
const CURRENCIES_FIRST = 0x20a0
const CURRENCIES_LAST = 0x20bf

/** How many tokens of each sort the present text has. */
const counts = new Uint32Array(IDENTITY + 1)

/** Fills `into`, one number a name of `signalNames`. `text` is the author's: only it still has capital letters. */
export function fillSignals(
  into: Float32Array,
  tokens: Tokens,
  normalised: NormalisedText,
  text: string,
): void {
  const { count, kinds, starts, ends } = tokens
  counts.fill(0)
  let longWords = 0
  let capitals = 0
  let longNumbers = 0
  const signs = { exclamations: 0, questions: 0, hashtags: 0, currencies: 0 }
  for (let i = 0; i < count; i++) {
    const start = starts[i]!
    const end = ends[i]!
    const kind = kinds[i]!
    counts[kind]!++
    if (kind === WORD && end - start > 1) {
      longWords++
      if (isAllCapitals(normalised, text, start, end)) capitals++
    } else if (kind === SIGN) countSign(signs, normalised.codes[start]!, end - start)
    else if (kind === NUMBER && end - start >= LONG_NUMBER_DIGITS) longNumbers++
  }
  const words = counts[WORD]! + counts[IDENTITY]!
  const numbers = counts[NUMBER]!
  into[0] = Math.min(1, Math.log2(1 + words) / SCALE_DOUBLINGS)
  into[1] = longWords === 0 ? 0 : capitals / longWords
  into[2] = saturated(signs.exclamations, 3)
  into[3] = saturated(signs.questions, 3)
  into[4] = saturated(counts[URL_TOKEN]!, 1)
  into[5] = saturated(counts[MAIL_TOKEN]!, 1)
  into[6] = saturated(counts[MENTION]!, 1)
  into[7] = saturated(signs.hashtags, 1)
  into[8] = numbers === 0 ? 0 : numbers / (numbers + words)
  into[9] = saturated(longNumbers, 1)
  into[10] = saturated(counts[EMOJI]!, 3)
  into[11] = saturated(normalised.disguises, 2)
  into[12] = saturated(normalised.stretches, 1)
  into[13] = saturated(signs.currencies, 1)
  into[14] = saturated(normalised.mixedScripts, 1)
}

interface SignCounts {
  exclamations: number
  questions: number
  hashtags: number
  currencies: number
}

function countSign(into: SignCounts, code: number, units: number): void {
  if (code === EXCLAMATION) into.exclamations += units
  else if (code === QUESTION) into.questions += units
  else if (code === HASH) into.hashtags++
  else if (isCurrency(code)) into.currencies++
}

function isCurrency(code: number): boolean {
  return (
    code === DOLLAR || (code >= POUND && code <= YEN) || (code >= CURRENCIES_FIRST && code <= CURRENCIES_LAST)
  )
}

function saturated(count: number, half: number): number {
  return count / (count + half)
}

/** Whether the author wrote each Latin letter of the units as a capital one. */
function isAllCapitals(normalised: NormalisedText, text: string, start: number, end: number): boolean {
  const { codes, starts } = normalised
  let letters = 0
  for (let i = start; i < end; i++) {
    const code = codes[i]!
    if (code < 0x61 || code > 0x7a) continue
    if (text.charCodeAt(starts[i]!) === code) return false
    letters++
  }
  return letters > 1
}
