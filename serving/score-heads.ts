import type { RecordOf } from '../schemas/topics.ts'

/**
 * The newest scores of each content: decides whether a record is news. It is if its revision is higher than the
 * content's, or equal and not a repeat; then the later offset wins. Heads outlive the feed's window (they are small
 * once their records left it), so that a late older revision is recognised for long.
 *
 * Platforms that do not count revisions leave 0 for all of them, so a score of the same revision with another event
 * time is an edit, not a repeat. Kinds are scored apart: what is not later than the deletion of its own revision
 * belongs to the text that was deleted.
 */
export interface ScoreHeads {
  /** `seq`: the sequence number the record's entry will have if it is news. */
  accept(record: ScoreRecord, seq: number): Verdict
  /** The entry left the window: keep its place, let go of its record. */
  release(entry: { readonly seq: number; readonly record: ScoreRecord }): void
  latest(contentId: string): LatestScores | null
}

export type Verdict =
  | { readonly type: 'SKIP' }
  /** `outdated`: sequence numbers of entries that must not be shown any more. */
  | { readonly type: 'PUSH' | 'CLEAR'; readonly outdated: readonly number[] }

export interface LatestScores {
  readonly cleared: boolean
  readonly revision: number
  /** Every kind that was scored at that revision. */
  readonly kinds: readonly string[]
  /** The newest record of each of them, as far as they are still in the window. */
  readonly records: readonly ScoreRecord[]
}

interface Head {
  revision: number
  cleared: boolean
  /** Event time of the last deletion at this revision. */
  clearedAt: number
  readonly kinds: Map<string, KindHead>
  /** Entries of this content in the window, all revisions, to be taken out at its deletion. */
  seqs: number[]
}

interface KindHead {
  /** Null once it left the window. */
  record: ScoreRecord | null
  seq: number
  /** Scores seen at this revision, as `repeatKey` names them. */
  readonly seen: string[]
}

/** Scores of one kind and revision (of several model versions) that are remembered as seen. */
const SEEN_MAX = 8

export function createScoreHeads(headsMax: number): ScoreHeads {
  /** In order of last use, so the first is the one to forget. */
  const heads = new Map<string, Head>()
  // One iterator for good: a new one would walk over all that was deleted at the front, each time. It never runs out,
  // since what it has passed is forgotten or has moved to the end, and it is asked only when there are too many.
  const oldest = heads.keys()

  function headOf(contentId: string): Head {
    const head = heads.get(contentId) ?? {
      revision: -1,
      cleared: false,
      clearedAt: -Infinity,
      kinds: new Map(),
      seqs: [],
    }
    heads.delete(contentId)
    heads.set(contentId, head)
    if (heads.size > headsMax) heads.delete(oldest.next().value!)
    return head
  }

  return {
    accept(record, seq) {
      const head = headOf(record.contentId)
      if (record.revision < head.revision) return { type: 'SKIP' }
      if (record.revision === head.revision && record.eventAt <= head.clearedAt) return { type: 'SKIP' }
      return record.status === 'CLEARED' ? clear(head, record, seq) : push(head, record, seq)
    },
    release({ seq, record }) {
      const head = heads.get(record.contentId)
      if (head === undefined) return
      head.seqs = head.seqs.filter(one => one > seq)
      const kind = head.kinds.get(record.kind)
      if (kind?.seq === seq) kind.record = null
    },
    latest(contentId) {
      const head = heads.get(contentId)
      if (head === undefined) return null
      const records = [...head.kinds.values()].flatMap(kind => kind.record ?? [])
      return { cleared: head.cleared, revision: head.revision, kinds: [...head.kinds.keys()], records }
    },
  }
}

function push(head: Head, record: ScoreRecord, seq: number): Verdict {
  if (record.revision > head.revision) renew(head, record.revision)
  head.cleared = false
  const seen = head.kinds.get(record.kind)?.seen ?? []
  const key = repeatKey(record)
  if (seen.includes(key)) return { type: 'SKIP' }
  head.kinds.set(record.kind, { record, seq, seen: [...seen, key].slice(-SEEN_MAX) })
  head.seqs.push(seq)
  return { type: 'PUSH', outdated: [] }
}

function clear(head: Head, record: ScoreRecord, seq: number): Verdict {
  // Deleted twice: once said is enough.
  const saidAlready = head.cleared
  renew(head, record.revision)
  head.cleared = true
  head.clearedAt = record.eventAt
  if (saidAlready) return { type: 'SKIP' }
  const outdated = head.seqs
  head.seqs = [seq]
  return { type: 'CLEAR', outdated }
}

function renew(head: Head, revision: number): void {
  head.revision = revision
  head.clearedAt = -Infinity
  head.kinds.clear()
}

function repeatKey({ id, eventAt }: ScoreRecord): string {
  return `${id}@${eventAt}`
}

export type ScoreRecord = RecordOf<'scores'>
