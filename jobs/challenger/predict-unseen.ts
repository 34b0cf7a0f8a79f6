import type { DataSetRow } from '../data-set/data-set.ts'
import { DATA_SET_FOLDS } from '../data-set/data-set.ts'
import type { ComparedRow } from './compare.ts'
import type { ChallengerFamily, PartialFit, Taught, Unseen } from './family.ts'

/** From so many labelled rows on a part is held out once, instead of each part in turn. */
export const HELD_OUT_ROWS_MIN = 2000
/** Beside fold 0, so much of the newest is held out: what comes next is like it. */
const NEWEST_SHARE = 0.1

/**
 * What champion and challenger say of labelled rows, each of them by a challenger that was taught without the row's fold.
 * @param whole learned from all rows
 */
export function predictUnseen<Rows extends Taught, Learned>(
  family: Pick<ChallengerFamily<Rows, Learned>, 'fit' | 'compare'>,
  taught: Rows,
  whole: Learned,
  onPart?: (done: number, of: number) => void,
): Unseen<Learned> {
  const { labelled, weights } = taught
  const judged = [...labelled.keys()].filter(row => labelled[row]!.role === 'LABEL' && weights[row]! > 0)
  const isCrossed = judged.length < HELD_OUT_ROWS_MIN
  const parts = isCrossed ? crossed(labelled, judged) : [heldOut(labelled, judged)]
  const rows: ComparedRow[] = []
  const fits: PartialFit<Learned>[] = []
  for (const [done, part] of parts.entries()) {
    onPart?.(done, parts.length)
    const isTaught = (row: DataSetRow) => !part.isApart(row)
    if (!labelled.some(isTaught)) continue
    const fit = { learned: family.fit(taught, isTaught), isTaught }
    fits.push(fit)
    rows.push(...family.compare(taught, part.judged, fit, whole))
  }
  return { by: isCrossed ? 'CROSS_VALIDATION' : 'HELD_OUT', rows, fits }
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
