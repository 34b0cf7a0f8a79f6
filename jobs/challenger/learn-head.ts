import { featureSettings } from '../../processors/text/features.ts'
import { changedMargin, fitHead, type HeadChange, type TaughtRows } from './fit-head.ts'
import { isWord, type LearningRows, type NamedFeature } from './learning-rows.ts'
import type { MatchingLoss } from './matching-loss.ts'

/** How far features may move and how much the rows weigh. */
export interface HeadPriors {
  /** Ridge of a word that is new, or that the labels show to mean something else now. */
  readonly freeWord: number
  /** Of the character n-grams in such a word. */
  readonly freePiece: number
  /** Of pairs with such a word. */
  readonly freePair: number
  /** Of whatever the champion knows. */
  readonly firm: number
  /** Weight of a replayed row beside 1 of a label. */
  readonly replay: number
  /** Weight of a committed row. */
  readonly own: number
  /** A known word is let move once its labels are so many standard deviations away from what the champion says. */
  readonly turnedZ: number
  /** People who wrote a new word in replayed content, before it is free: names and misspellings are new every day. */
  readonly freeMin: number
}

/** Chosen on drifted public sets (`bench/retrain-quality.ts`): squared-like losses of grades, logistic ones of classes. */
export const headPriors: Readonly<Record<'GRADED' | 'BINARY', HeadPriors>> = {
  GRADED: {
    freeWord: 0.004,
    freePiece: 0.006,
    freePair: 0.5,
    firm: 2,
    replay: 1,
    own: 1,
    turnedZ: 5,
    freeMin: 4,
  },
  BINARY: {
    freeWord: 0.003,
    freePiece: 0.004,
    freePair: 0.5,
    firm: 2,
    replay: 0.5,
    own: 0.5,
    turnedZ: 5,
    freeMin: 4,
  },
}

export interface HeadRows {
  /** What people said, and what votes let expect. */
  readonly labelled: TaughtRows & { readonly targets: Float64Array }
  /** The features of each labelled row by name. */
  readonly features: readonly (readonly NamedFeature[])[]
  /** The platform's content, and rows that ship with Nicr, with the champion's own scores. */
  readonly replayed: readonly LearningRows[]
  /** Weight of a row of each. */
  readonly replayWeights: readonly number[]
  /** How many people wrote each new word of the labelled rows in the platform's replayed content. */
  readonly writers: ReadonlyMap<string, number>
  /** Terms that drift reports named. */
  readonly named: ReadonlySet<string>
}

export interface LearnedHead {
  readonly change: HeadChange
  /** Terms that were free to move: new ones of the labelled rows, and known ones that turned. */
  readonly free: ReadonlySet<string>
  /** Known words that the labels show to mean something else now. */
  readonly turned: ReadonlySet<string>
}

const TURNED_ROUNDS = 3
const TURNED_ROWS_MIN = 2
const TURNED_MAX = 200
/** A word of more of the platform's texts carries too many of them: that its labels differ is the platform's habit. */
const TURNED_SHARE_MAX = 0.03
/** Standard deviation of a label around what is said of it, as a share of the scale, at least. */
const LABEL_SD_MIN = 0.12

/**
 * Learns what is to be added to the champion. Replayed rows hold it to what it said of ordinary language; those with a word
 * that is free to move would hold the old answer in place, so they are left out. Known words become free where the labels
 * contradict the champion wherever they stand (matching pursuit over words, Mallat & Zhang 1993).
 * @param isTaught which of the labelled rows teach; others are as if they were not there
 */
export function learnHead(
  rows: HeadRows,
  loss: MatchingLoss,
  priors: HeadPriors,
  isTaught: (row: number) => boolean = () => true,
  onStep?: () => void,
): LearnedHead {
  const { features } = rows
  const labelled = {
    ...rows.labelled,
    weights: rows.labelled.weights.map((weight, row) => (isTaught(row) ? weight : 0)),
  }
  const taught = [...labelled.weights.keys()].filter(row => labelled.weights[row]! > 0)
  const free = new Set<string>()
  const turned = new Set<string>()
  const shares = replayShares(rows.replayed)
  for (const row of taught)
    for (const { term, part, isNew } of features[row]!)
      if (
        isNew &&
        part === 'WORD' &&
        (rows.named.has(term) || (rows.writers.get(term) ?? 0) >= priors.freeMin)
      )
        free.add(term)
  for (let round = 0; ; round++) {
    const { ridges, freeBuckets } = ridgesOf(features, taught, free, priors)
    const replayed = rows.replayed.map((set, i) => heldRows(set, rows.replayWeights[i]!, freeBuckets))
    const change = fitHead([labelled, ...replayed], loss, ridges, onStep)
    if (round === TURNED_ROUNDS) return { change, free, turned }
    const found = findTurned(rows, { labelled, taught, loss, change, free, shares, zMin: priors.turnedZ })
    if (found.length === 0) return { change, free, turned }
    for (const term of found) {
      turned.add(term)
      free.add(term)
    }
  }
}

