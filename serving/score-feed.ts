import type { Incoming } from '../processors/processor.ts'
import type { Offsets } from './cursor.ts'
import type { Limits } from './limits.ts'
import { createScoreHeads, type LatestScores, type ScoreRecord } from './score-heads.ts'

/**
 * The scores that live readers are given: reads `nicr.scores` in log order → entries to push, kept in a bounded
 * window for readers that fell behind or reconnect.
 *
 * Guarantees: a late older revision and a repeat are never entries; backfilled and challenger scores neither; a
 * deletion is one entry for the content, however many kinds clear it, and the content's earlier entries are taken out
 * of the window. Every entry that left the window is known by its partition's floor, so a reader who would miss one
 * is told (`covers`) instead of being served with a gap.
 */
export interface FeedEntry {
  /** Counts entries in the order they came to this replica; without gaps. */
  readonly seq: number
  readonly type: 'score' | 'cleared'
  readonly partition: number
  readonly offset: number
  readonly record: ScoreRecord
}

export interface ScoreFeed {
  /**
   * Says where reading of a partition begins (the next offset). Call it for every partition once known: without it
   * the first accepted record is taken for the beginning, which makes the feed refuse a few cursors it could serve.
   */
  startAt(partition: number, offset: number): void
  /** A batch of one partition in log order; `nextOffset` is the next offset to read, gaps and markers included. */
  accept(partition: number, records: readonly Incoming<'scores'>[], nextOffset: number): void
  /** The feed has caught up with what lay on the topic when the replica started: it may be read. */
  positioned(): void
  readonly isPositioned: boolean
  /** Called with each new entry, within `accept`. At most one listener: the live sockets. */
  listen(listener: (entry: FeedEntry) => void): void
  /** The next offset of each partition, within a listener: right after the entry. */
  nextOffsets(): Offsets
  /** What the feed knows of a content's highest revision, for reads that follow a push. */
  latest(contentId: string): LatestScores | null
  /** Whether everything from these offsets on is still in the window. */
  covers(offsets: Offsets): boolean
  /** Entries from a sequence number on; null where that one has left the window. Taken-out entries are skipped. */
  entriesFrom(seq: number): Iterable<FeedEntry> | null
  /** Sequence numbers of the oldest entry kept and of the one to come. */
  readonly firstSeq: number
  readonly nextSeq: number
  readonly windowBytes: number
}

interface Kept {
  readonly entry: FeedEntry
  readonly bytes: number
  readonly acceptedAt: number
}

type FeedLimits = Pick<Limits, 'windowMs' | 'windowBytesMax' | 'headsMax'>

export function createScoreFeed(options: {
  readonly now: () => number
  readonly limits: FeedLimits
}): ScoreFeed {
  const { now, limits } = options
  const heads = createScoreHeads(limits.headsMax)
  const next = new Map<number, number>()
  /** By partition: everything from this offset on is in the window, or was never an entry. */
  const floors = new Map<number, number>()
  /** A queue: `first` counts what was dequeued; the array is cut when half of it is behind. */
  let kept: (Kept | null)[] = []
  let first = 0
  let firstSeq = 0
  let bytes = 0
  let isPositioned = false
  let listener: (entry: FeedEntry) => void = () => {}

  const nextSeq = () => firstSeq + kept.length - first
  /** Null only for entries that were taken out. */
  const at = (seq: number): Kept | null => kept[first + seq - firstSeq] ?? null

  function trim(): void {
    const oldest = now() - limits.windowMs
    while (first < kept.length) {
      const one = kept[first]!
      if (one !== null && one.acceptedAt >= oldest && bytes <= limits.windowBytesMax) break
      if (one !== null) forget(one)
      // Or all that left the window would be held until the array is cut.
      kept[first] = null
      first++
      firstSeq++
    }
    if (first > 1024 && first * 2 > kept.length) {
      kept = kept.slice(first)
      first = 0
    }
  }

  function forget({ entry, bytes: freed }: Kept): void {
    bytes -= freed
    floors.set(entry.partition, Math.max(floors.get(entry.partition) ?? 0, entry.offset + 1))
    heads.release(entry)
  }

  function append(entry: FeedEntry): void {
    const size = bytesOf(entry.record)
    kept.push({ entry, bytes: size, acceptedAt: now() })
    bytes += size
  }

  /** Earlier scores of a deleted content quote its words: they are not given to anyone any more. */
  function takeOut(seqs: readonly number[]): void {
    for (const seq of seqs) {
      const one = seq >= firstSeq ? at(seq) : null
      if (one === null) continue
      bytes -= one.bytes
      kept[first + seq - firstSeq] = null
    }
  }

  function acceptOne({ partition, offset, value: record }: Incoming<'scores'>): void {
    next.set(partition, Math.max(next.get(partition) ?? 0, offset + 1))
    if (record.alias !== 'CHAMPION') return
    const seq = nextSeq()
    const verdict = heads.accept(record, seq)
    if (verdict.type === 'SKIP') return
    takeOut(verdict.outdated)
    const entry: FeedEntry = {
      seq,
      type: verdict.type === 'CLEAR' ? 'cleared' : 'score',
      partition,
      offset,
      record,
    }
    append(entry)
    listener(entry)
  }

  return {
    startAt(partition, offset) {
      if (next.has(partition)) return
      next.set(partition, offset)
      floors.set(partition, offset)
    },
    accept(partition, records, nextOffset) {
      if (!next.has(partition)) this.startAt(partition, records[0]?.offset ?? nextOffset)
      for (const record of records) if (record.offset >= next.get(partition)!) acceptOne(record)
      next.set(partition, Math.max(next.get(partition)!, nextOffset))
      trim()
    },
    positioned() {
      isPositioned = true
    },
    get isPositioned() {
      return isPositioned
    },
    listen(given) {
      listener = given
    },
    nextOffsets: () => next,
    latest: contentId => heads.latest(contentId),
    covers(offsets) {
      trim()
      for (const [partition, floor] of floors) if ((offsets.get(partition) ?? 0) < floor) return false
      return true
    },
    entriesFrom(seq) {
      if (seq < firstSeq) return null
      return (function* () {
        for (let i = seq; i < nextSeq(); i++) {
          const one = at(i)
          if (one !== null) yield one.entry
        }
      })()
    },
    get firstSeq() {
      return firstSeq
    },
    get nextSeq() {
      return nextSeq()
    },
    get windowBytes() {
      return bytes
    },
  }
}

/** About what a record holds in memory: its strings at two bytes a character, and its objects. */
function bytesOf(record: ScoreRecord): number {
  let characters =
    record.id.length + record.contentId.length + record.author.length + record.modelVersion.length
  for (const reason of record.reasons) characters += (reason.text?.length ?? 0) + (reason.image?.length ?? 0)
  return RECORD_BYTES + record.reasons.length * REASON_BYTES + 2 * characters
}

const RECORD_BYTES = 600
const REASON_BYTES = 160
