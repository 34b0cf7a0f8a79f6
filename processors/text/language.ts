import { commonWords, tellingLetters } from './language-words.ts'
import { createTrigramReader } from './letter-trigrams.ts'
import { countScriptWord, createScriptCounts, isOfOtherScript, languageOfScript } from './scripts.ts'

/** A text is decided on its first letters, and nothing after so many UTF-16 units of it is looked at. */
const LETTERS_MAX = 500
const UNITS_MAX = 4000

// What a word says for a language. One that English has as well says less for either.
const WORD_POINTS = 2
const SHARED_POINTS = 1
/** Words of two letters are often abbreviations or typing errors, so outside English they count less. */
const SHORT_WORD_LETTERS = 2
const SHORT_POINTS = 1
/** A word with a letter that English does not have. */
const LETTER_POINTS = 1

/** With so many points, and so many times those of any other language, a text is English without reading on. */
const ENGLISH_SURE_POINTS = 12
const ENGLISH_SURE_TIMES = 3

const ENGLISH_POINTS_MIN = 3
const ENGLISH_POINTS_PER_WORD_MIN = 0.3
const FOREIGN_POINTS_MIN = 4
const FOREIGN_POINTS_PER_WORD_MIN = 0.6
/** Another language needs so many times the points of English: a text wrongly called foreign gets no score. */
const FOREIGN_TIMES_ENGLISH = 2
/** So many letters of another script decide, though there be more Latin ones, where nothing says English. */
const OTHER_LETTERS_MIN = 8

