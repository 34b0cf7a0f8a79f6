import type { Comments } from './comments.ts'

/** Comments as they are typed into sockets: each draft is the one before and a word or a few letters more. */
export interface TypedDraft {
  readonly id: string
  /** Counts the texts of a socket upwards. */
  readonly seq: number
  readonly text: string
}

/** A sender waits for a pause in typing, so that a draft comes some letters after the one before. */
const STEP_LETTERS_MIN = 2
const STEP_LETTERS_MAX = 8
/** Comments shorter than this are answered before they are typed; longer ones are rarely typed at a stretch. */
const TEXT_LENGTH_MIN = 40
const TEXT_LENGTH_MAX = 400

/** Numbers of a linear congruential generator (Numerical Recipes), so that every run types the same. */
const LCG_FACTOR = 1664525
const LCG_STEP = 1013904223

/** The comments that are long enough to be typed, cut where they are too long. */
export function typeableTexts({ rows }: Comments): readonly string[] {
  return rows
    .filter(({ text }) => text.length >= TEXT_LENGTH_MIN)
    .map(({ text }) => text.slice(0, TEXT_LENGTH_MAX))
}

/** What a socket's author types, comment after comment, without end; the same for the same number of the socket. */
export function* typedDrafts(texts: readonly string[], socket: number): Generator<TypedDraft, never> {
  let random = socket
  const draw = () => {
    random = (Math.imul(random, LCG_FACTOR) + LCG_STEP) >>> 0
    return random / 2 ** 32
  }
  let seq = 0
  for (let draft = 0; ; draft++) {
    const text = texts[Math.floor(draw() * texts.length)]!
    // Sockets do not all begin at the first letter at once.
    let typed = draft === 0 ? Math.floor(draw() * text.length) : 0
    while (typed < text.length) {
      typed += STEP_LETTERS_MIN + Math.floor(draw() * (STEP_LETTERS_MAX - STEP_LETTERS_MIN + 1))
      yield { id: `d${draft}`, seq: seq++, text: text.slice(0, typed) }
    }
  }
}
