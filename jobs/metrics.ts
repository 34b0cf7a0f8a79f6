import type { KindDeclaration } from '../pipelines/kind-declaration.ts'

/** A held-out row: what was predicted, what is true (both on the kind's scale). */
export interface Outcome {
  readonly value: number
  readonly target: number
}

/** Chance that a positive row is scored above a negative one; ties count half. NaN if a class is missing. */
export function areaUnderCurve(
  outcomes: readonly Outcome[],
  isPositive: (target: number) => boolean,
): number {
  const sorted = [...outcomes].sort((a, b) => a.value - b.value)
  let positives = 0
  let rankSum = 0
  for (let start = 0; start < sorted.length; ) {
    let end = start
    while (end < sorted.length && sorted[end]!.value === sorted[start]!.value) end++
    const meanRank = (start + 1 + end) / 2
    for (let i = start; i < end; i++) {
      if (!isPositive(sorted[i]!.target)) continue
      positives++
      rankSum += meanRank
    }
    start = end
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * (sorted.length - positives))
}

/** Pearson's correlation of values and targets; NaN where all values or all targets are the same. */
export function pearson(outcomes: readonly Outcome[]): number {
  // Rounding would make a little spread of none, and a correlation of nothing.
  if (isConstant(outcomes, one => one.value) || isConstant(outcomes, one => one.target)) return Number.NaN
  const value = mean(outcomes.map(one => one.value))
  const target = mean(outcomes.map(one => one.target))
  let both = 0
  let ofValues = 0
  let ofTargets = 0
  for (const one of outcomes) {
    both += (one.value - value) * (one.target - target)
    ofValues += (one.value - value) ** 2
    ofTargets += (one.target - target) ** 2
  }
  return both / Math.sqrt(ofValues * ofTargets)
}

function isConstant(outcomes: readonly Outcome[], numberOf: (one: Outcome) => number): boolean {
  return outcomes.every(one => numberOf(one) === numberOf(outcomes[0]!))
}

/** Spearman's correlation: Pearson's of the ranks, where ties share their mean rank. NaN as `pearson`. */
export function spearman(outcomes: readonly Outcome[]): number {
  const values = ranks(outcomes.map(one => one.value))
  const targets = ranks(outcomes.map(one => one.target))
  return pearson(outcomes.map((_, i) => ({ value: values[i]!, target: targets[i]! })))
}

/** Ranks from 1 in the order of the list; equal numbers have the mean of the ranks they fill. */
function ranks(numbers: readonly number[]): Float64Array {
  const order = Uint32Array.from(numbers.keys()).sort((a, b) => numbers[a]! - numbers[b]!)
  const found = new Float64Array(numbers.length)
  for (let start = 0; start < order.length; ) {
    let end = start
    while (end < order.length && numbers[order[end]!] === numbers[order[start]!]) end++
    for (let i = start; i < end; i++) found[order[i]!] = (start + 1 + end) / 2
    start = end
  }
  return found
}

/** Mean of the F1 of every class that occurs among predictions or targets. */
export function macroF1(outcomes: readonly Outcome[], classOf: (value: number) => string): number {
  const counts = new Map<string, { hits: number; named: number }>()
  const countOf = (name: string) => {
    const known = counts.get(name) ?? { hits: 0, named: 0 }
    counts.set(name, known)
    return known
  }
  for (const { value, target } of outcomes) {
    const predicted = classOf(value)
    const actual = classOf(target)
    countOf(predicted).named++
    countOf(actual).named++
    if (predicted === actual) countOf(actual).hits++
  }
  // F1 is twice the hits over those predicted and those true.
  return mean([...counts.values()].map(({ hits, named }) => (2 * hits) / named))
}

/**
 * Expected calibration error: over ten bins of equal count by value, the mean of |mean value − mean target| / `scaleWidth`.
 * Equal values keep the order of the rows, which so decides where a bin ends among them.
 */
export function calibrationError(outcomes: readonly Outcome[], scaleWidth: number): number {
  const sorted = [...outcomes].sort((a, b) => a.value - b.value)
  const bins = equalCountBins(sorted, CALIBRATION_BINS)
  const gap = (bin: readonly Outcome[]) => Math.abs(mean(bin.map(one => one.value - one.target)))
  return mean(bins.map(gap)) / scaleWidth
}

const CALIBRATION_BINS = 10

