import type { DataSetRow } from '../data-set/data-set.ts'
import { DATA_SET_FOLDS } from '../data-set/data-set.ts'
import type { Comparison } from './challenger.ts'
import type { ComparedRow } from './compare.ts'
import { changedMargin } from './fit-head.ts'
import { type HeadPriors, type HeadRows, isNewLanguage, type LearnedHead, learnHead } from './learn-head.ts'
import type { MatchingLoss } from './matching-loss.ts'
import type { TeachingRows } from './teaching-rows.ts'

/** From so many labelled rows on a part is held out once, instead of each part in turn. */
export const HELD_OUT_ROWS_MIN = 2000
/** Beside fold 0, so much of the newest is held out: what comes next is like it. */
const NEWEST_SHARE = 0.1

export interface Unseen {
  readonly by: Comparison['by']
  /** Rows that people labelled: votes and the champion's own scores judge nobody. */
  readonly rows: readonly ComparedRow[]
}

export interface UnseenOptions {
  readonly loss: MatchingLoss
  readonly priors: HeadPriors
  /** Learned from all rows: it tells which words turned. */
  readonly learned: LearnedHead
  readonly onPart?: (done: number, of: number) => void
}

/** What champion and challenger say of labelled rows, each of them by a challenger that was taught without the row's fold. */
export function predictUnseen(teaching: TeachingRows, options: UnseenOptions): Unseen {
  const { labelled, heads } = teaching
  const judged = [...labelled.keys()].filter(
    row => labelled[row]!.role === 'LABEL' && heads.labelled.weights[row]! > 0,
  )
  const isCrossed = judged.length < HELD_OUT_ROWS_MIN
  const parts = isCrossed ? crossed(labelled, judged) : [heldOut(labelled, judged)]
  const rows: ComparedRow[] = []
  for (const [done, part] of parts.entries()) {
    options.onPart?.(done, parts.length)
    rows.push(...predictPart(teaching, part, options))
  }
  return { by: isCrossed ? 'CROSS_VALIDATION' : 'HELD_OUT', rows }
}

/** Rows that are judged together, and which others are not to be learned from: no group lies on both sides. */
interface Part {
  readonly judged: readonly number[]
  readonly isApart: (row: DataSetRow) => boolean
}

function crossed(labelled: readonly DataSetRow[], judged: readonly number[]): Part[] {
  return Array.from({ length: DATA_SET_FOLDS }, (_, fold) => ({
    judged: judged.filter(row => labelled[row]!.fold === fold),
    isApart: (row: DataSetRow) => row.fold === fold,
  })).filter(part => part.judged.length > 0)
}

function heldOut(labelled: readonly DataSetRow[], judged: readonly number[]): Part {
  const times = judged.map(row => labelled[row]!.at).sort((a, b) => a - b)
  const newest = times[Math.floor(times.length * (1 - NEWEST_SHARE))]!
  const groups = new Set(labelled.filter(row => row.fold === 0 || row.at >= newest).map(row => row.group))
  const isApart = (row: DataSetRow) => groups.has(row.group)
  return { judged: judged.filter(row => isApart(labelled[row]!)), isApart }
}

function predictPart(
  { labelled, heads }: TeachingRows,
  { judged, isApart }: Part,
  { loss, priors, learned }: UnseenOptions,
): ComparedRow[] {
  const { rows } = heads.labelled
  const isTaught = (row: number) => !isApart(labelled[row]!)
  if (!labelled.some((_, row) => isTaught(row))) return []
  const { change } = learnHead(heads, loss, priors, isTaught)
  const taughtRows = countTaught(heads, isTaught)
  return judged.map(row => ({
    row: labelled[row]!,
    champion: loss.valueOf(rows.margins[row]!),
    challenger: loss.valueOf(changedMargin(rows, row, change)),
    isNew: isNewLanguage(heads, row, learned),
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
