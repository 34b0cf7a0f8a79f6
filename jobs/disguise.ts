import { readFileSync } from 'node:fs'
import { packagePath } from '../schemas/package-root.ts'
import { createRandom } from './random.ts'

/** What the normaliser cannot undo: a letter that is gone can be any letter, and a sign in a word may be meant. */
const tactics: readonly ((word: string, random: () => number) => string)[] = [masked, parted, misspelt]

const MASKS = ['*', '#', '•', '_', '.', '-']
const PARTINGS = ['💰', '🔥', '✅', '👉', '|', "'", '"', ',', '~', '^']

/** At least that many letters, so that what is left can still be read. */
const WORD = /(?<![\p{L}\p{N}./@:])\p{L}{3,}(?![./@:]?[\p{L}\p{N}])/gu
/** More than half of the words, as those who hide from filters do. */
const WORD_SHARE = 0.6

/**
 * The text as somebody might write it who hides from filters: letters masked, signs put into words, or words misspelt, one
 * way a text. The same text is always disguised the same. Addresses stay, since they must work.
 */
export function disguise(text: string): string {
  const random = createRandom(seedOf(text))
  const change = pick(tactics, random)
  return text.replace(WORD, word => (random() < WORD_SHARE ? change(word, random) : word))
}

/** As `disguise`, by misspelling only: what anybody does. */
export function misspell(text: string): string {
  const random = createRandom(seedOf(text))
  return text.replace(WORD, word => (random() < WORD_SHARE ? misspelt(word, random) : word))
}

/** Files of rows of our own that say nothing of anybody, kind or unkind. */
const PLAIN_FILES = ['plain', 'friendly', 'ham']
const plainTexts: readonly string[] = PLAIN_FILES.flatMap(file =>
  readFileSync(packagePath('jobs', 'own-rows', `${file}.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map(line => (JSON.parse(line) as { readonly text: string }).text),
)
const SENTENCES_MAX = 3

/**
 * The text among one to three plain ones, as those write who hide what they say behind harmless words (the good-word attack;
 * Lowd and Meek 2005). The same text always gets the same company.
 */
export function surround(text: string): string {
  const random = createRandom(seedOf(text))
  const company = Array.from({ length: 1 + Math.floor(random() * SENTENCES_MAX) }, () =>
    pick(plainTexts, random),
  )
  company.splice(Math.floor(random() * (company.length + 1)), 0, text)
  return company.map(one => (/[.!?…]$/.test(one) ? one : `${one}.`)).join(' ')
}

function masked(word: string, random: () => number): string {
  const at = innerAt(word, random)
  return `${word.slice(0, at)}${pick(MASKS, random)}${word.slice(at + 1)}`
}

function parted(word: string, random: () => number): string {
  const at = innerAt(word, random)
  return `${word.slice(0, at)}${pick(PARTINGS, random)}${word.slice(at)}`
}

/** Two letters change places, one is left out, or one is written twice. */
function misspelt(word: string, random: () => number): string {
  const at = innerAt(word, random)
  const way = random()
  if (way < 0.4) return `${word.slice(0, at - 1)}${word[at]}${word[at - 1]}${word.slice(at + 1)}`
  if (way < 0.7) return `${word.slice(0, at)}${word.slice(at + 1)}`
  return `${word.slice(0, at)}${word[at - 1]}${word.slice(at)}`
}

/** Of a letter that is neither the first nor, in words of three letters or more, the last. */
function innerAt(word: string, random: () => number): number {
  return 1 + Math.floor(random() * (word.length - 2))
}

function pick<T>(of: readonly T[], random: () => number): T {
  return of[Math.floor(random() * of.length)]!
}

/** FNV-1a over UTF-16 code units. */
function seedOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
