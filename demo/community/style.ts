import type { Author } from './authors.ts'
import type { Draws } from './draws.ts'
import type { Tone } from './truth.ts'

/** What makes a sentence look like its author's: letters, ending, emoji, typos. */

const emoji: Readonly<Record<Tone, readonly string[]>> = {
  kind: ['❤️', '😊', '🙏', '🎉', '🌻', '🥰'],
  plain: ['🌧️', '🔧', '📷', '🕒'],
  unkind: ['🙄', '🤡', '😡'],
}
/** Shorter words are typed right. */
const TYPO_LETTERS_MIN = 5

/**
 * @param tone that an emoji may underline
 * @param kept words in which there is no typo, in small letters
 */
export function styled(
  sentence: string,
  author: Author,
  tone: Tone,
  kept: ReadonlySet<string>,
  draws: Draws,
): string {
  const typed = sentence.replaceAll(/\p{L}+/gu, word =>
    word.length < TYPO_LETTERS_MIN || kept.has(word.toLowerCase()) || !draws.chance(author.typo)
      ? word
      : misspelt(word, draws),
  )
  const ended = /[?!.…]$/.test(typed) ? typed : typed + author.ends
  const shown = inLetters(ended, author.letters)
  return draws.chance(author.emoji) ? `${shown} ${draws.pick(emoji[tone])}` : shown
}

function inLetters(text: string, letters: Author['letters']): string {
  if (letters === 'small') return text.toLowerCase()
  if (letters === 'loud') return text.toUpperCase()
  return text.replaceAll(
    /(^|[.!?] )(\p{Ll})/gu,
    (_, before: string, letter: string) => before + letter.toUpperCase(),
  )
}

/** Two letters change places, or one is missing or doubled. */
function misspelt(word: string, draws: Draws): string {
  const at = 1 + draws.below(word.length - 2)
  const before = word.slice(0, at)
  switch (draws.below(3)) {
    case 0:
      return before + word[at + 1] + word[at] + word.slice(at + 2)
    case 1:
      return before + word.slice(at + 1)
    default:
      return before + word[at] + word.slice(at)
  }
}
