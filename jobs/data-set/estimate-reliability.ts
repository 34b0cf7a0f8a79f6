import { chiSquareSurvival } from '../../processors/drift/statistics/special-functions.ts'
import { AGREEING_SHARE, type LabelScale } from '../../processors/tagging/join-labels.ts'

/** A person's answer about one revision of a content. */
export interface Answer {
  /** Names what was answered about. */
  readonly item: string
  readonly labeller: string
  readonly value: number
}

/** Rounds of expectation and maximisation; the estimates have settled long before. */
const ROUNDS = 30
/** What is thought of somebody new: of five answers of either class four right. */
const PRIOR_RIGHT = 4
const PRIOR_WRONG = 1
/** On a scale: as if so many answers had been off by this share of it, as a standard deviation. */
const PRIOR_ERRORS = 4
const PRIOR_ERROR_SHARE = 0.12
/** Chance that two random values of a scale agree. */
const GUESSED_SHARE = 1 - (1 - AGREEING_SHARE) ** 2

/**
 * How far each labeller is to be believed, 0 (as good as guessing, or worse) to 1, from answers to the same items and from hidden
 * checks, without knowing the truth of the others. Of two classes: sensitivity + specificity − 1 by the EM algorithm of Dawid &
 * Skene (1979) with Beta priors. On a scale: each has a variance of errors, found in turn with the truths and shrunken towards that of
 * somebody new; reliability is the chance to agree with the truth, above guessing. Items that one alone answered tell nothing.
 * @param gold the truth of hidden checks by item
 */
export function estimateReliability(
  scale: LabelScale,
  answers: readonly Answer[],
  gold: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const estimates =
    scale.objective === 'BINARY' ? classReliability(answers, gold) : scaleReliability(scale, answers, gold)
  // More digits than are known would only tell those apart who are alike.
  return new Map([...estimates].map(([labeller, one]) => [labeller, Math.round(one * 100) / 100]))
}

interface Item {
  readonly answers: readonly Answer[]
  readonly gold: number | undefined
}

/** One answer of a labeller to an item, the last; items that say something of those who answered. */
function telling(answers: readonly Answer[], gold: ReadonlyMap<string, number>): Item[] {
  const byItem = new Map<string, Map<string, Answer>>()
  for (const answer of answers) {
    const own = byItem.get(answer.item) ?? new Map<string, Answer>()
    own.set(answer.labeller, answer)
    byItem.set(answer.item, own)
  }
  return [...byItem]
    .map(([item, own]) => ({ answers: [...own.values()], gold: gold.get(item) }))
    .filter(item => item.answers.length > 1 || item.gold !== undefined)
}

interface ClassErrors {
  readonly sensitivity: number
  readonly specificity: number
}

function classReliability(
  answers: readonly Answer[],
  gold: ReadonlyMap<string, number>,
): Map<string, number> {
  const items = telling(answers, gold)
  const prior = PRIOR_RIGHT / (PRIOR_RIGHT + PRIOR_WRONG)
  const unknown: ClassErrors = { sensitivity: prior, specificity: prior }
  let errors = new Map<string, ClassErrors>(answers.map(({ labeller }) => [labeller, unknown]))
  let positiveShare = 0.5
  for (let round = 0; round < ROUNDS; round++) {
    const chances = items.map(item => chanceOf(item, errors, positiveShare))
    errors = errorsOf(items, chances, errors.keys())
    positiveShare = (chances.reduce((sum, one) => sum + one, 0) + 1) / (items.length + 2)
  }
  return new Map(
    [...errors].map(([labeller, { sensitivity, specificity }]) => [
      labeller,
      Math.max(0, sensitivity + specificity - 1),
    ]),
  )
}

/** How likely an item is of the class 1. */
function chanceOf(item: Item, errors: ReadonlyMap<string, ClassErrors>, positiveShare: number): number {
  if (item.gold !== undefined) return item.gold >= 0.5 ? 1 : 0
  let logOdds = Math.log(positiveShare / (1 - positiveShare))
  for (const { labeller, value } of item.answers) {
    const { sensitivity, specificity } = errors.get(labeller)!
    logOdds +=
      value >= 0.5 ? Math.log(sensitivity / (1 - specificity)) : Math.log((1 - sensitivity) / specificity)
  }
  return 1 / (1 + Math.exp(-logOdds))
}

function errorsOf(
  items: readonly Item[],
  chances: readonly number[],
  labellers: Iterable<string>,
): Map<string, ClassErrors> {
  const counts = new Map([...labellers].map(labeller => [labeller, { tp: 0, fn: 0, tn: 0, fp: 0 }]))
  items.forEach((item, i) => {
    const chance = chances[i]!
    for (const { labeller, value } of item.answers) {
      const count = counts.get(labeller)!
      if (value >= 0.5) {
        count.tp += chance
        count.fp += 1 - chance
      } else {
        count.fn += chance
        count.tn += 1 - chance
      }
    }
  })
  const share = (right: number, wrong: number) =>
    (right + PRIOR_RIGHT) / (right + wrong + PRIOR_RIGHT + PRIOR_WRONG)
  return new Map(
    [...counts].map(([labeller, { tp, fn, tn, fp }]) => [
      labeller,
      { sensitivity: share(tp, fn), specificity: share(tn, fp) },
    ]),
  )
}

function scaleReliability(
  { min, max }: LabelScale,
  answers: readonly Answer[],
  gold: ReadonlyMap<string, number>,
): Map<string, number> {
  const items = telling(answers, gold)
  const priorVariance = ((max - min) * PRIOR_ERROR_SHARE) ** 2
  let variances = new Map<string, number>(answers.map(({ labeller }) => [labeller, priorVariance]))
  for (let round = 0; round < ROUNDS; round++) {
    const sums = new Map([...variances.keys()].map(labeller => [labeller, { squares: 0, count: 0 }]))
    for (const item of items)
      for (const answer of item.answers) {
        const truth = truthWithout(item, answer, variances)
        const sum = sums.get(answer.labeller)!
        // What the truth itself may be off by is not the labeller's error.
        sum.squares += Math.max(0, (answer.value - truth.value) ** 2 - truth.variance)
        sum.count++
      }
    variances = new Map(
      [...sums].map(([labeller, { squares, count }]) => [
        labeller,
        (squares + PRIOR_ERRORS * priorVariance) / (count + PRIOR_ERRORS),
      ]),
    )
  }
  const near = (max - min) * AGREEING_SHARE
  return new Map(
    [...variances].map(([labeller, variance]) => {
      const agreeing = withinOf(near / Math.sqrt(variance))
      return [labeller, Math.max(0, (agreeing - GUESSED_SHARE) / (1 - GUESSED_SHARE))]
    }),
  )
}

/** What the others say, weighted by what their errors are. */
function truthWithout(item: Item, own: Answer, variances: ReadonlyMap<string, number>) {
  if (item.gold !== undefined) return { value: item.gold, variance: 0 }
  let weights = 0
  let sum = 0
  for (const answer of item.answers) {
    if (answer === own) continue
    const weight = 1 / variances.get(answer.labeller)!
    weights += weight
    sum += weight * answer.value
  }
  return { value: sum / weights, variance: 1 / weights }
}

/** Chance that a normal error is at most so many standard deviations. */
function withinOf(deviations: number): number {
  return 1 - chiSquareSurvival(deviations ** 2, 1)
}
