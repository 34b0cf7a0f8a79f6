import type { FeatureFinding } from './feature-detector.ts'
import type { JointChange } from './joint-detector.ts'
import type { CompanyChange } from './language-detector.ts'
import type { Example, NewWord } from './word-detector.ts'

/** What is watched: the layout of a step's cells. */
export interface MonitorLayout {
  readonly features: readonly string[]
  /** The first is every record. */
  readonly slices: readonly string[]
  /** Bins of each feature; cells are laid out for the largest. */
  readonly bins: readonly number[]
  /** Of so many records one is read for pairs of words; every one unless given. */
  readonly pairsEvery?: number
}

/** Records that follow each other in the log, at most `STEP_RECORDS_MAX`. */
export interface MonitorStep {
  readonly count: number
  /** Event time, ms since the epoch. */
  readonly at: number
  /** Records by `(slice × features + feature) × binsMax + bin`. */
  readonly cells: ArrayLike<number>
  /** Sums of the values of each feature over all records; absent where only bins are known. */
  readonly values?: ArrayLike<number>
  /** For the caller: where the step lay. */
  readonly position: number
}

export interface MonitorFinding {
  /** Whether it is no alarm but the end of one: the feature came back. */
  readonly cleared: boolean
  readonly feature: string
  readonly slice: string
  readonly method: 'adwin' | 'e-detector' | 'joint' | 'word-bayes-factor' | 'company-bayes-factor'
  readonly statistic: number
  readonly threshold: number
  readonly eValue: number | null
  readonly effect: number | null
  readonly effectLow: number | null
  readonly effectHigh: number | null
  /** Event time since which it is so, as estimated; ms since the epoch. */
  readonly changedAt: number
  /** Event time at which it was found. */
  readonly at: number
  /** Position of the step that showed it. */
  readonly position: number
  readonly count: number
  readonly contributors: readonly Contributor[]
}

export interface Contributor {
  readonly name: string
  readonly weight: number
  readonly count: number
  readonly expected: number | null
  readonly contentIds: readonly string[]
  /** Of each of these; none where they are not known. */
  readonly revisions?: readonly number[]
}

/** Named in a report at most. */
export const CONTRIBUTORS_MAX = 10

/** What a voice over one feature in one slice found, with the moment that moved. */
export function featureFinding(
  { moment, ...finding }: FeatureFinding,
  feature: string,
  slice: string,
  { at, position }: MonitorStep,
): MonitorFinding {
  const contributor = { name: moment, weight: finding.effect, count: finding.count }
  return {
    ...finding,
    feature,
    slice,
    at,
    position,
    contributors: [{ ...contributor, expected: null, contentIds: [] }],
  }
}

/** What the joint voice found; the features that moved most are its contributors. */
export function jointFinding(
  change: JointChange,
  features: readonly string[],
  step: MonitorStep,
): MonitorFinding {
  const heaviest = [...change.shifts.keys()].sort(
    (left, right) => Math.abs(change.shifts[right]!) - Math.abs(change.shifts[left]!),
  )
  return {
    cleared: false,
    feature: '*',
    slice: 'all',
    method: 'joint',
    statistic: change.ratio,
    threshold: 1,
    eValue: null,
    effect: change.effect,
    effectLow: null,
    effectHigh: null,
    changedAt: change.changedAt,
    at: step.at,
    position: step.position,
    count: change.count,
    contributors: heaviest.slice(0, CONTRIBUTORS_MAX).map(feature => ({
      name: features[feature]!,
      weight: change.shifts[feature]!,
      count: change.count,
      expected: null,
      contentIds: [],
    })),
  }
}

/** New words and expressions of one batch as one finding. */
export function wordsFinding(words: readonly NewWord[], step: MonitorStep, records: number): MonitorFinding {
  const strongest = words.reduce((best, word) => (word.statistic > best.statistic ? word : best))
  return {
    ...termsFinding(strongest, step, records),
    feature: 'terms',
    method: 'word-bayes-factor',
    changedAt: Math.min(...words.map(word => word.firstAt)),
    contributors: words.slice(0, CONTRIBUTORS_MAX).map(contributorOf),
  }
}

/** A word that changed its company: it comes first, then the pairs with its new neighbours. */
export function companyFinding(change: CompanyChange, step: MonitorStep, records: number): MonitorFinding {
  const { word, pairs, neighbours, logBayesFactor, count, expected, firstAt } = change
  const examples = examplesOf(pairs.flatMap(pair => pair.examples.slice(0, 1)))
  const own = { name: word, weight: logBayesFactor / neighbours, count, expected, ...examples }
  return {
    ...termsFinding({ ...change, statistic: logBayesFactor }, step, records),
    feature: 'company',
    method: 'company-bayes-factor',
    changedAt: firstAt,
    contributors: [own, ...pairs.map(contributorOf)].slice(0, CONTRIBUTORS_MAX),
  }
}

function termsFinding(
  { statistic, threshold, logBayesFactor }: Pick<NewWord, 'statistic' | 'threshold' | 'logBayesFactor'>,
  { at, position }: MonitorStep,
  count: number,
) {
  return {
    cleared: false,
    slice: 'all',
    statistic,
    threshold,
    eValue: Math.exp(Math.min(700, logBayesFactor)),
    effect: null,
    effectLow: null,
    effectHigh: null,
    at,
    position,
    count,
  } as const
}

function contributorOf({ term, weight, count, expected, examples }: NewWord): Contributor {
  return { name: term, weight, count, expected, ...examplesOf(examples) }
}

function examplesOf(examples: readonly Example[]): Pick<Contributor, 'contentIds' | 'revisions'> {
  return {
    contentIds: examples.map(({ contentId }) => contentId),
    revisions: examples.map(({ revision }) => revision),
  }
}
