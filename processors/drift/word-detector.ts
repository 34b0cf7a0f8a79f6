import { type Counts, logOdds, logTail, rateBayesFactor, type UnseenRates } from './bayes-factors.ts'
import { Heaviest } from './heaviest.ts'

/**
 * Which words, or pairs of neighbours, are new or have become more frequent than in a reference, by the records that hold them.
 *
 * - A term that the reference holds is named by a Bayes factor of "its own rate" against "the reference's rate, as far as the
 *   reference pins it down". As an e-value it exceeds e^t with a probability of at most e^-t, however often one looks (Ville).
 * - One that it does not hold is named if its k-th record came so soon that all such terms together let expect at most a share w(k) of
 *   the false names allowed. A count reaches k once, so the sum over k holds however often one looks; the shares w add up to 1.
 *
 * Together at most `falseTerms` terms are named falsely in an epoch, in the mean, if records are independent and rates follow the
 * prior. How many terms the reference does not hold, how frequent these are, and how alike, is estimated from those that it holds
 * once, twice and three times (Good 1953, Chao 1984).
 *
 * Time is cut into epochs of records; at the end of one its counts join the reference, so what was new becomes known and a
 * later change does not drown in a long past. Burst-aware: a term counts at most once for a record and, as the profile is made,
 * once for an author in a batch; what its heaviest authors, or its heaviest threads of an hour, say again is no evidence; and
 * until it was seen in `PLACES_MIN` batches it is not named.
 */

/** Records of an epoch. */
export const EPOCH_RECORDS = 20_000
/** Records the reference counts as at most: what is older weighs less. */
export const REFERENCE_RECORDS_MAX = 50_000
/** A term that is less than so much more frequent than in the reference is no news, however sure. */
const RATIO_MIN = 1.2
const COUNT_MIN = 3
/** Of the false names allowed, for terms that the reference does not hold. */
const FRESH_SHARE = 0.75
/** Shape of Jeffreys’ prior of a rate, and the least mean of those not seen. */
const SHAPE_MIN = 0.5
/** Rates are never thought more alike. */
const DISPERSION_MIN = 0.2
const PLACES_MIN = 3
/** Terms remembered: beyond it the rarest are forgotten. */
const TERMS_MAX = 60_000
/** A term in a larger share of the reference's records is nobody's burst. */
const COMMON_SHARE = 0.02
const EXAMPLES_MAX = 5

/** A word, or a pair of neighbours with a space between, of one batch. */
export interface SeenTerm {
  readonly term: string
  /** Records that hold it. */
  readonly count: number
  /** The first of them, with its revision. */
  readonly contentId: string | null
  readonly revision?: number
  /** Keys of the author and of the thread and hour of the first, as `keyOf` makes them; 0 or absent: not known. */
  readonly author?: number
  readonly thread?: number
  /** Records that are neither of that author nor of that thread. */
  readonly others?: number
}

export interface Example {
  readonly contentId: string
  readonly revision: number
}

export interface NewWord {
  readonly term: string
  /** How clear it is, and from where on it is named: natural logarithms. */
  readonly statistic: number
  readonly threshold: number
  /** ln of the Bayes factor. */
  readonly logBayesFactor: number
  /** Log-odds ratio with a prior over its standard deviation. */
  readonly weight: number
  readonly count: number
  /** Records that would hold it were nothing changed. */
  readonly expected: number
  readonly examples: readonly Example[]
  /** Event time at which this epoch first saw it, ms since the epoch. */
  readonly firstAt: number
}

/** How much more often than in the reference a term is to be expected for reasons of its own; 1 where there are none. */
export type ExpectedRise = (term: string, count: number, known: number) => number

interface Seen {
  count: number
  /** Of the reference; fixed for the epoch. */
  readonly known: number
  places: number
  readonly firstAt: number
  named: boolean
  examples: Example[]
  /** Null for what is too common to be a burst. */
  speakers: Speakers | null
}

/** Who said a term: of one that was seen once, as most are, only its keys. */
type Speakers =
  | { readonly author: number; readonly thread: number; readonly count: number }
  | { readonly authors: Heaviest; readonly threads: Heaviest }

const noRise: ExpectedRise = () => 1

export class WordDetector {
  private readonly falseTerms: number
  private readonly reference: Map<string, number>
  private referenceRecords: number
  private seen = new Map<string, Seen>()
  private records = 0
  /** What the statistic must exceed, for terms that the reference holds, and for others; and the rates of those. */
  private bar: Bar = { known: 0, fresh: 0, rates: { mean: SHAPE_MIN, dispersion: 1 } }
  /** Terms of the reference that were forgotten. */
  private forgotten = 0

