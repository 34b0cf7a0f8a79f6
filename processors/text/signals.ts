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

/** What the signals are made of. Counts of a text are the sums of those of its parts. */
export interface SignalCounts {
  words: number
  /** Words of two units or more, and those of them that are all capitals. */
  longWords: number
  capitals: number
  numbers: number
  longNumbers: number
  urls: number
  mails: number
  mentions: number
  emoji: number
  exclamations: number
  questions: number
  hashtags: number
  currencies: number
  disguises: number
  stretches: number
  mixedScripts: number
}

export function createSignalCounts(): SignalCounts {
  return {
    words: 0,
    longWords: 0,
    capitals: 0,
    numbers: 0,
    longNumbers: 0,
    urls: 0,
    mails: 0,
    mentions: 0,
    emoji: 0,
    exclamations: 0,
    questions: 0,
    hashtags: 0,
    currencies: 0,
    disguises: 0,
    stretches: 0,
    mixedScripts: 0,
  }
}

/** How many tokens of each sort the present text has. */
const sorts = new Uint32Array(IDENTITY + 1)

/** Adds what a text, or a part of one, has. `text` is the author's: only it still has capital letters. */
export function countSignals(
  into: SignalCounts,
  tokens: Tokens,
  normalised: NormalisedText,
  text: string,
): void {
  const { count, kinds, starts, ends } = tokens
  sorts.fill(0)
  for (let i = 0; i < count; i++) {
    const start = starts[i]!
    const end = ends[i]!
    const kind = kinds[i]!
    sorts[kind]!++
    if (kind === WORD && end - start > 1) {
      into.longWords++
      if (isAllCapitals(normalised, text, start, end)) into.capitals++
    } else if (kind === SIGN) countSign(into, normalised.codes[start]!, end - start)
    else if (kind === NUMBER && end - start >= LONG_NUMBER_DIGITS) into.longNumbers++
  }
  into.words += sorts[WORD]! + sorts[IDENTITY]!
  into.numbers += sorts[NUMBER]!
  into.urls += sorts[URL_TOKEN]!
  into.mails += sorts[MAIL_TOKEN]!
  into.mentions += sorts[MENTION]!
  into.emoji += sorts[EMOJI]!
  into.disguises += normalised.disguises
  into.stretches += normalised.stretches
  into.mixedScripts += normalised.mixedScripts
}

/** Fills `into`, one number a name of `signalNames`. */
export function fillSignals(into: Float32Array, counts: SignalCounts): void {
  const { words, longWords, numbers } = counts
  into[0] = Math.min(1, Math.log2(1 + words) / SCALE_DOUBLINGS)
  into[1] = longWords === 0 ? 0 : counts.capitals / longWords
  into[2] = saturated(counts.exclamations, 3)
  into[3] = saturated(counts.questions, 3)
  into[4] = saturated(counts.urls, 1)
  into[5] = saturated(counts.mails, 1)
  into[6] = saturated(counts.mentions, 1)
  into[7] = saturated(counts.hashtags, 1)
  into[8] = numbers === 0 ? 0 : numbers / (numbers + words)
  into[9] = saturated(counts.longNumbers, 1)
  into[10] = saturated(counts.emoji, 3)
  into[11] = saturated(counts.disguises, 2)
  into[12] = saturated(counts.stretches, 1)
  into[13] = saturated(counts.currencies, 1)
  into[14] = saturated(counts.mixedScripts, 1)
}

function countSign(into: SignalCounts, code: number, units: number): void {
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
