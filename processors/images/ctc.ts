/** What a recogniser says of a line: `steps` rows of one probability a class, from left to right. */
export interface StepProbabilities {
  readonly steps: number
  readonly classes: number
  readonly data: Float32Array
}

/** The characters of a recogniser's classes; class 0 is the blank between characters. */
export interface Alphabet {
  /** Text of each class, compatibility forms folded to plain ones. */
  readonly characters: readonly string[]
  /** Classes of letters written with spaces between words, their digits and signs; the blank is among them. */
  readonly spaced: Int32Array
  readonly space: number
}

export interface DecodedLine {
  readonly text: string
  /** Mean probability of its characters, 0–1; 0 without any. */
  readonly confidence: number
}

/**
 * A space that the recogniser half saw: it was taught on text with few spaces and leaves most of them out, yet between words its
 * probability rises far above that between letters.
 */
const SPACE_MIN = 0.02
/** A line is in ideographs where they take at least this share of its characters; else they are misread letters. */
const IDEOGRAPHS_MIN = 0.5

/** @param keys one character a class from class 1 on, as in ppocr_keys_v1.txt; the space is the last class */
export function alphabetOf(keys: readonly string[]): Alphabet {
  const characters = ['', ...keys.map(key => key.normalize('NFKC')), ' ']
  const spaced = characters.flatMap((text, index) => (isSpaced(text) ? [index] : []))
  return { characters, spaced: Int32Array.from(spaced), space: characters.length - 1 }
}

/** Greedy decoding of connectionist temporal classification (Graves et al. 2006): the best class a step, repeats and blanks dropped. */
export function decodeCtc(probabilities: StepProbabilities, alphabet: Alphabet): DecodedLine {
  const all = bestOf(probabilities, null)
  const read = all.filter((index, step) => index !== 0 && index !== all[step - 1])
  const ideographs = read.filter(index => IDEOGRAPH.test(alphabet.characters[index]!)).length
  const isIdeographic = read.length > 0 && ideographs >= IDEOGRAPHS_MIN * read.length
  return spell(probabilities, alphabet, isIdeographic ? all : bestOf(probabilities, alphabet.spaced))
}

/** Parts of a line that were read by themselves, with spaces between. */
export function joinParts(parts: readonly DecodedLine[]): DecodedLine {
  const read = parts.filter(({ text }) => text !== '')
  const letters = read.reduce((sum, { text }) => sum + text.length, 0)
  const sum = read.reduce((total, { text, confidence }) => total + text.length * confidence, 0)
  return { text: read.map(({ text }) => text).join(' '), confidence: letters === 0 ? 0 : sum / letters }
}

const IDEOGRAPH = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u

function isSpaced(text: string): boolean {
  return /^[\p{Script=Latin}\p{ASCII}€£¥©®™°•…–—‘’“”]*$/u.test(text)
}

/** The most probable class of each step, of those in `among` or of all. */
function bestOf({ steps, classes, data }: StepProbabilities, among: Int32Array | null): number[] {
  const count = among?.length ?? classes
  const best: number[] = []
  for (let step = 0; step < steps; step++) {
    const row = data.subarray(step * classes, (step + 1) * classes)
    let index = 0
    let highest = row[0]!
    for (let i = 0; i < count; i++) {
      const at = among === null ? i : among[i]!
      if (row[at]! <= highest) continue
      highest = row[at]!
      index = at
    }
    best.push(index)
  }
  return best
}

function spell(
  { classes, data }: StepProbabilities,
  alphabet: Alphabet,
  best: readonly number[],
): DecodedLine {
  let text = ''
  let sum = 0
  let count = 0
  let space = 0
  best.forEach((index, step) => {
    const isNew = index !== 0 && index !== best[step - 1]
    const probability = data[step * classes + index]!
    if (isNew && index !== alphabet.space) {
      if (text !== '' && space >= SPACE_MIN) text += ' '
      text += alphabet.characters[index]
      sum += probability
      count++
      space = 0
    }
    if (index === 0 || index === alphabet.space)
      space = Math.max(space, data[step * classes + alphabet.space]!)
  })
  return { text: text.replaceAll(/ +/g, ' ').trim(), confidence: count === 0 ? 0 : Math.min(1, sum / count) }
}
