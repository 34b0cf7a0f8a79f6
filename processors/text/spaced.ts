import { LATIN, unitClass } from './characters.ts'
import { knownWords, shortWords } from './known-words.ts'
import { type NormalisedText, SPACE_CODE } from './normalised-text.ts'

/** Letters of a word that is pulled apart; longer rows are several words, or noise. */
const LETTERS_MAX = 24
/** The longest of the known words. */
const WORD_UNITS_MAX = 15
/** Fewer single letters in a row are initials, or chat: `r u ok`. */
const SINGLES_MIN = 3
/** Letters of a piece beside single letters that may belong to their word: `D e ar`. */
const PIECE_UNITS_MAX = 3
const APOSTROPHE = 0x27
const SEPARATORS = ' .-_*|~\u00b7\u2022'
const separators = new Set([...SEPARATORS].map(one => one.charCodeAt(0)))

/** The result of `readSpacedWord`: where the letters stand in the text, and where the row ends. */
export const spaced: { readonly letters: number[]; end: number } = { letters: [], end: 0 }

/** One row of single letters and short pieces with the same separator between them. */
interface Row {
  readonly pieces: { readonly start: number; readonly end: number; readonly isWide: boolean }[]
  singles: number
}

/**
 * Whether a word begins at `start` whose letters are pulled apart (`f r e e`, `F.R.E.E`, `St o p`). Fills `spaced` with
 * the letters of that word. Two spaces where others have one part two words.
 */
export function readSpacedWord(text: NormalisedText, start: number): boolean {
  const { codes, length } = text
  if (unitClass(codes[start]!) < LATIN || (start > 0 && isWordUnit(codes[start - 1]!))) return false
  const first = pieceEnd(text, start)
  if (first - start > PIECE_UNITS_MAX || first >= length || !separators.has(codes[first]!)) return false
  const separator = codes[first]!
  if (separator !== SPACE_CODE && start > 0 && codes[start - 1] === separator) return false
  if (first - start > 1 && separator !== SPACE_CODE) return false
  const row = readRow(text, start, separator)
  if (row.pieces.length < 2) return false
  const count = lettersIn(text, row, separator)
  if (count === 0) return false
  spaced.letters.length = 0
  for (const { start: from, end } of row.pieces.slice(0, count)) {
    for (let at = from; at < end; at++) spaced.letters.push(at)
  }
  spaced.end = row.pieces[count - 1]!.end
  return true
}

function pieceEnd({ codes, length }: NormalisedText, start: number): number {
  let end = start
  while (end < length && end - start <= PIECE_UNITS_MAX && unitClass(codes[end]!) >= LATIN) end++
  return end
}

/** An apostrophe too: the `m` of `I'm` is no letter that stands alone. */
function isWordUnit(code: number): boolean {
  return code === APOSTROPHE || unitClass(code) >= LATIN
}

function readRow(text: NormalisedText, start: number, separator: number): Row {
  const { codes, starts, ends, length } = text
  const row: Row = { pieces: [], singles: 0 }
  let at = start
  while (row.pieces.length < LETTERS_MAX) {
    const end = pieceEnd(text, at)
    if (codes[end] === APOSTROPHE && end < length) break
    if (end === at || end - at > PIECE_UNITS_MAX || (end - at > 1 && separator !== SPACE_CODE)) break
    const isLast = end + 1 >= length || codes[end] !== separator || unitClass(codes[end + 1]!) < LATIN
    const isWide = !isLast && separator === SPACE_CODE && ends[end]! - starts[end]! > 1
    row.pieces.push({ start: at, end, isWide })
    if (end - at === 1) row.singles++
    if (isLast) break
    at = end + 1
  }
  return row
}

/** How many pieces of the row make its first word; 0 if none surely does. */
function lettersIn(text: NormalisedText, row: Row, separator: number): number {
  const { pieces } = row
  const isOwn = (piece: number) => isPieceAlone(text, pieces[piece]!)
  const from = isSingle(pieces[0]) ? 0 : 1
  if (from === 1 && isOwn(0)) return 0
  const to = singlesEnd(text, row, { from, separator })
  const singles = to - from
  if (singles === 0) return 0
  let count = to
  if (to < pieces.length && !isSingle(pieces[to]) && !pieces[to - 1]!.isWide && !isOwn(to)) count = to + 1
  const word = wordOf(text, pieces, count)
  if (knownWords.has(word)) return count >= SINGLES_MIN ? count : 0
  if (singles < SINGLES_MIN || (singles === SINGLES_MIN && isChat(word))) return 0
  const first = from === 0 ? firstWordUnits(wordOf(text, pieces, to)) : to
  if (first < to) return first === 1 ? 0 : first
  // An unknown word needs more to be sure of: letters alone, enough of them, and short pieces beside them.
  if ((from === 1 && singles === SINGLES_MIN) || hasDigit(text, pieces, count)) return 0
  return count > to && pieces[to]!.end - pieces[to]!.start === PIECE_UNITS_MAX ? to : count
}

