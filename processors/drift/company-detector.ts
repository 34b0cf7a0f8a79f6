import { Heaviest } from './heaviest.ts'
import { EPOCH_RECORDS, REFERENCE_RECORDS_MAX, type SeenTerm } from './word-detector.ts'

/**
 * Which words keep other company than before, as often as ever themselves ("You shall know a word by the company it keeps",
 * Firth 1957): the neighbours of each word fall into `CLASSES` classes by their hash, those to its left apart from those to its
 * right, and a Bayes factor compares "a distribution of its own" with "the reference's, as far as the reference pins it down",
 * both Dirichlet–multinomial with the shares of all neighbours as their centre. It is a product of predictive shares, one for each
 * neighbour, so it is kept up to date at the cost of two logarithms.
 *
 * A word is named at the logarithm of the watched words over `falseWords`: as an e-value under the reference's predictive law at most
 * so many in the mean are named falsely in an epoch, however often one looks, if neighbours are independent. They are not quite,
 * so only a power of it counts, which is an e-value too (Grünwald 2012 tempers likelihoods so); it must also be clear in every single
 * neighbour (`GAIN_MIN`), and not be carried by a few authors or threads.
 */

const CLASSES = 32
/** Neighbours that the common shares count as in either distribution: most words have many neighbours, each seldom. */
const CENTRE_NEIGHBOURS = 32
/** Power of the Bayes factor: neighbours of a text, and phrases that people repeat, make two of them hardly more than one. */
const INDEPENDENCE = 0.5
/** A word is watched from so many neighbours in the reference on. */
const REFERENCE_NEIGHBOURS_MIN = 30
/** Neighbours an epoch must show: fewer are an anecdote. */
const NEIGHBOURS_MIN = 24
/** nats a neighbour. */
const GAIN_MIN = 0.1
/** Of its neighbours at least such a part is not said again by the same few authors or threads. */
const SPREAD_MIN = 0.7
/** Words watched at once, the most frequent; and words counted in an epoch, which may be watched in the next. */
const WATCHED_MAX = 2000
const COUNTED_MAX = 2 * WATCHED_MAX
/** A record has a word's left and its right neighbour. */
const NEIGHBOURS_OF_A_RECORD = 2

export interface NewCompany {
  readonly word: string
  readonly logBayesFactor: number
  readonly threshold: number
  /** Neighbours of this epoch. */
  readonly neighbours: number
  /** Event time at which this epoch first saw the word, ms since the epoch. */
  readonly firstAt: number
}

interface Company {
  /** Of the reference, by class. */
  readonly known: Float32Array
  knownSum: number
  readonly seen: Float32Array
  seenSum: number
  logBayesFactor: number
  firstAt: number
  named: boolean
  authors: Heaviest
  threads: Heaviest
}

export class CompanyDetector {
  private readonly falseWords: number
  private readonly words = new Map<string, Company>()
  private readonly centre = new Float64Array(CLASSES)
  private referenceRecords: number
  private records = 0
  private watched = 0

  /** @param pairs records of the reference that hold each pair of neighbours, of `records` */
  constructor(pairs: Iterable<readonly [string, number]>, records: number, falseWords: number) {
    this.falseWords = falseWords
    this.referenceRecords = records
    for (const [pair, count] of pairs) this.count({ term: pair, count, contentId: null }, 0, false)
    this.join()
  }

  /**
   * Adds a batch.
   * @param isTold words that are named for another reason
   * @returns what is new, the surest first
   */
  add(
    records: number,
    pairs: Iterable<SeenTerm>,
    at: number,
    isTold: (word: string) => boolean,
  ): NewCompany[] {
    this.records += records
    const touched = new Set<string>()
    for (const pair of pairs) for (const word of this.count(pair, at, true)) touched.add(word)
    const threshold = Math.log(Math.max(1, this.watched) / this.falseWords)
    const found: NewCompany[] = []
    for (const word of touched) {
      const company = this.words.get(word)!
      if (!isNew(company, threshold) || isTold(word)) continue
      const { logBayesFactor, seenSum, firstAt } = company
      found.push({ word, logBayesFactor, threshold, neighbours: seenSum, firstAt })
    }
    return found.sort((left, right) => right.logBayesFactor - left.logBayesFactor)
  }

  /** This epoch is told no more of a word. */
  tell(word: string): void {
    const company = this.words.get(word)
    if (company !== undefined) company.named = true
  }

  get isEpochOver(): boolean {
    return this.records >= EPOCH_RECORDS
  }

  endEpoch(): void {
    this.referenceRecords += this.records
    this.records = 0
    this.join()
  }

