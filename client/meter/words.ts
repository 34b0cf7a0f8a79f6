import type { Reason } from '../frames.ts'

export type Tone = 'kind' | 'plain' | 'unkind'

/** The model's word where it is one of the three, the contract's classes otherwise. */
export function toneOf(label: string | null, niceness: number): Tone {
  if (label === 'kind' || label === 'plain' || label === 'unkind') return label
  return niceness > 6 ? 'kind' : niceness < 4 ? 'unkind' : 'plain'
}

/** A reason that is a part of the text. */
export interface Word {
  readonly start: number
  readonly end: number
  readonly text: string
  readonly lowers: boolean
  /** What the score would be without it; null where that is not known. */
  readonly without: number | null
}

/** A word that moves the score by less than this, of ten, or than this part of the heaviest, is not worth a look. */
const WEIGHT_MIN = 0.25
const WEIGHT_PART_MIN = 0.2
/** More than these nobody reads while writing. */
const WORDS_MAX = 6

/** The words that matter, heaviest first. Of two that overlap the heavier one stays. */
export function wordsThatMatter(text: string, reasons: readonly Reason[]): Word[] {
  const words: Word[] = []
  const heaviest = Math.max(0, ...reasons.map(({ weight }) => Math.abs(weight)))
  const weightMin = Math.max(WEIGHT_MIN, heaviest * WEIGHT_PART_MIN)
  for (const { start, end, weight, without } of reasons) {
    if (start === null || end === null || Math.abs(weight) < weightMin) continue
    if (words.length === WORDS_MAX || words.some(word => start < word.end && word.start < end)) continue
    words.push({ start, end, text: text.slice(start, end), lowers: weight < 0, without })
  }
  return words
}

/** From here on a text is said to look like spam, as the models' labels have it. */
const SPAM_FROM = 0.5

/** One sentence for the eye and for screen readers. */
export function verdictOf(label: string | null, niceness: number, spam: number | null): string {
  const isSpam = spam !== null && spam >= SPAM_FROM
  const tail = isSpam ? ` It also looks like spam (${Math.round(spam * 100)} %).` : ''
  return `Reads as ${toneOf(label, niceness)}.${tail}`
}

/**
 * Words of a text that has just been changed, where they now stand, until the next score comes: those before the change
 * stay, those behind it move along, those it touched are gone.
 */
export function movedAlong(words: readonly Word[], before: string, after: string): Word[] {
  const shorter = Math.min(before.length, after.length)
  let head = 0
  while (head < shorter && before[head] === after[head]) head++
  let tail = 0
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++
  const shift = after.length - before.length
  return words.flatMap(word => {
    if (word.end <= head) return [word]
    if (word.start < before.length - tail) return []
    return [{ ...word, start: word.start + shift, end: word.end + shift }]
  })
}
