import { keyOf } from './heaviest.ts'

/** A thread bursts within so long, ms. */
const BURST_MS = 3_600_000

/** A record whose terms are counted. */
export interface TermRecord {
  /** Event time, ms since the epoch. */
  readonly at: number
  /** Empty where it is not known. */
  readonly author: string
  /** What it belongs to: a thread’s burst within an hour is no language. Empty where it is not known. */
  readonly thread: string
  readonly contentId: string | null
  readonly revision: number
  /** Each once. */
  readonly terms: ReadonlySet<string>
}

/** A term of a batch, and the record that held it first. */
export interface CountedTerm {
  readonly term: string
  readonly step: number
  readonly count: number
  readonly contentId: string | null
  readonly revision: number
  readonly author: number
  readonly thread: number
  /** Records that are neither of that author nor of that thread. */
  readonly others: number
}

/** Terms whose place is remembered from one batch to the next: most of a batch's terms were in the one before. */
const PLACES_MAX = 1 << 16

/** Counts the terms of a batch: each once for a record, and once for an author who says it again while nobody else does. */
export class TermCounter {
  private batch = 1
  /** Where a term stands in the arrays below, also of earlier batches. */
  private places = new Map<string, number>()
  private readonly names: string[] = []
  /** The batch that counted a term last; what is older counts nothing. */
  private readonly batches: number[] = []
  private readonly counts: number[] = []
  private readonly others: number[] = []
  /** The record that held a term first, and the author who was counted last, as places in what follows. */
  private readonly firsts: number[] = []
  private readonly lastAuthors: number[] = []
  /** Terms of this batch, in order of first occurrence. */
  private found: number[] = []
  private records: First[] = []
  private authors = new Map<string, number>()

  /** @param step of the batch that the record is in */
  add({ at, author, thread, contentId, revision, terms }: TermRecord, step: number): void {
    const { places, batches, counts, others, firsts, lastAuthors, records } = this
    const authorKey = author === '' ? 0 : keyOf(author)
    const threadKey = thread === '' ? 0 : keyOf(`${thread} ${Math.floor(at / BURST_MS)}`)
    const authorPlace = this.placeOfAuthor(author)
    const record = records.push({ step, contentId, revision, author: authorKey, thread: threadKey }) - 1
    for (const term of terms) {
      const place = places.get(term) ?? this.placeFor(term)
      if (batches[place] !== this.batch) {
        batches[place] = this.batch
        counts[place] = 1
        others[place] = 0
        firsts[place] = record
        lastAuthors[place] = authorPlace
        this.found.push(place)
        continue
      }
      if (author !== '' && lastAuthors[place] === authorPlace) continue
      counts[place]!++
      lastAuthors[place] = authorPlace
      const first = records[firsts[place]!]!
      const isSame =
        (authorKey !== 0 && first.author === authorKey) || (threadKey !== 0 && first.thread === threadKey)
      if (!isSame) others[place]!++
    }
  }

  private placeOfAuthor(author: string): number {
    let place = this.authors.get(author)
    if (place === undefined) {
      place = this.authors.size
      this.authors.set(author, place)
    }
    return place
  }

  private placeFor(term: string): number {
    const place = this.names.push(term) - 1
    this.places.set(term, place)
    this.batches[place] = 0
    return place
  }

  /**
   * What was counted since the last call, in order of first occurrence. Of too many terms the rarest are left out, then those of the end
   * of the alphabet: the same whatever came first.
   */
  take(termsMax = Number.POSITIVE_INFINITY): CountedTerm[] {
    const { names, counts, others, firsts, records } = this
    let { found } = this
    if (found.length > termsMax)
      found = found
        .sort((left, right) => counts[right]! - counts[left]! || (names[left]! < names[right]! ? -1 : 1))
        .slice(0, termsMax)
    const terms = found.map(place => {
      const { step, contentId, revision, author, thread } = records[firsts[place]!]!
      const [term, count] = [names[place]!, counts[place]!]
      return { term, step, count, contentId, revision, author, thread, others: others[place]! }
    })
    this.begin()
    return terms
  }

  private begin(): void {
    this.batch++
    this.found = []
    this.records = []
    this.authors = new Map()
    if (this.names.length <= PLACES_MAX) return
    this.places = new Map()
    for (const array of [this.names, this.batches, this.counts, this.others, this.firsts, this.lastAuthors])
      array.length = 0
  }
}

type First = Pick<CountedTerm, 'step' | 'contentId' | 'revision' | 'author' | 'thread'>
