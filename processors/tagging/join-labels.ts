/** What values mean: a number of a scale, or one of two classes. */
export interface LabelScale {
  readonly objective: 'GRADED' | 'BINARY'
  readonly min: number
  readonly max: number
}

/** A person's answer about a content and revision, as far as joining needs it. */
export interface JoinableLabel {
  /** On the kind's own scale; 0 or 1 of a BINARY one. */
  readonly value: number
  readonly labeller: string
  /** `page`, `import`, `api`, or `adjudication`: the word of a moderator. */
  readonly origin: string
  /** ms since the epoch. */
  readonly at: number
}

export interface JoinedLabel {
  readonly value: number
  /** 0–1: 1 for one that nobody doubts, 0 says nothing. */
  readonly weight: number
}

export const ADJUDICATION = 'adjudication'

/** Two values of a scale agree where they are less than this share of it apart. */
export const AGREEING_SHARE = 1 / 5

/** Whether two answers say the same, as far as people can: the same class, or less than a fifth of the scale apart. */
export function valuesAgree({ objective, min, max }: LabelScale, one: number, other: number): boolean {
  if (objective === 'BINARY') return one >= 0.5 === other >= 0.5
  return Math.abs(one - other) < (max - min) * AGREEING_SHARE
}

/**
 * The one value of a content from its labels. The latest adjudication decides alone; otherwise the last word of each
 * labeller counts, weighted by reliability: the weighted median of a graded kind, the weighted majority of a binary one.
 * Null where there is nothing to join, or as much speaks for one answer as for another: even classes, or a median
 * between two values that do not agree.
 *
 * Its weight is the chance that not all who say so are wrong, times how far they agree: the margin of the majority, or 1 less
 * twice the mean distance from the median in shares of the scale.
 * @param labels of one content, revision and kind, without those withdrawn
 * @param reliabilityOf 0–1: 0 says nothing and is left out, 1 is never wrong (`reliabilityFrom`)
 */
export function joinLabels(
  scale: LabelScale,
  labels: readonly JoinableLabel[],
  reliabilityOf: (labeller: string) => number,
): JoinedLabel | null {
  const decided = latest(labels.filter(({ origin }) => origin === ADJUDICATION))
  if (decided !== null) return { value: decided.value, weight: 1 }
  const byLabeller = new Map<string, JoinableLabel[]>()
  for (const label of labels) {
    const own = byLabeller.get(label.labeller)
    if (own === undefined) byLabeller.set(label.labeller, [label])
    else own.push(label)
  }
  const votes: Vote[] = []
  for (const [labeller, own] of byLabeller) {
    const weight = Math.min(1, reliabilityOf(labeller))
    if (weight > 0) votes.push({ value: latest(own)!.value, weight })
  }
  if (votes.length === 0) return null
  return scale.objective === 'BINARY' ? majorityOf(votes) : medianOf(scale, votes)
}

interface Vote {
  readonly value: number
  readonly weight: number
}

/** Of those at the same moment the highest value: whatever order they come in, the same one. */
function latest(labels: readonly JoinableLabel[]): JoinableLabel | null {
  let last: JoinableLabel | null = null
  for (const label of labels)
    if (last === null || label.at > last.at || (label.at === last.at && label.value > last.value))
      last = label
  return last
}

/** Sums of weights differ by less where they are even. */
const EVEN = 1e-9

function majorityOf(votes: readonly Vote[]): JoinedLabel | null {
  const ones = votes.filter(({ value }) => value >= 0.5)
  const zeros = votes.filter(({ value }) => value < 0.5)
  const margin = weightOf(ones) - weightOf(zeros)
  if (Math.abs(margin) < EVEN) return null
  const winners = margin > 0 ? ones : zeros
  return {
    value: margin > 0 ? 1 : 0,
    weight: notAllWrong(winners) * (Math.abs(margin) / weightOf(votes)),
  }
}

function medianOf(scale: LabelScale, votes: readonly Vote[]): JoinedLabel | null {
  const sorted = votes.toSorted((left, right) => left.value - right.value)
  const half = weightOf(votes) / 2
  let below = 0
  let value = Number.NaN
  for (const [i, vote] of sorted.entries()) {
    below += vote.weight
    if (below < half - EVEN) continue
    const next = sorted[i + 1]
    // Half of the weight lies on each side: anything between the two would do.
    if (next !== undefined && Math.abs(below - half) < EVEN) {
      if (!valuesAgree(scale, vote.value, next.value)) return null
      value = (vote.value + next.value) / 2
    } else value = vote.value
    break
  }
  let apart = 0
  for (const vote of votes) apart += (vote.weight * Math.abs(vote.value - value)) / (scale.max - scale.min)
  return { value, weight: notAllWrong(votes) * Math.max(0, 1 - (2 * apart) / weightOf(votes)) }
}

function weightOf(votes: readonly Vote[]): number {
  return votes.reduce((sum, { weight }) => sum + weight, 0)
}

function notAllWrong(votes: readonly Vote[]): number {
  return 1 - votes.reduce((product, { weight }) => product * (1 - weight), 1)
}

/** What is thought of one who was never checked: four of five checks right. */
const PRIOR_RIGHT = 4
const PRIOR_CHECKS = 5

/**
 * How far a labeller's answers are believed, 0–1, from hidden checks: the share answered right, as if five more had been asked and four
 * of them right; of a BINARY kind how far that is above guessing.
 * @param checks answered hidden checks, and how many of them right
 */
export function reliabilityFrom(
  objective: LabelScale['objective'],
  { asked, right }: { readonly asked: number; readonly right: number },
): number {
  const share = (right + PRIOR_RIGHT) / (asked + PRIOR_CHECKS)
  return objective === 'BINARY' ? Math.max(0, 2 * share - 1) : share
}
