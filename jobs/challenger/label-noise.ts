import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import { asLabel, type ComparedRow } from './compare.ts'

/** Labels that two models contradict, both of them sure. */
export interface LabelNoise {
  /** Rows of which champion and challenger are sure, and agree; each counts by its weight, as it is learned from. */
  readonly sure: number
  readonly contradicted: number
  /** Lower end of what share of labels is wrong where it can be told: one-sided, 95 %. */
  readonly shareAtLeast: number
  /** As above of each person with enough such labels, the worst first. */
  readonly people: readonly {
    readonly by: string
    readonly sure: number
    readonly contradicted: number
    readonly shareAtLeast: number
  }[]
}

/** Log-odds beyond the threshold of a class. */
const SURE_LOG_ODDS = 1.5
const PERSON_ROWS_MIN = 4
/** Of the normal distribution, one-sided 95 %. */
const Z = 1.645

/** Contradicted rows that share a term without which it explains nothing. */
const EXPLAINED_ROWS_MIN = 3
/** Of the sure rows that hold the term. */
const EXPLAINED_SHARE_MIN = 0.7

/**
 * How many labels say the contrary of what champion and challenger both surely say, the challenger without having seen the
 * label. Rows with new words that too few others taught are left out: of those neither knows. So are contradictions that share a word
 * or expression of many people: where labels contradict wherever it stands, it means something else now and was not learned yet;
 * labels that are wrong are so whatever the text holds.
 */
export function labelNoise(
  kind: KindDeclaration,
  settings: Readonly<Record<string, number>>,
  rows: readonly ComparedRow[],
): LabelNoise {
  const sideOf = sureSide(kind, settings)
  const sure = unexplained(
    rows.flatMap(({ row, champion, challenger, isTold, terms }) => {
      const side = sideOf(champion)
      if (!isTold || side === 0 || side !== sideOf(challenger)) return []
      return [{ row, side, terms, isWrong: isContrary(kind, side, asLabel(kind, row.target)) }]
    }),
  )
  const byPerson = new Map<string, { sure: number; contradicted: number }>()
  for (const { row, side, isWrong } of sure)
    for (const { by, value } of row.evidence) {
      const person = byPerson.get(by) ?? { sure: 0, contradicted: 0 }
      byPerson.set(by, person)
      person.sure += row.weight
      // What others outvoted is not learned from.
      if (isWrong && isContrary(kind, side, asLabel(kind, value))) person.contradicted += row.weight
    }
  const weightOf = (rows: typeof sure) => rows.reduce((sum, { row }) => sum + row.weight, 0)
  const contradicted = weightOf(sure.filter(one => one.isWrong))
  const total = weightOf(sure)
  const people = [...byPerson]
    .filter(([, person]) => person.sure >= PERSON_ROWS_MIN)
    .map(([by, person]) => ({ by, ...person, shareAtLeast: lowerShare(person.contradicted, person.sure) }))
    .sort((a, b) => b.shareAtLeast - a.shareAtLeast || (a.by < b.by ? -1 : 1))
  return { sure: total, contradicted, shareAtLeast: lowerShare(contradicted, total), people }
}

interface SureRow {
  readonly row: ComparedRow['row']
  readonly terms: readonly string[]
  readonly isWrong: boolean
}

/**
 * Without the rows of terms that explain why they are contradicted, the one that explains most first. What a word means now, more
 * than one person knows, where more than one labelled.
 */
function unexplained<Row extends SureRow>(rows: readonly Row[]): readonly Row[] {
  const peopleMin = Math.min(2, new Set(rows.flatMap(({ row }) => row.evidence.map(({ by }) => by))).size)
  const counts = new Map<string, { wrong: number; all: number; readonly by: Set<string> }>()
  for (const { row, terms, isWrong } of rows)
    for (const term of new Set(terms)) {
      const count = counts.get(term) ?? { wrong: 0, all: 0, by: new Set<string>() }
      counts.set(term, count)
      count.all++
      if (!isWrong) continue
      count.wrong++
      for (const { by } of row.evidence) count.by.add(by)
    }
  const [best] = [...counts]
    .filter(
      ([, { wrong, all, by }]) =>
        wrong >= EXPLAINED_ROWS_MIN && wrong >= EXPLAINED_SHARE_MIN * all && by.size >= peopleMin,
    )
    .sort(([a, { wrong: x }], [b, { wrong: y }]) => y - x || (a < b ? -1 : 1))
  if (best === undefined) return rows
  return unexplained(rows.filter(({ terms }) => !terms.includes(best[0])))
}

/** −1 or 1 where a value surely is of the low or the high label, else 0. */
export function sureSide(
  { training }: KindDeclaration,
  settings: Readonly<Record<string, number>>,
): (value: number) => -1 | 0 | 1 {
  if (training.objective === 'GRADED') {
    // The middle lies between: one label apart is sure enough, and few grades lie farther out.
    const { min, max } = training.middle
    return value => (value < min ? -1 : value > max ? 1 : 0)
  }
  const odds = (value: number) => Math.log(value / (1 - value))
  const border = odds(settings['threshold'] ?? 0.5)
  return value => {
    const distance = odds(value) - border
    return distance <= -SURE_LOG_ODDS ? -1 : distance >= SURE_LOG_ODDS ? 1 : 0
  }
}

/** Whether a label says the contrary of a side. */
export function isContrary({ training, scale }: KindDeclaration, side: -1 | 1, target: number): boolean {
  const middle =
    training.objective === 'GRADED' ? training.middle : { min: (scale.min + scale.max) / 2, max: scale.min }
  return side > 0 ? target < middle.min : target > middle.max
}

/** The lower end of Wilson's interval (1927) of a share; 0 without rows. */
export function lowerShare(part: number, whole: number): number {
  if (whole === 0) return 0
  const share = part / whole
  const square = Z * Z
  const middle = share + square / (2 * whole)
  const spread = Z * Math.sqrt((share * (1 - share)) / whole + square / (4 * whole * whole))
  return Math.max(0, (middle - spread) / (1 + square / whole))
}
