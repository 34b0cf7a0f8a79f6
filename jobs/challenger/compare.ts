import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import type { DataSetRow } from '../data-set/data-set.ts'
import { calibrationError, gradeOf, macroF1, mean, metricsOf, type Outcome } from '../metrics.ts'
import { createRandom } from '../random.ts'
import type { Estimate, SliceComparison } from './challenger.ts'

/** A labelled row that both answered; the challenger's value is of one that had not seen it. */
export interface ComparedRow {
  readonly row: DataSetRow
  readonly champion: number
  readonly challenger: number
  /** Whether it holds a word the champion did not know, or one that turned; null where no words tell. */
  readonly isNew: boolean | null
  /** Whether its new words, if it has any, were taught by enough other rows: only then the challenger can contradict the label. */
  readonly isTold: boolean
  /** Words and pairs in it that many people write. */
  readonly terms: readonly string[]
}

const RESAMPLES = 300
const BOOTSTRAP_SEED = 1
const INTERVAL = 0.95
/** Groups drawn a resample at most, for time: of more rows the intervals are wider than they need be. */
const RESAMPLED_GROUPS_MAX = 1500

/** Slices by name with the rows in them, empty ones left out. */
export function slicesOf(rows: readonly ComparedRow[]): [string, readonly ComparedRow[]][] {
  const declared = [...new Set(rows.flatMap(({ row }) => row.slices))].filter(name => name !== 'all').sort()
  const slices: [string, readonly ComparedRow[]][] = [
    ['all', rows],
    ['newLanguage', rows.filter(one => one.isNew === true)],
    ['ordinary', rows.filter(one => one.isNew === false)],
    ['random', rows.filter(one => one.row.source === 'random')],
    ...declared.map((name): [string, readonly ComparedRow[]] => [
      name,
      rows.filter(({ row }) => row.slices.includes(name)),
    ]),
  ]
  return slices.filter(([, held]) => held.length > 0)
}

/**
 * Champion and challenger on the same rows: figures, and 95 % intervals of their difference by a paired bootstrap over groups
 * (Efron & Tibshirani 1993; Koehn 2004), since rows of one group resemble each other. Seeded: the same rows give the same figures.
 * Rows that were drawn at random with a known probability stand for as many as were not drawn: they are resampled in proportion.
 */
export function compareRows(
  kind: KindDeclaration,
  settings: Readonly<Record<string, number>>,
  {
    slice,
    rows,
    metric,
  }: { readonly slice: string; readonly rows: readonly ComparedRow[]; readonly metric: string },
): SliceComparison {
  const outcomes = (of: 'champion' | 'challenger', drawn: readonly ComparedRow[]): Outcome[] =>
    drawn.map(one => ({ value: one[of], target: asLabel(kind, one.row.target) }))
  const both = (drawn: readonly ComparedRow[], measure: typeof metricsOf) => ({
    champion: measure(kind, outcomes('champion', drawn), settings),
    challenger: measure(kind, outcomes('challenger', drawn), settings),
  })
  const whole = both(rows, metricsOf)
  const measure = quickMetrics.includes(metric) ? quickMetricsOf : metricsOf
  const names = [...new Set([...quickMetrics, metric])].filter(
    name => Number.isFinite(whole.champion[name]) && Number.isFinite(whole.challenger[name]),
  )
  const differences = new Map(names.map(name => [name, [] as number[]]))
  const draw = groupSampler(rows, slice === 'random')
  for (let resample = 0; resample < RESAMPLES; resample++) {
    const { champion, challenger } = both(draw(), measure)
    for (const name of names) {
      const difference = challenger[name]! - champion[name]!
      if (Number.isFinite(difference)) differences.get(name)!.push(difference)
    }
  }
  const figures: Record<string, Estimate> = {}
  for (const name of names) {
    const [champion, challenger] = [whole.champion[name]!, whole.challenger[name]!]
    const sorted = differences.get(name)!.sort((a, b) => a - b)
    const end = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0
    figures[name] = {
      champion,
      challenger,
      difference: challenger - champion,
      low: end((1 - INTERVAL) / 2),
      high: end((1 + INTERVAL) / 2),
    }
  }
  return { slice, rows: rows.length, figures }
}

/** Metrics that every comparison has where they are defined: those that are quickly had of a resample. */
const quickMetrics: readonly string[] = ['accuracy', 'macroF1', 'mae', 'ece']

function quickMetricsOf(
  kind: KindDeclaration,
  outcomes: readonly Outcome[],
  settings: Readonly<Record<string, number>>,
): Record<string, number> {
  const { training, scale } = kind
  const threshold = settings['threshold'] ?? 0.5
  const said = ({ value }: Outcome) =>
    training.objective === 'GRADED' ? gradeOf(value, training.middle) : String(value >= threshold)
  const meant = ({ target }: Outcome) =>
    training.objective === 'GRADED' ? gradeOf(target, training.middle) : String(target === 1)
  // Labels stand for themselves, so that macroF1 reads them as classes.
  const names = [...new Set(outcomes.flatMap(one => [said(one), meant(one)]))]
  const classes = outcomes.map(one => ({
    value: names.indexOf(said(one)),
    target: names.indexOf(meant(one)),
  }))
  return {
    accuracy: mean(classes.map(({ value, target }) => Number(value === target))),
    macroF1: macroF1(classes, String),
    mae: mean(outcomes.map(({ value, target }) => Math.abs(value - target))),
    ece: calibrationError(outcomes, scale.max - scale.min),
  }
}

/** What people say of a class, joined, is a share; metrics want the class. */
export function asLabel({ training, scale }: KindDeclaration, target: number): number {
  return training.objective === 'BINARY' ? Number(target >= (scale.min + scale.max) / 2) : target
}

/** Draws as many groups as there are, with replacement. */
function groupSampler(rows: readonly ComparedRow[], isWeighted: boolean): () => ComparedRow[] {
  const groups = grouped(rows)
  const weightOf = (group: readonly ComparedRow[]) =>
    isWeighted ? 1 / Math.max(PROBABILITY_MIN, group[0]!.row.samplingProbability ?? 1) : 1
  const ends: number[] = []
  let total = 0
  for (const group of groups) {
    total += weightOf(group)
    ends.push(total)
  }
  const random = createRandom(BOOTSTRAP_SEED)
  const size = Math.min(groups.length, RESAMPLED_GROUPS_MAX)
  return () => Array.from({ length: size }, () => groups[firstAbove(ends, random() * total)]!).flat()
}

/** Of a rarer draw one row would stand for all others. */
const PROBABILITY_MIN = 1e-4

function firstAbove(ends: readonly number[], at: number): number {
  let from = 0
  for (let end = ends.length - 1; from < end; ) {
    const middle = (from + end) >>> 1
    if (ends[middle]! > at) end = middle
    else from = middle + 1
  }
  return from
}

function grouped(rows: readonly ComparedRow[]): ComparedRow[][] {
  const groups = new Map<string, ComparedRow[]>()
  for (const one of rows) {
    const known = groups.get(one.row.group)
    if (known === undefined) groups.set(one.row.group, [one])
    else known.push(one)
  }
  return [...groups.values()]
}
