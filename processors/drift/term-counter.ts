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

interface Counted extends Omit<CountedTerm, 'term' | 'count' | 'others'> {
  count: number
  others: number
  /** Who was counted last. */
  lastAuthor: string
}

/** Counts the terms of a batch: each once for a record, and once for an author who says it again while nobody else does. */
export class TermCounter {
  private counts = new Map<string, Counted>()

  /** @param step of the batch that the record is in */
  add({ at, author, thread, contentId, revision, terms }: TermRecord, step: number): void {
    const authorKey = author === '' ? 0 : keyOf(author)
    const threadKey = thread === '' ? 0 : keyOf(`${thread} ${Math.floor(at / BURST_MS)}`)
    for (const term of terms) {
      const counted = this.counts.get(term)
      if (counted === undefined) {
        const first = { step, contentId, revision, author: authorKey, thread: threadKey }
        this.counts.set(term, { ...first, count: 1, others: 0, lastAuthor: author })
        continue
      }
      if (author !== '' && counted.lastAuthor === author) continue
      counted.count++
      counted.lastAuthor = author
      const isSame =
        (authorKey !== 0 && counted.author === authorKey) || (threadKey !== 0 && counted.thread === threadKey)
      if (!isSame) counted.others++
    }
  }

  /**
   * What was counted since the last call, in order of first occurrence. Of too many terms the rarest are left out, then those of the end
   * of the alphabet: the same whatever came first.
   */
  take(termsMax = Number.POSITIVE_INFINITY): CountedTerm[] {
    let counts = [...this.counts]
    this.counts = new Map()
    if (counts.length > termsMax)
      counts = counts
        .sort((left, right) => right[1].count - left[1].count || (left[0] < right[0] ? -1 : 1))
        .slice(0, termsMax)
    return counts.map(([term, { lastAuthor: _, ...counted }]) => ({ term, ...counted }))
  }
}