/** Cuts a sorted list into at most `count` runs whose lengths differ by one at most; none is empty. */
export function equalCountBins<T>(sorted: readonly T[], count: number): T[][] {
  const bins: T[][] = []
  for (let bin = 0; bin < count; bin++) {
    const start = Math.floor((bin * sorted.length) / count)
    const end = Math.floor(((bin + 1) * sorted.length) / count)
    if (end > start) bins.push(sorted.slice(start, end))
  }
  return bins
}

/**
 * The metrics of a kind by their names (design §7), NaN where a missing class leaves one undefined. `settings` are the
 * version's own, whose `threshold` parts the classes of a binary kind (0.5 where none is stated).
 */
export function metricsOf(
  kind: KindDeclaration,
  outcomes: readonly Outcome[],
  settings: Readonly<Record<string, number>>,
): Record<string, number> {
  const { training, scale } = kind
  if (training.objective === 'GRADED') return gradedMetrics(outcomes, training.middle, scale)
  const { falseAlarms, ece, ...others } = binaryMetrics(outcomes, settings['threshold'] ?? 0.5)
  if (!training.positive.includes('spam')) return { ...others, ece }
  return { ...others, spamCaught: others.recall, hamBlocked: falseAlarms, ece }
}

/** Which of the three classes of a graded kind a value is of: below, in or above the middle, whose ends are in it. */
export function gradeOf(value: number, middle: Range): 'low' | 'middle' | 'high' {
  return value < middle.min ? 'low' : value > middle.max ? 'high' : 'middle'
}

/** Metrics of a graded kind (design §7): three classes, below, in and above the middle; `auc` leaves the middle out. */
export function gradedMetrics(outcomes: readonly Outcome[], middle: Range, scale: Range) {
  const classOf = (value: number) => gradeOf(value, middle)
  return {
    n: outcomes.length,
    accuracy: mean(outcomes.map(one => Number(classOf(one.value) === classOf(one.target)))),
    macroF1: macroF1(outcomes, classOf),
    auc: areaUnderCurve(
      outcomes.filter(one => classOf(one.target) !== 'middle'),
      target => target > middle.max,
    ),
    mae: mean(outcomes.map(one => Math.abs(one.value - one.target))),
    pearson: pearson(outcomes),
    spearman: spearman(outcomes),
    ece: calibrationError(outcomes, scale.max - scale.min),
  }
}

export interface Range {
  readonly min: number
  readonly max: number
}

/** Metrics of a binary kind at its threshold; those that a missing class leaves undefined are NaN. */
export function binaryMetrics(outcomes: readonly Outcome[], threshold: number) {
  const count = (target: number, above: boolean) =>
    outcomes.filter(one => one.target === target && one.value >= threshold === above).length
  const caught = count(1, true)
  const missed = count(1, false)
  const blocked = count(0, true)
  const passed = count(0, false)
  return {
    n: outcomes.length,
    accuracy: (caught + passed) / outcomes.length,
    precision: ratio(caught, caught + blocked),
    recall: ratio(caught, caught + missed),
    f1: ratio(2 * caught, 2 * caught + blocked + missed),
    macroF1: macroF1(
      outcomes.map(({ value, target }) => ({ value: Number(value >= threshold), target })),
      String,
    ),
    auc: areaUnderCurve(outcomes, target => target === 1),
    mcc: matthews({ caught, missed, blocked, passed }),
    falseAlarms: ratio(blocked, blocked + passed),
    ece: calibrationError(outcomes, 1),
  }
}

/** Matthews' correlation: 0 where all are called alike, NaN where all are alike. */
function matthews(counts: Readonly<Record<'caught' | 'missed' | 'blocked' | 'passed', number>>): number {
  const { caught, missed, blocked, passed } = counts
  if (caught + missed === 0 || blocked + passed === 0) return Number.NaN
  if (caught + blocked === 0 || missed + passed === 0) return 0
  const product = (caught + missed) * (blocked + passed) * (caught + blocked) * (missed + passed)
  return (caught * passed - blocked * missed) / Math.sqrt(product)
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** NaN where there is nothing to take a share of. */
function ratio(part: number, whole: number): number {
  return whole === 0 ? Number.NaN : part / whole
}

/** Four digits are what so few rows can tell; a metric that a missing class leaves undefined is left out. */
export function roundedMetrics(metrics: Readonly<Record<string, number>>): Record<string, number> {
  const known = Object.entries(metrics).filter(([, value]) => Number.isFinite(value))
  return Object.fromEntries(known.map(([name, value]) => [name, Math.round(value * 1e4) / 1e4]))
}
