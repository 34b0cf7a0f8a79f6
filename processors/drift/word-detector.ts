/**
 * Which words are new, or have become more frequent: for each word a Bayes factor of "its own rate" against "the reference's
 * rate, as far as the reference pins it down", both gamma–Poisson over records that hold the word (Jeffreys' prior). A word is
 * named at the logarithm of the vocabulary over `FALSE_WORDS`: by Ville's inequality at most so many words in the mean are named
 * falsely in an epoch, however often one looks (a Bayes factor is an e-value under the reference's prior predictive law).
 * Its weight beside it is the log-odds ratio with an informative Dirichlet prior over its standard deviation (Monroe, Colaresi &
 * Quinn 2008), which ranks words by how much they stand out.
 *
 * Time is cut into epochs of records; at the end of one its counts join the reference, so what was new becomes known and a
 * later change does not drown in a long past. Burst-aware: a word counts at most once for a record and, as the profile is made,
 * once for an author in a batch, and until it was seen in `PLACES_MIN` batches it is not named.
 */

/** Words named falsely in an epoch, in the mean, at most. */
const FALSE_WORDS = 0.25
/** Records of an epoch. */
const EPOCH_RECORDS = 20_000
/** Records the reference counts as at most: what is older weighs less. */
const REFERENCE_RECORDS_MAX = 50_000
/**
 * Records that the prior of a word's own rate is worth, at most: many make rare words likely, few frequent ones. It is always a part of
 * the reference's, which pins a rate down better.
 */
const PRIOR_RECORDS_MAX = 500
const PRIOR_SHARE = 1 / 8
/** A word that is less than so much more frequent than in the reference is no news, however sure. */
const RATIO_MIN = 1.2
const COUNT_MIN = 3
const PLACES_MIN = 3
/** Words remembered: beyond it the rarest are forgotten. */
const WORDS_MAX = 60_000
const EXAMPLES_MAX = 5

export interface SeenTerm {
  readonly term: string
  /** Records that hold it. */
  readonly count: number
  readonly contentId: string | null
}

export interface NewWord {
  readonly term: string
  /** ln of the Bayes factor. */
  readonly logBayesFactor: number
  readonly threshold: number
  /** Log-odds ratio with a prior over its standard deviation. */
  readonly weight: number
  readonly count: number
  /** Records that would hold it were nothing changed. */
  readonly expected: number
  readonly contentIds: readonly string[]
  /** Event time at which this epoch first saw it, ms since the epoch. */
  readonly firstAt: number
}

interface Seen {
  count: number
  places: number
  firstAt: number
  named: boolean
  contentIds: string[]
}

export class WordDetector {
  private readonly reference: Map<string, number>
  private referenceRecords: number
  private seen = new Map<string, Seen>()
  private records = 0

  /** @param reference records that hold each word, of `records` */
  constructor(reference: ReadonlyMap<string, number>, records: number) {
    this.reference = new Map(reference)
    this.referenceRecords = records
    this.boundReference()
  }

  /**
   * Adds a batch.
   * @param records of the batch
   * @param terms its words, each once
   * @param at event time, ms since the epoch
   */
  add(records: number, terms: Iterable<SeenTerm>, at: number): NewWord[] {
    this.records += records
    const found: NewWord[] = []
    const threshold = Math.log(Math.max(1, this.reference.size) / FALSE_WORDS)
    for (const { term, count, contentId } of terms) {
      let seen = this.seen.get(term)
      if (seen === undefined) {
        seen = { count: 0, places: 0, firstAt: at, named: false, contentIds: [] }
        this.seen.set(term, seen)
      }
      seen.count += count
      seen.places++
      if (contentId !== null && seen.contentIds.length < EXAMPLES_MAX) seen.contentIds.push(contentId)
      if (seen.named || seen.count < COUNT_MIN || seen.places < PLACES_MIN) continue
      const word = this.judge(term, seen, threshold)
      if (word === null) continue
      seen.named = true
      found.push(word)
    }
    if (this.seen.size > WORDS_MAX) this.forgetRarest()
    if (this.records >= EPOCH_RECORDS) this.endEpoch()
    return found.sort((left, right) => right.weight - left.weight)
  }