/** `R u a dad`: letters that each stand for a word. */
function isChat(letters: string): boolean {
  return letters.length === SINGLES_MIN && [...letters].every(letter => 'iaurn'.includes(letter))
}

/** The end of the single letters from `from` on, which may be fewer than the row's; `from` if they make no word. */
function singlesEnd(
  { codes, length }: NormalisedText,
  row: Row,
  { from, separator }: { from: number; separator: number },
): number {
  const { pieces } = row
  let to = from
  while (isSingle(pieces[to]) && isLetterLike(codes[pieces[to]!.start]!)) to++
  if (to === from || isDigitCode(codes[pieces[from]!.start]!)) return from
  // `x.y.z.com` is a name, not a word: the letters must end where the row does.
  const end = pieces[to - 1]!.end
  const goesOn = end + 1 < length && codes[end] === separator && unitClass(codes[end + 1]!) >= LATIN
  if (separator !== SPACE_CODE && goesOn) return from
  to = cutAtWideGap(row, from, to)
  while (to > from && isDigitCode(codes[pieces[to - 1]!.start]!)) to--
  return to
}

/** The length of the first word, where the letters are several known words: `i h a t e`, `m o n t h o n l y`. */
function firstWordUnits(letters: string): number {
  // `fewest[i]` is the least number of words that the letters from `i` on can be.
  const fewest = new Array<number>(letters.length + 1).fill(Number.POSITIVE_INFINITY)
  fewest[letters.length] = 0
  const first = new Array<number>(letters.length).fill(letters.length)
  for (let at = letters.length - 1; at >= 0; at--) {
    for (let end = Math.min(letters.length, at + WORD_UNITS_MAX); end > at; end--) {
      if (fewest[end]! + 1 >= fewest[at]! || !isWordAlone(letters.slice(at, end), at)) continue
      fewest[at] = fewest[end]! + 1
      first[at] = end - at
    }
  }
  return first[0]!
}

/** Two letters and fewer are parts of other words too often, but for those that begin a sentence. */
function isWordAlone(word: string, at: number): boolean {
  if (word.length >= SINGLES_MIN) return knownWords.has(word) || shortWords.has(word)
  return (at === 0 && 'iaunr'.includes(word)) || word === 'am'
}

/** Where wide gaps stand among narrow ones they part words, if each part has two letters or more. */
function cutAtWideGap({ pieces }: Row, from: number, to: number): number {
  let narrow = 0
  for (let i = from; i + 1 < to; i++) if (!pieces[i]!.isWide) narrow++
  if (narrow === 0) return to
  for (let i = from + 1; i + 2 < to; i++) {
    if (pieces[i]!.isWide && i + 1 - from >= SINGLES_MIN && !pieces[i + 1]!.isWide) return i + 1
  }
  return to
}

function isSingle(piece: Row['pieces'][number] | undefined): boolean {
  return piece !== undefined && piece.end - piece.start === 1
}

function isPieceAlone({ codes }: NormalisedText, { start, end }: { start: number; end: number }): boolean {
  let piece = ''
  for (let at = start; at < end; at++) {
    const code = codes[at]!
    if (code < 0x61 || code > 0x7a) return true
    piece += String.fromCharCode(code)
  }
  return shortWords.has(piece) || knownWords.has(piece)
}

/** The first pieces as one word, digits read as letters. */
function wordOf({ codes }: NormalisedText, pieces: Row['pieces'], count: number): string {
  let word = ''
  for (const { start, end } of pieces.slice(0, count)) {
    for (let at = start; at < end; at++) word += String.fromCharCode(plainLetter(codes[at]!))
  }
  return word
}

function hasDigit({ codes }: NormalisedText, pieces: Row['pieces'], count: number): boolean {
  return pieces.slice(0, count).some(({ start }) => isDigitCode(codes[start]!))
}

function plainLetter(code: number): number {
  return code === 0x30 ? 0x6f : code === 0x31 ? 0x69 : code === 0x33 ? 0x65 : code
}

/** A letter, or a digit that leet writes for one. */
function isLetterLike(code: number): boolean {
  return !isDigitCode(code) || '013457'.includes(String.fromCharCode(code))
}

function isDigitCode(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}