/** How far each feature of the rows that teach may move; all others stay. */
function ridgesOf(
  features: HeadRows['features'],
  taught: readonly number[],
  free: ReadonlySet<string>,
  priors: HeadPriors,
) {
  const ridges = new Float64Array(featureSettings.buckets).fill(Number.POSITIVE_INFINITY)
  const freeBuckets = new Map<number, string[]>()
  for (const row of taught)
    for (const { bucket, term, part } of features[row]!) {
      const isFree = part === 'PAIR' ? term.split(' ').some(word => free.has(word)) : free.has(term)
      if (isFree && part === 'WORD' && !freeBuckets.get(bucket)?.includes(term))
        freeBuckets.set(bucket, [...(freeBuckets.get(bucket) ?? []), term])
      const ofPart = { WORD: priors.freeWord, PAIR: priors.freePair, PIECE: priors.freePiece }
      ridges[bucket] = Math.min(ridges[bucket]!, isFree ? ofPart[part] : priors.firm)
    }
  return { ridges, freeBuckets }
}

/**
 * Rows that keep what the champion says of them, but for those with a word that is free. The word itself must stand there: other
 * words and pairs that share its bucket are to be held all the more.
 */
function heldRows(
  rows: LearningRows,
  weight: number,
  freeBuckets: ReadonlyMap<number, readonly string[]>,
): TaughtRows {
  const { count, starts, buckets, texts } = rows
  const isFree = new Uint8Array(featureSettings.buckets)
  for (const bucket of freeBuckets.keys()) isFree[bucket] = 1
  const weights = new Float64Array(count).fill(weight)
  for (let row = 0; row < count; row++) {
    let text: string | null = null
    for (let at = starts[row]!; at < starts[row + 1]! && weights[row] !== 0; at++) {
      const bucket = buckets[at]!
      if (isFree[bucket] === 0) continue
      text ??= texts[row]!.toLowerCase()
      if (freeBuckets.get(bucket)!.some(term => text!.includes(term))) weights[row] = 0
    }
  }
  return { rows, weights, targets: null }
}

/** The share of the replayed texts that hold each feature. */
function replayShares(sets: readonly LearningRows[]): Float64Array {
  const shares = new Float64Array(featureSettings.buckets)
  const count = sets.reduce((sum, set) => sum + set.count, 0)
  for (const { buckets } of sets) for (const bucket of buckets) shares[bucket]! += 1 / count
  return shares
}

interface Turning {
  readonly labelled: HeadRows['labelled']
  readonly taught: readonly number[]
  readonly loss: MatchingLoss
  readonly change: HeadChange
  readonly free: ReadonlySet<string>
  readonly shares: Float64Array
  readonly zMin: number
}

/** Known words whose rows people label otherwise than they are scored, the surest first; what one explains is taken out of the rest. */
function findTurned({ features }: HeadRows, turning: Turning): string[] {
  const { labelled, taught, loss, change, free, shares, zMin } = turning
  const { rows, targets, weights } = labelled
  const residuals = new Float64Array(rows.count)
  const variances = new Float64Array(rows.count)
  for (const row of taught) {
    const margin = changedMargin(rows, row, change)
    residuals[row] = -loss.slope(margin, targets[row]!)
    variances[row] = Math.max(LABEL_SD_MIN ** 2, loss.variance(margin))
  }
  const mean = taught.reduce((sum, row) => sum + residuals[row]!, 0) / taught.length
  for (const row of taught) residuals[row]! -= mean
  const rowsOf = new Map<string, number[]>()
  // A new word that is not free is one that hardly anybody writes.
  for (const row of taught)
    for (const { term, part, bucket, isNew } of features[row]!)
      if (
        part === 'WORD' &&
        !isNew &&
        isWord(term) &&
        !free.has(term) &&
        shares[bucket]! <= TURNED_SHARE_MAX
      ) {
        const known = rowsOf.get(term)
        if (known === undefined) rowsOf.set(term, [row])
        else known.push(row)
      }
  const terms = [...rowsOf].filter(([, held]) => held.length >= TURNED_ROWS_MIN)
  const found: string[] = []
  while (found.length < TURNED_MAX) {
    let [best, bestZ] = [-1, zMin]
    for (const [i, [, held]] of terms.entries()) {
      let [sum, variance] = [0, 0]
      for (const row of held) {
        sum += weights[row]! * residuals[row]!
        variance += weights[row]! ** 2 * variances[row]!
      }
      const z = Math.abs(sum) / Math.sqrt(variance)
      if (z > bestZ) [best, bestZ] = [i, z]
    }
    if (best === -1) return found
    const [term, held] = terms[best]!
    found.push(term)
    const shift = held.reduce((sum, row) => sum + residuals[row]!, 0) / held.length
    for (const row of held) residuals[row]! -= shift
    terms.splice(best, 1)
  }
  return found
}

/** Whether a labelled row holds a word that was free to move. */
export function isNewLanguage({ features }: HeadRows, row: number, { free }: LearnedHead): boolean {
  return features[row]!.some(({ term, part }) => part === 'WORD' && free.has(term))
}
