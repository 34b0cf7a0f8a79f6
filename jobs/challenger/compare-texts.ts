import type { ComparedRow } from './compare.ts'
import type { PartialFit } from './family.ts'
import { changedMargin } from './fit-head.ts'
import { type HeadRows, isNewLanguage, type LearnedHead } from './learn-head.ts'
import type { TeachingTexts } from './teaching-texts.ts'

/** What champion and challenger say of labelled texts, and how much the challenger was told of their words. */
export function compareTexts(
  { labelled, heads, loss, priors }: TeachingTexts,
  judged: readonly number[],
  { learned: { change }, isTaught }: PartialFit<LearnedHead>,
  whole: LearnedHead,
): ComparedRow[] {
  const { rows } = heads.labelled
  const taughtRows = countTaught(heads, row => isTaught(labelled[row]!))
  return judged.map(row => ({
    row: labelled[row]!,
    champion: loss.valueOf(rows.margins[row]!),
    challenger: loss.valueOf(changedMargin(rows, row, change)),
    isNew: isNewLanguage(heads, row, whole),
    isTold: isTold(heads, row, taughtRows),
    terms: meaningfulTerms(heads, row, priors.freeMin),
  }))
}

/** Words and pairs of a row that may have a meaning: known ones, and new ones that enough people write. */
function meaningfulTerms({ features, writers }: HeadRows, row: number, writersMin: number): string[] {
  return features[row]!.flatMap(({ term, part, isNew }) =>
    part === 'PIECE' || (isNew && (writers.get(term) ?? 0) < writersMin) ? [] : [term],
  )
}

/** Rows with a new word without which nothing was learned of it. */
const TAUGHT_ROWS_MIN = 3

/** A word that nobody else ever wrote is a name or a slip, and says nothing. */
function isTold(
  { features, writers }: HeadRows,
  row: number,
  taughtRows: ReadonlyMap<string, number>,
): boolean {
  return features[row]!.every(({ term, part, isNew }) => {
    if (!isNew || part !== 'WORD') return true
    const taught = taughtRows.get(term) ?? 0
    return taught >= TAUGHT_ROWS_MIN || (taught === 0 && !writers.has(term))
  })
}

/** How many rows that teach hold each new word. */
function countTaught({ features }: HeadRows, isTaught: (row: number) => boolean): Map<string, number> {
  const counts = new Map<string, number>()
  for (const [row, ofRow] of features.entries()) {
    if (!isTaught(row)) continue
    const terms = new Set(ofRow.filter(one => one.isNew && one.part === 'WORD').map(one => one.term))
    for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1)
  }
  return counts
}
