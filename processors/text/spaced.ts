import { LATIN, unitClass } from './characters.ts'
import { knownWords, shortWords } from './known-words.ts'
import { type NormalisedText, SPACE_CODE } from './normalised-text.ts'

/** Letters of a word that is pulled apart; longer rows are several words, or noise. */
const LETTERS_MAX = 24
/** Fewer single letters in a row are initials, or chat: `r u ok`. */
const SINGLES_MIN = 3
/** Letters of a piece beside single letters that may belong to their word: `D e ar`. */
const PIECE_UNITS_MAX = 3
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
  if (unitClass(codes[start]!) < LATIN || (start > 0 && unitClass(codes[start - 1]!) >= LATIN)) return false
  const first = pieceEnd(text, start)
  if (first - start > PIECE_UNITS_MAX || first >= length || !separators.has(codes[first]!)) return false
  const separator = codes[first]!
  if (separator !== SPACE_CODE && start > 0 && codes[start - 1] === separator) return false
  if (first - start > 1 && separator !== SPACE_CODE) return false
  const row = readRow(text, start, separator)
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

function readRow(text: NormalisedText, start: number, separator: number): Row {
  const { codes, starts, ends, length } = text
  const row: Row = { pieces: [], singles: 0 }
  let at = start
  while (row.pieces.length < LETTERS_MAX) {
    const end = pieceEnd(text, at)
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
  const { codes, length } = text
  const { pieces } = row
  const isOwn = (piece: number) => isPieceAlone(text, pieces[piece]!)
  let from = 0
  if (!isSingle(pieces[0])) {
    if (isOwn(0)) return 0
    from = 1
  }
  let to = from
  while (isSingle(pieces[to]) && isLetterLike(codes[pieces[to]!.start]!)) to++
  const end = pieces[to - 1]?.end ?? 0
  // `x.y.z.com` is a name, not a word: the letters must end where the row does.
  if (
    separator !== SPACE_CODE &&
    end + 1 < length &&
    codes[end] === separator &&
    unitClass(codes[end + 1]!) >= LATIN
  )
    return 0
  to = cutAtWideGap(row, from, to)
  while (to > from && isDigitCode(codes[pieces[to - 1]!.start]!)) to--
  const singles = to - from
  if (singles === 0 || isDigitCode(codes[pieces[from]!.start]!)) return 0
  let count = to
  if (to < pieces.length && !isSingle(pieces[to]) && !pieces[to - 1]!.isWide && !isOwn(to)) count = to + 1
  if (singles < SINGLES_MIN) return isKnown(text, pieces, count) && count >= 3 ? count : 0
  if (from === 1 && singles < SINGLES_MIN + 1 && !isKnown(text, pieces, count) && !isKnown(text, pieces, to))
    return 0
  return startsWithOwnWord(text, pieces, to) ? 0 : count
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

/** `i h a t e you`: the first letter is a word of its own, and the rest is one. */
function startsWithOwnWord(text: NormalisedText, pieces: Row['pieces'], to: number): boolean {
  const first = text.codes[pieces[0]!.start]!
  if (first !== 0x69 && first !== 0x61 && first !== 0x75) return false
  return !isKnown(text, pieces, to) && isKnown(text, pieces.slice(1), to - 1)
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

function isKnown({ codes }: NormalisedText, pieces: Row['pieces'], count: number): boolean {
  let word = ''
  for (const { start, end } of pieces.slice(0, count)) {
    for (let at = start; at < end; at++) word += String.fromCharCode(plainLetter(codes[at]!))
  }
  return knownWords.has(word)
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
