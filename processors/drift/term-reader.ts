import { FNV_PRIME, WORD_SEED } from '../text/hashing.ts'
import type { TextInput } from '../text/text-input.ts'
import { PairReader } from './neighbours.ts'

/** Units of a word that is watched: longer ones are no words. */
const TERM_UNITS_MAX = 32
/** Distinct words of one text that are watched. */
const TERMS_A_TEXT_MAX = 256
const LETTER_OR_EMOJI = /[\p{L}\p{Extended_Pictographic}]/u

/**
 * The distinct words of a text, in small letters, as their author wrote them; emoji are words too, numbers and links are not.
 * @param withPairs whether pairs of neighbours are among them, with a space between
 */
export function termsOf(text: string, { spans }: TextInput, withPairs = false): ReadonlySet<string> {
  const terms = new Set<string>()
  const pairs = withPairs ? new Set<string>() : null
  const reader = pairs && new PairReader(text, pairs)
  for (let i = 0; i < spans.length && terms.size < TERMS_A_TEXT_MAX; i += 2) {
    const start = spans[i]!
    const end = spans[i + 1]!
    if (end - start > TERM_UNITS_MAX) continue
    const word = plainWord(text, start, end) ?? otherWord(text.slice(start, end))
    if (word === null) continue
    terms.add(word)
    reader?.add(word, start, end)
  }
  // Words come first, so that what they explain is known when pairs are looked at.
  if (pairs !== null) for (const pair of pairs) terms.add(pair)
  return terms
}

/**
 * Plain words that were read lately, by their hash. Most words of a text are: they need no new string, and a string that was
 * hashed once is found in maps without being hashed again. What is read does not depend on what is remembered.
 */
const REMEMBERED = 1 << 15
const remembered = new Array<string | undefined>(REMEMBERED)

/** A word of ASCII letters and apostrophes alone; null for any other. */
function plainWord(text: string, start: number, end: number): string | null {
  let hash = WORD_SEED
  for (let i = start; i < end; i++) {
    const unit = smallLetter(text.charCodeAt(i))
    if (!((unit >= 0x61 && unit <= 0x7a) || (unit === APOSTROPHE && i > start))) return null
    hash = Math.imul(hash ^ unit, FNV_PRIME)
  }
  const place = (hash ^ (hash >>> 15)) & (REMEMBERED - 1)
  const known = remembered[place]
  if (known !== undefined && isAt(known, text, start, end)) return known
  // A copy: a slice would keep the whole text in memory.
  const word = Buffer.from(text.slice(start, end).toLowerCase(), 'latin1').toString('latin1')
  remembered[place] = word
  return word
}

function isAt(word: string, text: string, start: number, end: number): boolean {
  if (word.length !== end - start) return false
  for (let i = start; i < end; i++)
    if (word.charCodeAt(i - start) !== smallLetter(text.charCodeAt(i))) return false
  return true
}

function smallLetter(unit: number): number {
  return unit >= 0x41 && unit <= 0x5a ? unit | 0x20 : unit
}

const APOSTROPHE = 0x27

function otherWord(term: string): string | null {
  const first = term.charCodeAt(0)
  const isPlain = (first >= 0x61 && first <= 0x7a) || (first >= 0x41 && first <= 0x5a)
  if (!(isPlain ? !term.includes('/') && !term.includes('@') : LETTER_OR_EMOJI.test(term))) return null
  // A name of several words is one word; with spaces it would be taken for a pair.
  return term.toLowerCase().replaceAll(' ', '\u00a0')
}