  private judge(term: string, { count, contentIds, firstAt }: Seen, threshold: number): NewWord | null {
    const { records, referenceRecords } = this
    const known = this.reference.get(term) ?? 0
    if (count * referenceRecords <= RATIO_MIN * (known + 1) * records) return null
    const logBayesFactor = logBayes(count, records, known, referenceRecords)
    if (logBayesFactor <= threshold) return null
    return {
      term,
      logBayesFactor,
      threshold,
      weight: logOdds(count, records, known, referenceRecords),
      count,
      expected: (known / referenceRecords) * records,
      contentIds: [...contentIds],
      firstAt,
    }
  }

  /** What was seen joins the reference. */
  private endEpoch(): void {
    for (const [term, { count }] of this.seen)
      this.reference.set(term, (this.reference.get(term) ?? 0) + count)
    this.referenceRecords += this.records
    this.seen = new Map()
    this.records = 0
    this.boundReference()
  }

  private boundReference(): void {
    const excess = this.referenceRecords / REFERENCE_RECORDS_MAX
    if (excess > 1) {
      for (const [term, count] of this.reference) this.reference.set(term, count / excess)
      this.referenceRecords = REFERENCE_RECORDS_MAX
    }
    if (this.reference.size <= WORDS_MAX) return
    const rarest = [...this.reference].sort((left, right) => left[1] - right[1])
    for (const [term] of rarest.slice(0, this.reference.size - WORDS_MAX)) this.reference.delete(term)
  }

  /** Words seen once go first, the oldest of them; a word that matters comes again. */
  private forgetRarest(): void {
    let excess = this.seen.size - WORDS_MAX / 2
    for (let rare = 1; excess > 0; rare++)
      for (const [term, { count, named }] of this.seen) {
        if (excess <= 0) break
        if (named || count > rare) continue
        this.seen.delete(term)
        excess--
      }
  }

  snapshot(): WordDetectorState {
    return {
      reference: [...this.reference],
      referenceRecords: this.referenceRecords,
      records: this.records,
      seen: [...this.seen].map(([term, seen]) => ({ term, ...seen })),
    }
  }

  restore(state: WordDetectorState): void {
    this.reference.clear()
    for (const [term, count] of state.reference) this.reference.set(term, count)
    this.referenceRecords = state.referenceRecords
    this.records = state.records
    this.seen = new Map(
      state.seen.map(({ term, ...seen }) => [term, { ...seen, contentIds: [...seen.contentIds] }]),
    )
  }
}

/** What a detector goes on from. */
export interface WordDetectorState {
  readonly reference: readonly (readonly [string, number])[]
  readonly referenceRecords: number
  readonly records: number
  readonly seen: readonly (Seen & { readonly term: string })[]
}

/** ln of the Bayes factor: `count` of `records` now, `known` of `reference` before. */
function logBayes(count: number, records: number, known: number, reference: number): number {
  const prior = priorRecords(reference)
  const own =
    logGamma(count + 0.5) -
    logGamma(0.5) +
    0.5 * Math.log(prior / (prior + records)) +
    count * Math.log(records / (prior + records))
  const same =
    logGamma(count + known + 0.5) -
    logGamma(known + 0.5) +
    (known + 0.5) * Math.log(reference / (reference + records)) +
    count * Math.log(records / (reference + records))
  return own - same
}

/** Log-odds ratio with both counts together as prior, over its standard deviation. */
function logOdds(count: number, records: number, known: number, reference: number): number {
  const prior = ((count + known) / (records + reference)) * priorRecords(reference) + 0.01
  const rest = priorRecords(reference)
  const now = Math.log((count + prior) / (records + rest - count - prior))
  const before = Math.log((known + prior) / (reference + rest - known - prior))
  return (now - before) / Math.sqrt(1 / (count + prior) + 1 / (known + prior))
}

/** Lanczos' approximation for positive arguments, to about 1e-10. */
function logGamma(x: number): number {
  if (x < 7) {
    let factor = 1
    let shifted = x
    while (shifted < 7) factor *= shifted++
    return logGamma(shifted) - Math.log(factor)
  }
  const inverse = 1 / (x * x)
  return (
    (x - 0.5) * Math.log(x) - x + 0.9189385332046728 + (1 / 12 - inverse * (1 / 360 - inverse / 1260)) / x
  )
}

function priorRecords(reference: number): number {
  return Math.max(1, Math.min(PRIOR_RECORDS_MAX, reference * PRIOR_SHARE))
}