/** Too few words have too few trigrams. */
const TRIGRAM_WORDS_MIN = 3
const TRIGRAM_FOREIGN_POINTS_MIN = 2
/** What English must be away from the nearest language (at most 1) with the points a word at this weight. */
const EVIDENCE_MIN = 0.5
const POINTS_PER_WORD_WEIGHT = 0.6
/** Links, mentions, hashtags and words with digits. */
const UNSPOKEN = /https?:\S+|[@#]\S+|\S*\d\S*/g
/** The languages of `commonWords` that franc-min knows, by ISO 639-3: English first. */
const trigrams = createTrigramReader(
  'eng spa deu fra por ita nld tur pol ind swe vie tgl ron ces hun'.split(' '),
)

const ASCII_END = 0x80
/** Latin letters end below this unit. */
const LATIN_END = 0x2000
const HASHTAG = 0x23
const MENTION = 0x40
const FULL_STOP = 0x2e
const COLON = 0x3a

// What a unit is in a word.
const NO_PART = 0
const LETTER = 1
const DIGIT = 2
/** Invisible or combining: it belongs to the word and says nothing. */
const MARK = 3

const FNV_OFFSET = 0x811c9dc5 | 0
const FNV_PRIME = 0x01000193

/** Letters that Unicode does not take apart, and what they are looked up as. */
const UNDIVIDED = 'ßøłđðıæœ'
const UNDIVIDED_BASES = 'solddiao'

/** Slots of the table of words, a power of two: more than twice as many as there are words. */
const SLOTS = 1 << 14

/** The word that was read last. */
const word = { hash: 0, letters: 0, told: 0, isPlain: true }

const ENGLISH = 0
/** Languages are numbers here, and bits of a mask where several are meant. */
const languages = Object.keys(commonWords)
const { kinds, bases, told } = letterTables()
const { keys, masks } = wordTable()

// Used again for each text; `detectLanguage` never gives way to another call while it reads.
const points = new Int32Array(languages.length)
const scriptCounts = createScriptCounts()

/**
 * The language (ISO 639-1) that a text is confidently written in; null where it does not say enough: names, slang,
 * numbers, a few words, two languages at once. Total, and the same for the same text. Links, mentions, hashtags and
 * words with digits are passed over. The evidence is how many words are common ones of each language (Grefenstette
 * 1995), letters that few languages have, and the script.
 */
export function detectLanguage(text: string): string | null {
  points.fill(0)
  scriptCounts.fill(0)
  const end = Math.min(text.length, UNITS_MAX)
  let words = 0
  let latinLetters = 0
  let otherLetters = 0
  let previous = 0
  for (let at = 0; at < end && latinLetters + otherLetters < LETTERS_MAX; ) {
    const unit = text.charCodeAt(at)
    if (unit >= LATIN_END || kinds[unit] === NO_PART) {
      if (unit === HASHTAG || unit === MENTION) {
        at = blankFrom(text, at, end)
        continue
      }
      const from = at++
      if (unit < ASCII_END || !isOfOtherScript(unit)) continue
      while (at < end && isOfOtherScript(text.charCodeAt(at))) at++
      const isMixed = isLatinLetter(text.charCodeAt(from - 1)) || isLatinLetter(text.charCodeAt(at))
      if (!isMixed) otherLetters += countScriptWord(scriptCounts, text, from, at)
      continue
    }
    const wordEnd = readWord(text, at, end)
    if (isAddress(text, wordEnd)) {
      at = blankFrom(text, wordEnd, end)
      continue
    }
    at = wordEnd
    latinLetters += word.letters
    if (word.letters < SHORT_WORD_LETTERS || !word.isPlain || word.hash === previous) continue
    previous = word.hash
    words++
    addWord()
    if (points[ENGLISH]! >= ENGLISH_SURE_POINTS && isSurelyEnglish()) return 'en'
  }
  if (
    otherLetters > latinLetters ||
    (otherLetters >= OTHER_LETTERS_MIN && points[ENGLISH]! < ENGLISH_POINTS_MIN)
  ) {
    return languageOfScript(scriptCounts, text)
  }
  return languageOfWords(words) ?? languageOfTrigrams(text, words)
}

/** Reads the word that begins at `start` into `word`; returns its end. */
function readWord(text: string, start: number, end: number): number {
  let hash = FNV_OFFSET
  let letters = 0
  let languagesTold = 0
  let isPlain = true
  let at = start
  for (; at < end; at++) {
    const unit = text.charCodeAt(at)
    const kind = unit < LATIN_END ? kinds[unit]! : NO_PART
    if (kind === NO_PART) break
    if (kind === LETTER) {
      hash = Math.imul(hash ^ bases[unit]!, FNV_PRIME)
      languagesTold |= told[unit]!
      letters++
    } else if (kind === DIGIT) isPlain = false
  }
  word.hash = hash
  word.letters = letters
  word.told = languagesTold
  word.isPlain = isPlain
  return at
}

/** Whether the word before `at` is part of a link or a mail address. */
function isAddress(text: string, at: number): boolean {
  const unit = text.charCodeAt(at)
  if (unit === MENTION) return true
  if (unit !== FULL_STOP && unit !== COLON) return false
  const next = text.charCodeAt(at + 1)
  return unit === COLON ? next === 0x2f : next < ASCII_END && kinds[next] === LETTER
}

function isLatinLetter(unit: number): boolean {
  return unit < LATIN_END && kinds[unit] === LETTER
}

/** The first blank from `at` on. */
function blankFrom(text: string, at: number, end: number): number {
  while (at < end && text.charCodeAt(at) > 0x20) at++
  return at
}

/** Adds what `word` says for each language. */
function addWord(): void {
  const mask = maskOf(word.hash)
  const isEnglish = (mask & 1) !== 0
  const isShared = isEnglish && mask !== 1
  if (isEnglish) points[ENGLISH]! += isShared ? SHARED_POINTS : WORD_POINTS
  const others = mask >>> 1
  const letterOthers = isEnglish ? 0 : word.told >>> 1
  if ((others | letterOthers) === 0) return
  const wordPoints = isShared
    ? SHARED_POINTS
    : word.letters <= SHORT_WORD_LETTERS
      ? SHORT_POINTS
      : WORD_POINTS
  for (let language = 1, bit = 1; language < languages.length; language++, bit <<= 1) {
    if (others & bit) points[language]! += wordPoints
    if (letterOthers & bit) points[language]! += LETTER_POINTS
  }
}

function isSurelyEnglish(): boolean {
  return points[ENGLISH]! >= ENGLISH_SURE_TIMES * points[strongestOther()]!
}

/** Of equals, the one that is listed first. */
function strongestOther(): number {
  let strongest = 1
  for (let language = 2; language < points.length; language++) {
    if (points[language]! > points[strongest]!) strongest = language
  }
  return strongest
}

/** Where the words decide: the language, or null in doubt. */
function languageOfWords(words: number): string | null {
  const other = strongestOther()
  const english = points[ENGLISH]!
  const foreign = points[other]!
  if (
    foreign >= FOREIGN_POINTS_MIN &&
    foreign >= FOREIGN_TIMES_ENGLISH * english &&
    foreign >= FOREIGN_POINTS_PER_WORD_MIN * words
  ) {
    return languages[other]!
  }
  const isEnglish =
    english >= ENGLISH_POINTS_MIN && english > foreign && english >= ENGLISH_POINTS_PER_WORD_MIN * words
  return isEnglish ? 'en' : null
}

/**
 * For a text that its words leave in doubt: says how far English is from the language whose letter trigrams rank most
 * like the text's, and adds that to what the words say. Null unless both together
 * are clearly against English. Names and slang have odd trigrams too, so some words must be known.
 */
function languageOfTrigrams(text: string, words: number): string | null {
  const other = strongestOther()
  const foreign = points[other]!
  if (words < TRIGRAM_WORDS_MIN || foreign < TRIGRAM_FOREIGN_POINTS_MIN) return null
  const fromWords = (POINTS_PER_WORD_WEIGHT * (foreign - FOREIGN_TIMES_ENGLISH * points[ENGLISH]!)) / words
  if (1 + fromWords < EVIDENCE_MIN) return null
  const english = trigrams.read(text.slice(0, LETTERS_MAX).replace(UNSPOKEN, ' '))[0]!
  return 1 - english + fromWords >= EVIDENCE_MIN ? languages[other]! : null
}

/** For each unit below `LATIN_END`: what it is, its letter without accents, and the mask of languages it tells of. */
function letterTables() {
  const tables = {
    kinds: new Uint8Array(LATIN_END),
    bases: new Uint8Array(LATIN_END),
    told: new Int32Array(LATIN_END),
  }
  for (let unit = 0; unit < LATIN_END; unit++) {
    const character = String.fromCharCode(unit)
    if (/\p{Script=Latin}/u.test(character)) {
      tables.kinds[unit] = LETTER
      tables.bases[unit] = baseOf(character)
    } else if (/\p{Nd}/u.test(character)) tables.kinds[unit] = DIGIT
    else if (/[\p{Cf}\p{Mn}]/u.test(character)) tables.kinds[unit] = MARK
  }
  for (const [language, letters] of Object.entries(tellingLetters)) {
    for (const letter of letters + letters.toUpperCase()) {
      const unit = letter.charCodeAt(0)
      if (unit > 0x7f) tables.told[unit]! |= 1 << languages.indexOf(language)
    }
  }
  return tables
}

function baseOf(character: string): number {
  const base = character.toLowerCase().normalize('NFD').charAt(0)
  const undivided = UNDIVIDED.indexOf(base)
  return (undivided < 0 ? base : UNDIVIDED_BASES).charCodeAt(Math.max(0, undivided)) & 0xff
}

/** The words of all languages by their hash, with the mask of languages they are common in; open addressing. */
function wordTable() {
  const table = { keys: new Int32Array(SLOTS), masks: new Int32Array(SLOTS) }
  languages.forEach((text, language) => {
    const list = commonWords[text]!
    for (let at = 0; at < list.length; ) {
      at = readWord(list, at, list.length)
      let slot = word.hash & (SLOTS - 1)
      while (table.masks[slot] !== 0 && table.keys[slot] !== word.hash) slot = (slot + 1) & (SLOTS - 1)
      table.keys[slot] = word.hash
      if (word.letters >= SHORT_WORD_LETTERS) table.masks[slot]! |= 1 << language
      while (at < list.length && kinds[list.charCodeAt(at)] !== LETTER) at++
    }
  })
  return table
}

function maskOf(hash: number): number {
  let slot = hash & (SLOTS - 1)
  while (masks[slot] !== 0) {
    if (keys[slot] === hash) return masks[slot]!
    slot = (slot + 1) & (SLOTS - 1)
  }
  return 0
}
