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

/** Fills `into`, one number a name of `signalNames`. `text` is the author's: only it still has capital letters. */
export function fillSignals(
  into: Float32Array,
  tokens: Tokens,
  normalised: NormalisedText,
  text: string,
): void {
  const { count, kinds, starts, ends } = tokens
  const { codes } = normalised
  let words = 0
  let longWords = 0
  let capitals = 0
  let exclamations = 0
  let questions = 0
  let hashtags = 0
  let currencies = 0
  let numbers = 0
  let longNumbers = 0
  let emoji = 0
  let urls = 0
  let mails = 0
  let mentions = 0
  for (let i = 0; i < count; i++) {
    const start = starts[i]!
    const units = ends[i]! - start
    switch (kinds[i]) {
      case IDENTITY:
        words++
        break
      case WORD:
        words++
        if (units > 1) {
          longWords++
          if (isAllCapitals(normalised, text, start, ends[i]!)) capitals++
        }
        break
      case NUMBER:
        numbers++
        if (units >= LONG_NUMBER_DIGITS) longNumbers++
        break
      case SIGN: {
        const code = codes[start]!
        if (code === EXCLAMATION) exclamations += units
        else if (code === QUESTION) questions += units
        else if (code === HASH) hashtags++
        else if (isCurrency(code)) currencies++
        break
      }
      case EMOJI:
        emoji++
        break
      case URL_TOKEN:
        urls++
        break
      case MAIL_TOKEN:
        mails++
        break
      case MENTION:
        mentions++
        break
    }
  }
  into[0] = Math.min(1, Math.log2(1 + words) / SCALE_DOUBLINGS)
  into[1] = longWords === 0 ? 0 : capitals / longWords
  into[2] = saturated(exclamations, 3)
  into[3] = saturated(questions, 3)
  into[4] = saturated(urls, 1)
  into[5] = saturated(mails, 1)
  into[6] = saturated(mentions, 1)
  into[7] = saturated(hashtags, 1)
  into[8] = numbers === 0 ? 0 : numbers / (numbers + words)
  into[9] = saturated(longNumbers, 1)
  into[10] = saturated(emoji, 3)
  into[11] = saturated(normalised.disguises, 2)
  into[12] = saturated(normalised.stretches, 1)
  into[13] = saturated(currencies, 1)
  into[14] = saturated(normalised.mixedScripts, 1)
}

function isCurrency(code: number): boolean {
  return code === DOLLAR || (code >= POUND && code <= YEN) || (code >= CURRENCIES_FIRST && code <= CURRENCIES_LAST)
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
