import { keyOf } from './heaviest.ts'

/**
 * Pairs of neighbours of a text: two words with one space between, so within a sentence. Two function words make no expression
 * and say nothing of each other's company, and they are most of all pairs; one beside another word tells how that is used.
 */

const FUNCTION_WORDS = new Set(
  `a an the of to in on at by for from with and or but if as so that this it its is are was were be been am i you he she we they me my your
  his her our their them him us not no do does did have has had will would can could just than then there what when who how`.split(
    /\s+/,
  ),
)

/**
 * Of so many contents one is read for pairs, chosen by its id: pairs are as many as words, and what they tell may come later.
 * Reference and present are read alike, so rates stay comparable; what is reported is scaled up.
 */
export const PAIRS_EVERY = 4

/** Whether a content is read for pairs: the same for any batch, kind and replay. */
export function isReadForPairs(contentId: string): boolean {
  return keyOf(contentId) % PAIRS_EVERY === 0
}

/** Pairs of one text that are watched. */
const PAIRS_A_TEXT_MAX = 64

const SPACE = 0x20

/** Adds the pairs of a text while its words are read in order. */
export class PairReader {
  private readonly text: string
  private readonly into: Set<string>
  private readonly sizeMax: number
  private before = ''
  private beforeEnd = -1
  private isFunctionBefore = false

  constructor(text: string, into: Set<string>) {
    this.text = text
    this.into = into
    this.sizeMax = into.size + PAIRS_A_TEXT_MAX
  }

  /** @param end where the word ends in the text, exclusive */
  add(word: string, start: number, end: number): void {
    const isFunction = FUNCTION_WORDS.has(word)
    const isNeighbour = start === this.beforeEnd + 1 && this.text.charCodeAt(this.beforeEnd) === SPACE
    if (isNeighbour && !(isFunction && this.isFunctionBefore) && this.into.size < this.sizeMax)
      this.into.add(`${this.before} ${word}`)
    this.before = word
    this.beforeEnd = end
    this.isFunctionBefore = isFunction
  }
}