  /**
   * @param reference records that hold each term, of `records`
   * @param falseTerms named falsely in an epoch, in the mean, at most
   */
  constructor(reference: ReadonlyMap<string, number>, records: number, falseTerms: number) {
    this.falseTerms = falseTerms
    this.reference = new Map(reference)
    this.referenceRecords = records
    this.boundReference()
  }

  /**
   * Adds a batch.
   * @param records of the batch
   * @param terms its terms, each once
   * @param at event time, ms since the epoch
   */
  add(records: number, terms: Iterable<SeenTerm>, at: number, riseOf = noRise): NewWord[] {
    this.records += records
    const found: NewWord[] = []
    for (const seenTerm of terms) {
      const { term } = seenTerm
      const seen = this.seen.get(term) ?? this.begin(term, at)
      take(seen, seenTerm)
      if (seen.named || seen.count < COUNT_MIN || seen.places < PLACES_MIN) continue
      const word = this.judge(term, seen, riseOf)
      if (word === null) continue
      seen.named = true
      found.push(word)
    }
    if (this.seen.size > TERMS_MAX) this.forgetRarest()
    return found.sort((left, right) => right.weight - left.weight)
  }

  /** How often this epoch saw a term, and the reference; null for one it did not see. */
  of(term: string): { readonly count: number; readonly known: number; readonly named: boolean } | null {
    return this.seen.get(term) ?? null
  }

  /** Records that would hold a term of so many in the reference. */
  expected(known: number): number {
    return (known / this.referenceRecords) * this.records
  }

  /** What this epoch saw of terms that `isMeant`, as if each were new, the heaviest first. */
  describe(isMeant: (term: string) => boolean): NewWord[] {
    const described: NewWord[] = []
    for (const [term, seen] of this.seen) if (isMeant(term)) described.push(this.wordOf(term, seen, 0))
    return described.sort((left, right) => right.weight - left.weight)
  }

  private begin(term: string, firstAt: number): Seen {
    const known = this.reference.get(term) ?? 0
    const isCommon = known > COMMON_SHARE * this.referenceRecords
    const seen: Seen = {
      count: 0,
      known,
      places: 0,
      firstAt,
      named: false,
      examples: [],
      speakers: isCommon ? null : NOBODY,
    }
    this.seen.set(term, seen)
    return seen
  }

  private judge(term: string, seen: Seen, riseOf: ExpectedRise): NewWord | null {
    const { records, referenceRecords, bar } = this
    const { known } = seen
    const count = seen.count - repeatsOf(seen.speakers)
    if (count < COUNT_MIN || count * referenceRecords <= RATIO_MIN * (known + 1) * records) return null
    const threshold = known > 0 ? bar.known : bar.fresh
    if (this.statistic(count, known, 1) <= threshold) return null
    const statistic = this.statistic(count, known, riseOf(term, count, known))
    return statistic <= threshold ? null : this.wordOf(term, seen, statistic)
  }

  /** @param rise a term that is expected more often is as one that was seen in more records */
  private statistic(count: number, known: number, rise: number): number {
    if (!Number.isFinite(rise)) return Number.NEGATIVE_INFINITY
    const counts = this.countsOf(count, known, Math.max(1, rise))
    const { rates } = this.bar
    return known > 0
      ? rateBayesFactor(counts, rates.mean)
      : Math.log(2 / (count * (count - 1))) - logTail(counts, rates)
  }

  private countsOf(count: number, known: number, rise = 1): Counts {
    return { count, records: this.records * rise, known, reference: this.referenceRecords }
  }

  private wordOf(term: string, { count, known, examples, firstAt }: Seen, statistic: number): NewWord {
    const counts = this.countsOf(count, known)
    return {
      term,
      statistic,
      threshold: known > 0 ? this.bar.known : this.bar.fresh,
      logBayesFactor: rateBayesFactor(counts, this.bar.rates.mean),
      weight: logOdds(counts),
      count,
      expected: this.expected(known),
      examples: [...examples],
      firstAt,
    }
  }

  get isEpochOver(): boolean {
    return this.records >= EPOCH_RECORDS
  }

  /** What was seen joins the reference. */
  endEpoch(): void {
    for (const [term, { count }] of this.seen)
      this.reference.set(term, (this.reference.get(term) ?? 0) + count)
    this.referenceRecords += this.records
    this.seen = new Map()
    this.records = 0
    this.boundReference()
  }