  /** Counts a pair for both its words. Answers those whose company is watched. */
  private count(pair: SeenTerm, at: number, isWatching: boolean): string[] {
    const { term, count, author = 0, thread = 0, others = 0 } = pair
    const space = term.indexOf(' ')
    const touched: string[] = []
    for (const side of [0, 1]) {
      const word = side === 0 ? term.slice(0, space) : term.slice(space + 1)
      const neighbour = side === 0 ? term.slice(space + 1) : term.slice(0, space)
      let company = this.words.get(word)
      if (company === undefined) {
        if (isWatching && this.words.size >= COUNTED_MAX) continue
        company = emptyCompany(at)
        this.words.set(word, company)
      }
      if (company.seenSum === 0) company.firstAt = at
      const place = classOf(neighbour, side)
      if (company.knownSum >= REFERENCE_NEIGHBOURS_MIN) {
        for (let i = 0; i < count; i++) this.weigh(company, place)
        company.authors.add(author, count - others)
        company.threads.add(thread, count - others)
        touched.push(word)
      } else {
        company.seen[place]! += count
        company.seenSum += count
      }
    }
    return touched
  }

  private weigh(company: Company, place: number): void {
    const { known, knownSum, seen, seenSum } = company
    const centre = CENTRE_NEIGHBOURS * this.centre[place]!
    const own = (centre + seen[place]!) / (CENTRE_NEIGHBOURS + seenSum)
    const same = (centre + known[place]! + seen[place]!) / (CENTRE_NEIGHBOURS + knownSum + seenSum)
    company.logBayesFactor += INDEPENDENCE * Math.log(own / same)
    seen[place]!++
    company.seenSum++
  }

  /** What was seen joins the reference, and the most frequent words are watched. */
  private join(): void {
    const scale = Math.min(1, REFERENCE_RECORDS_MAX / Math.max(1, this.referenceRecords))
    this.referenceRecords *= scale
    this.centre.fill(1 / CLASSES)
    for (const company of this.words.values()) {
      const { known, seen } = company
      for (let i = 0; i < CLASSES; i++) {
        known[i] = (known[i]! + seen[i]!) * scale
        this.centre[i]! += known[i]!
      }
      company.knownSum = (company.knownSum + company.seenSum) * scale
      seen.fill(0)
      company.seenSum = 0
      company.logBayesFactor = 0
      company.named = false
      company.authors = new Heaviest()
      company.threads = new Heaviest()
    }
    const sum = this.centre.reduce((total, share) => total + share, 0)
    for (let i = 0; i < CLASSES; i++) this.centre[i]! /= sum
    const frequent = [...this.words].sort((left, right) => right[1].knownSum - left[1].knownSum)
    for (const [word] of frequent.slice(WATCHED_MAX)) this.words.delete(word)
    this.watched = frequent
      .slice(0, WATCHED_MAX)
      .filter(([, { knownSum }]) => knownSum >= REFERENCE_NEIGHBOURS_MIN).length
  }

  snapshot(): CompanyDetectorState {
    return {
      referenceRecords: this.referenceRecords,
      records: this.records,
      watched: this.watched,
      centre: [...this.centre],
      words: [...this.words].map(([word, { known, seen, authors, threads, ...company }]) => ({
        word,
        ...company,
        known: [...known],
        seen: [...seen],
        authors: authors.snapshot(),
        threads: threads.snapshot(),
      })),
    }
  }

  restore(state: CompanyDetectorState): void {
    this.referenceRecords = state.referenceRecords
    this.records = state.records
    this.watched = state.watched
    this.centre.set(state.centre)
    this.words.clear()
    for (const { word, known, seen, authors, threads, ...company } of state.words)
      this.words.set(word, {
        ...company,
        known: Float32Array.from(known),
        seen: Float32Array.from(seen),
        authors: Heaviest.of(authors),
        threads: Heaviest.of(threads),
      })
  }
}

/** What a detector goes on from. */
export interface CompanyDetectorState {
  readonly referenceRecords: number
  readonly records: number
  readonly watched: number
  readonly centre: readonly number[]
  readonly words: readonly (Omit<Company, 'known' | 'seen' | 'authors' | 'threads'> & {
    readonly word: string
    readonly known: readonly number[]
    readonly seen: readonly number[]
    readonly authors: readonly number[]
    readonly threads: readonly number[]
  })[]
}

function emptyCompany(firstAt: number): Company {
  return {
    known: new Float32Array(CLASSES),
    knownSum: 0,
    seen: new Float32Array(CLASSES),
    seenSum: 0,
    logBayesFactor: 0,
    firstAt,
    named: false,
    authors: new Heaviest(),
    threads: new Heaviest(),
  }
}

function isNew({ logBayesFactor, seenSum, named, authors, threads }: Company, threshold: number): boolean {
  if (named || logBayesFactor <= threshold || seenSum < NEIGHBOURS_MIN) return false
  if (logBayesFactor < GAIN_MIN * seenSum) return false
  const again = Math.max(authors.excess(NEIGHBOURS_OF_A_RECORD), threads.excess(NEIGHBOURS_OF_A_RECORD))
  return seenSum - again >= SPREAD_MIN * seenSum
}

/** FNV-1a over the neighbour, begun apart for either side. */
function classOf(neighbour: string, side: number): number {
  let hash = 0x811c9dc5 ^ side
  for (let i = 0; i < neighbour.length; i++) hash = Math.imul(hash ^ neighbour.charCodeAt(i), 0x01000193)
  return ((hash ^ (hash >>> 15)) >>> 0) % CLASSES
}
