/**
 * The state of one task: a small JSON value per key, with the stream time at which the key wants to be punctuated.
 * Changes are collected until the transaction they belong to, so that each key is written to the changelog once.
 */
interface Entry {
  readonly state: unknown
  readonly punctuateAt: number | null
}

/**
 * The changelog's key of the stream time: a process that started anew with an earlier one would punctuate late. No
 * content has this id.
 */
const STREAM_TIME_KEY = '\0stream-time'

export class StateStore {
  private readonly entries = new Map<string, Entry>()
  private readonly changed = new Set<string>()
  private earliest = Number.POSITIVE_INFINITY
  private writtenStreamTime = Number.NEGATIVE_INFINITY
  streamTime = Number.NEGATIVE_INFINITY

  get(key: string): unknown {
    return this.entries.get(key)?.state
  }

  /** Undefined forgets the key. */
  set(key: string, state: unknown, punctuateAt: number | null): void {
    this.changed.add(key)
    if (state === undefined) {
      this.entries.delete(key)
      return
    }
    this.entries.set(key, { state, punctuateAt })
    if (punctuateAt !== null && punctuateAt < this.earliest) this.earliest = punctuateAt
  }

  /** Stream time never goes back. */
  advance(eventTime: number): void {
    if (eventTime > this.streamTime) this.streamTime = eventTime
  }

  /** The keys whose time has come, in the order of their time, then key; each is handed out once. */
  takeDue(): string[] {
    if (this.streamTime < this.earliest) return []
    const due = [...this.entries].filter(
      ([, entry]) => entry.punctuateAt !== null && entry.punctuateAt <= this.streamTime,
    )
    due.sort((left, right) => left[1].punctuateAt! - right[1].punctuateAt! || (left[0] < right[0] ? -1 : 1))
    for (const [key, entry] of due) this.entries.set(key, { state: entry.state, punctuateAt: null })
    this.earliest = Number.POSITIVE_INFINITY
    for (const { punctuateAt } of this.entries.values())
      if (punctuateAt !== null && punctuateAt < this.earliest) this.earliest = punctuateAt
    return due.map(([key]) => key)
  }

  /** What changed since the last call, as changelog records, the stream time with it: a null value is a tombstone. */
  takeChanges(): { key: string; value: Buffer | null }[] {
    const changes = [...this.changed].map((key): { key: string; value: Buffer | null } => {
      const entry = this.entries.get(key)
      return { key, value: entry === undefined ? null : Buffer.from(JSON.stringify(entry)) }
    })
    this.changed.clear()
    if (this.streamTime > this.writtenStreamTime)
      changes.push({ key: STREAM_TIME_KEY, value: Buffer.from(String(this.streamTime)) })
    this.writtenStreamTime = this.streamTime
    return changes
  }

  /** Applies a changelog record, in log order, before the first batch. */
  restore(key: string, value: Buffer | null): void {
    if (key === STREAM_TIME_KEY) {
      this.streamTime = Number(value)
      this.writtenStreamTime = this.streamTime
      return
    }
    if (value === null) {
      this.entries.delete(key)
      return
    }
    const entry = JSON.parse(value.toString('utf8')) as Entry
    this.entries.set(key, entry)
    if (entry.punctuateAt !== null && entry.punctuateAt < this.earliest) this.earliest = entry.punctuateAt
  }
}