  private boundReference(): void {
    const { reference, falseTerms } = this
    const excess = this.referenceRecords / REFERENCE_RECORDS_MAX
    if (excess > 1) {
      for (const [term, count] of reference) reference.set(term, count / excess)
      this.referenceRecords = REFERENCE_RECORDS_MAX
    }
    if (reference.size > TERMS_MAX) {
      const rarest = [...reference].sort((left, right) => left[1] - right[1])
      for (const [term] of rarest.slice(0, reference.size - TERMS_MAX)) reference.delete(term)
      this.forgotten += rarest.length - TERMS_MAX
    }
    const { unseen, rates } = unseenTerms(reference.values())
    this.bar = {
      known: Math.log(Math.max(1, reference.size) / (falseTerms * (1 - FRESH_SHARE))),
      fresh: Math.log(Math.max(1, unseen + this.forgotten) / (falseTerms * FRESH_SHARE)),
      rates,
    }
  }

  /** Terms seen once go first, the oldest of them; a term that matters comes again. */
  private forgetRarest(): void {
    let excess = this.seen.size - TERMS_MAX / 2
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
      forgotten: this.forgotten,
      bar: this.bar,
      seen: [...this.seen].map(([term, { speakers, ...seen }]) => ({
        term,
        ...seen,
        speakers:
          speakers === null || 'author' in speakers
            ? speakers
            : { authors: speakers.authors.snapshot(), threads: speakers.threads.snapshot() },
      })),
    }
  }

  restore(state: WordDetectorState): void {
    this.reference.clear()
    for (const [term, count] of state.reference) this.reference.set(term, count)
    this.referenceRecords = state.referenceRecords
    this.records = state.records
    this.forgotten = state.forgotten
    this.bar = state.bar
    this.seen = new Map(
      state.seen.map(({ term, speakers, ...seen }) => [
        term,
        {
          ...seen,
          speakers:
            speakers === null || 'author' in speakers
              ? speakers
              : { authors: Heaviest.of(speakers.authors), threads: Heaviest.of(speakers.threads) },
        },
      ]),
    )
  }
}

const NOBODY: Speakers = { author: 0, thread: 0, count: 0 }

function take(
  seen: Seen,
  { count, contentId, revision = 0, author = 0, thread = 0, others = 0 }: SeenTerm,
): void {
  seen.count += count
  seen.places++
  if (contentId !== null && seen.examples.length < EXAMPLES_MAX) seen.examples.push({ contentId, revision })
  if (seen.speakers !== null)
    seen.speakers = withSpeaker(seen.speakers, { author, thread, count: count - others })
}

function withSpeaker(speakers: Speakers, added: { author: number; thread: number; count: number }): Speakers {
  if (speakers === NOBODY) return added
  if ('author' in speakers) {
    const many = { authors: new Heaviest(), threads: new Heaviest() }
    for (const { author, thread, count } of [speakers, added]) {
      many.authors.add(author, count)
      many.threads.add(thread, count)
    }
    return many
  }
  speakers.authors.add(added.author, added.count)
  speakers.threads.add(added.thread, added.count)
  return speakers
}

/** What authors, or threads, said again. */
function repeatsOf(speakers: Speakers | null): number {
  if (speakers === null) return 0
  if ('author' in speakers)
    return speakers.author + speakers.thread === 0 ? 0 : Math.max(0, speakers.count - 1)
  return Math.max(speakers.authors.excess(1), speakers.threads.excess(1))
}

/** What a detector goes on from. */
export interface WordDetectorState {
  readonly reference: readonly (readonly [string, number])[]
  readonly referenceRecords: number
  readonly records: number
  readonly forgotten: number
  readonly bar: Bar
  readonly seen: readonly (Omit<Seen, 'speakers'> & {
    readonly term: string
    readonly speakers:
      | { readonly author: number; readonly thread: number; readonly count: number }
      | { readonly authors: readonly number[]; readonly threads: readonly number[] }
      | null
  })[]
}

interface Bar {
  readonly known: number
  readonly fresh: number
  readonly rates: UnseenRates
}

/**
 * How many terms were not seen, and their rates. A term seen r times is seen (r + 1) f(r + 1) / f(r) times again, f(r) being how many
 * were seen r times (Good 1953); for gamma rates this grows by their dispersion from one r to the next.
 */
function unseenTerms(counts: Iterable<number>): { readonly unseen: number; readonly rates: UnseenRates } {
  const times = [0, 0, 0, 0]
  for (const count of counts) {
    const rounded = Math.max(1, Math.round(count))
    if (rounded < times.length) times[rounded]!++
  }
  const [, once = 0, twice = 0, thrice = 0] = times
  const afterOne = (2 * twice) / (once + 1)
  const afterTwo = (3 * thrice) / (twice + 1)
  return {
    // Chao’s lower bound, without its bias.
    unseen: (once * Math.max(0, once - 1)) / (2 * (twice + 1)),
    rates: {
      mean: Math.max(SHAPE_MIN, afterOne),
      dispersion: Math.min(1, Math.max(DISPERSION_MIN, afterTwo - afterOne)),
    },
  }
}
