import { encodeCursor, type Offsets } from './cursor.ts'
import type { FeedEntry, ScoreFeed } from './score-feed.ts'

/**
 * One socket's place in the score feed. A reader is either live, and then takes each entry as it comes, or behind, and
 * then walks through the window to catch up: after `resume`, or because its socket could not take more. Every entry
 * comes with the cursor from which the next reader would go on without loss or repeats.
 *
 * Subscribe first, then resume in the same breath: entries pushed between the two are not pushed again, but a cursor
 * taken from them is ahead of what `resume` still has to bring.
 */
export interface FeedReader {
  /** Follows; entries from now on. */
  follow(wish: Subscription): void
  unfollow(wish: Subscription): void
  readonly followsAny: boolean
  readonly contentCount: number
  readonly authorCount: number
  /** Whether the reader wants a new entry now. A reader behind does not: it will come to it. */
  takes(entry: FeedEntry): boolean
  /** The reader's socket is full: this entry and those after it are read from the window later. */
  fallBehind(entry: FeedEntry): void
  readonly isBehind: boolean
  /** Goes back to a cursor. EXPIRED if the window no longer holds all since. */
  resume(offsets: Offsets): 'RESUMED' | 'EXPIRED'
  /** The next entry of a reader that is behind; null once it has caught up and is live again; LOST if the window went on without it. */
  next(): FeedEntry | null | 'LOST'
  /** Where the reader stands after the entry it was given last. */
  cursor(): string
}

export interface Subscription {
  readonly content?: readonly string[] | undefined
  readonly authors?: readonly string[] | undefined
  readonly all?: boolean | undefined
}

interface Lag {
  seq: number
  /** Running place: the next offset by partition. */
  readonly offsets: Map<number, number>
  /** Entries before this sequence number were pushed live where a subscription stood already. */
  readonly pushedBefore: number
}

/** `onlyAuthor`: a ticket's author; entries of others are never read. */
export function createFeedReader(feed: ScoreFeed, onlyAuthor: string | null): FeedReader {
  /** What is followed, and from which sequence number on it was followed live. */
  const content = new Map<string, number>()
  const authors = new Map<string, number>()
  let all: number | null = null
  let lag: Lag | null = null
  /** Offsets of a cursor from a replica that had read further than this one: entries below are known to the client. */
  let ahead: Map<number, number> | null = null

  function followedSince({ record }: FeedEntry): number | null {
    if (onlyAuthor !== null && record.author !== onlyAuthor) return null
    const since = Math.min(
      content.get(record.contentId) ?? Infinity,
      authors.get(record.author) ?? Infinity,
      all ?? Infinity,
    )
    return since === Infinity ? null : since
  }

  const known = ({ partition, offset }: FeedEntry) => ahead !== null && offset < (ahead.get(partition) ?? 0)

  /** Where the client stands once live: what was read here, or further. */
  function furthest(): Map<number, number> {
    const offsets = new Map(feed.nextOffsets())
    for (const [partition, offset] of ahead ?? [])
      offsets.set(partition, Math.max(offset, offsets.get(partition) ?? 0))
    return offsets
  }

  function catchUp(): void {
    lag = null
    if (ahead === null) return
    for (const [partition, offset] of ahead)
      if ((feed.nextOffsets().get(partition) ?? 0) >= offset) ahead.delete(partition)
    if (ahead.size === 0) ahead = null
  }

  return {
    follow(wish) {
      const since = feed.nextSeq
      for (const id of wish.content ?? []) if (!content.has(id)) content.set(id, since)
      for (const id of wish.authors ?? []) if (!authors.has(id)) authors.set(id, since)
      if (wish.all === true) all ??= since
    },
    unfollow(wish) {
      for (const id of wish.content ?? []) content.delete(id)
      for (const id of wish.authors ?? []) authors.delete(id)
      if (wish.all === true) all = null
    },
    get followsAny() {
      return all !== null || content.size > 0 || authors.size > 0
    },
    get contentCount() {
      return content.size
    },
    get authorCount() {
      return authors.size
    },
    takes: entry => lag === null && followedSince(entry) !== null && !known(entry),
    fallBehind(entry) {
      const offsets = furthest()
      offsets.set(entry.partition, entry.offset)
      lag = { seq: entry.seq, offsets, pushedBefore: 0 }
    },
    get isBehind() {
      return lag !== null
    },
    resume(offsets) {
      if (!feed.covers(offsets)) return 'EXPIRED'
      lag = { seq: feed.firstSeq, offsets: new Map(offsets), pushedBefore: lag?.seq ?? feed.nextSeq }
      ahead = new Map(offsets)
      return 'RESUMED'
    },
    next() {
      if (lag === null) return null
      const entries = feed.entriesFrom(lag.seq)
      if (entries === null) return 'LOST'
      for (const entry of entries) {
        lag.seq = entry.seq + 1
        if (entry.offset < (lag.offsets.get(entry.partition) ?? 0)) continue
        lag.offsets.set(entry.partition, entry.offset + 1)
        const since = followedSince(entry)
        if (since === null || known(entry)) continue
        if (entry.seq < lag.pushedBefore && since <= entry.seq) continue
        return entry
      }
      catchUp()
      return null
    },
    cursor() {
      if (lag !== null) return encodeCursor(lag.offsets)
      return encodeCursor(ahead === null ? feed.nextOffsets() : furthest())
    },
  }
}
