import { type CopyBank, type CopyEntry, createCopyBank } from './copy-bank.ts'
import type { CopyMatch } from './seen-image.ts'

/** Entries since the index was made, from which it is made anew. */
const RECENT_MAX = 64

/** A bank that is indexed when it is first asked. */
class LazyBank {
  readonly entries: ReadonlyMap<string, CopyEntry>
  private bank: CopyBank | null = null

  constructor(entries: readonly CopyEntry[]) {
    this.entries = new Map(entries.map(entry => [entry.id, entry]))
  }

  find(hashes: Uint8Array): CopyMatch | null {
    if (this.entries.size === 0) return null
    this.bank ??= createCopyBank(this.entries.values())
    return this.bank.find(hashes)
  }

  holds({ id, hashes }: CopyEntry): boolean {
    const own = this.entries.get(id)?.hashes
    return own !== undefined && own.length === hashes.length && own.every((byte, i) => byte === hashes[i])
  }
}

/**
 * A bank that takes the index of the one before it over: an index of thousands of pictures takes a quarter of a second, and people tag one
 * after the other. What came since is indexed by itself; what went is passed over, and where it hides another, all is indexed anew.
 */
export class LayeredCopyBank implements CopyBank {
  private readonly current: ReadonlyMap<string, CopyEntry>
  private indexed: LazyBank
  private recent: LazyBank

  /** @param entries all of them, ids once */
  constructor(entries: readonly CopyEntry[], former: LayeredCopyBank | null = null) {
    this.current = new Map(entries.map(entry => [entry.id, entry]))
    const recent = former === null ? entries : entries.filter(entry => !former.indexed.holds(entry))
    const isTaken = former !== null && recent.length <= RECENT_MAX
    this.indexed = isTaken ? former.indexed : new LazyBank(entries)
    this.recent = new LazyBank(isTaken ? recent : [])
  }

  get size(): number {
    return this.current.size
  }

  find(hashes: Uint8Array): CopyMatch | null {
    let old = this.indexed.find(hashes)
    if (old !== null && !this.isCurrent(old.entry)) {
      this.indexed = new LazyBank([...this.current.values()])
      this.recent = new LazyBank([])
      old = this.indexed.find(hashes)
    }
    const late = this.recent.find(hashes)
    const best = late === null || (old !== null && old.similarity >= late.similarity) ? old : late
    if (best === null) return null
    const { name, weight } = this.current.get(best.entry)!
    return { ...best, name, weight }
  }

  private isCurrent(id: string): boolean {
    const entry = this.current.get(id)
    return entry !== undefined && this.indexed.holds(entry)
  }
}
