/** How far apart two values are: nominal, the same or not; interval, by the square of their difference. */
export type Metric = 'nominal' | 'interval'

/**
 * Krippendorff's α: 1 where all agree, 0 where they agree as often as chance, below it where they contradict each other (Krippendorff,
 * Content Analysis, 2004, ch. 11; the computation of his "Computing Krippendorff's Alpha-Reliability", 2011). Any number of people, who need not all
 * have answered everything. Null where nothing was answered twice, or all answers of all units are the same: then it is not defined.
 * @param units the answers to each question
 */
export function krippendorffAlpha(units: readonly (readonly number[])[], metric: Metric): number | null {
  const paired = units.filter(unit => unit.length > 1)
  const counts = new Map<number, number>()
  let values = 0
  let observed = 0
  for (const unit of paired) {
    const within = new Map<number, number>()
    for (const value of unit) add(within, value)
    for (const [value, count] of within) add(counts, value, count)
    values += unit.length
    observed += disagreementOf(within, metric) / (unit.length - 1)
  }
  const expected = disagreementOf(counts, metric) / (values - 1)
  if (paired.length === 0 || expected === 0) return null
  return 1 - observed / expected
}

/** Sum of the differences of all ordered pairs. */
function disagreementOf(counts: ReadonlyMap<number, number>, metric: Metric): number {
  let total = 0
  let sum = 0
  let squares = 0
  let same = 0
  for (const [value, count] of counts) {
    total += count
    sum += count * value
    squares += count * value * value
    same += count * count
  }
  // Without walking the pairs: a scale may have many values.
  return metric === 'nominal' ? total * total - same : 2 * (total * squares - sum * sum)
}

/**
 * Cohen's κ of two people: how much oftener they agree than by chance, each with the answers they tend to (Cohen, 1960); of a scale with weights by
 * the square of the difference (Cohen, 1968). Null without answers in common, or where both always say the same.
 * @param pairs the answers of both to each question
 */
export function cohenKappa(pairs: readonly (readonly [number, number])[], metric: Metric): number | null {
  const n = pairs.length
  if (n === 0) return null
  const [one, other] = [new Map<number, number>(), new Map<number, number>()]
  let observed = 0
  for (const [left, right] of pairs) {
    add(one, left)
    add(other, right)
    observed += differenceOf(left, right, metric)
  }
  let expected = 0
  for (const [left, leftCount] of one)
    for (const [right, rightCount] of other)
      expected += (leftCount * rightCount * differenceOf(left, right, metric)) / n
  return expected === 0 ? null : 1 - observed / expected
}

function differenceOf(left: number, right: number, metric: Metric): number {
  if (metric === 'nominal') return left === right ? 0 : 1
  return (left - right) ** 2
}

function add(counts: Map<number, number>, value: number, count = 1): void {
  counts.set(value, (counts.get(value) ?? 0) + count)
}
