import { similarityOf } from './compare-pictures.ts'
import { createCopyBank, SIMILARITY_MIN } from './copy-bank.ts'
import { type PicturePoints, unpackHash } from './picture-hash.ts'

/**
 * Near-copies that many authors post within a while. A bounded memory of the latest pictures; it is rebuilt by reading the content again, so
 * nothing of it needs to be kept. Its answers depend only on the order of what it is told.
 */

/** Distinct authors from which it is a burst. */
export const BURST_AUTHORS_MIN = 5
/** ms of event time within which they post it. */
export const BURST_WINDOW_MS = 3_600_000
/** How strongly a burst speaks for spam: people may share a picture that is none. */
export const BURST_WEIGHT = 0.5
/** Groups of near-copies that are remembered; the one seen least lately is forgotten first. */
const GROUPS_MAX = 2000
/** Posts of a group that are remembered: a burst is told long before. */
const POSTS_MAX = 64
/** New groups after which the index is made anew; those since are looked through one by one. */
const FRESH_MAX = 64

export interface PostedPicture {
  readonly author: string
  /** Of `hashPicture`. */
  readonly hashes: Uint8Array
  /** Event time, ms since the epoch. */
  readonly at: number
}

/** A picture that became a burst: told once a group. */
export interface Burst {
  /** Of the first picture of the group. */
  readonly hashes: Uint8Array
  readonly authors: number
}

interface Group {
  readonly hashes: Uint8Array
  posts: { readonly author: string; readonly at: number }[]
  lastAt: number
  isTold: boolean
}

export class BurstMemory {
  private readonly groups = new Map<string, Group>()
  /** Unpacked: each picture is held against all of them. */
  private readonly fresh = new Map<string, PicturePoints>()
  private index = createCopyBank([])
  private count = 0

  /** @returns the burst that this picture completes; null mostly, and where it has no hash */
  add({ author, hashes, at }: PostedPicture): Burst | null {
    const points = unpackHash(hashes)
    if (points === null) return null
    const group = this.groupOf(hashes, points)
    group.lastAt = Math.max(group.lastAt, at)
    group.posts = group.posts.filter(
      post => post.at > group.lastAt - BURST_WINDOW_MS && post.author !== author,
    )
    if (at > group.lastAt - BURST_WINDOW_MS) group.posts.push({ author, at })
    if (group.posts.length > POSTS_MAX) group.posts.shift()
    if (group.isTold || group.posts.length < BURST_AUTHORS_MIN) return null
    group.isTold = true
    return { hashes: group.hashes, authors: group.posts.length }
  }

  private groupOf(hashes: Uint8Array, points: PicturePoints): Group {
    const id = this.index.find(hashes)?.entry ?? this.findFresh(points)
    const known = id === null ? undefined : this.groups.get(id)
    if (id !== null && known !== undefined) {
      this.groups.delete(id)
      this.groups.set(id, known)
      return known
    }
    const own = String(this.count++)
    const group: Group = { hashes, posts: [], lastAt: Number.NEGATIVE_INFINITY, isTold: false }
    this.groups.set(own, group)
    this.fresh.set(own, points)
    if (this.fresh.size >= FRESH_MAX) this.renew()
    return group
  }

  private findFresh(points: PicturePoints): string | null {
    for (const [id, known] of this.fresh) if (similarityOf(points, known) >= SIMILARITY_MIN) return id
    return null
  }

  private renew(): void {
    for (const id of this.groups.keys()) {
      if (this.groups.size <= GROUPS_MAX) break
      this.groups.delete(id)
    }
    this.index = createCopyBank(this.entriesOf(this.groups.keys()))
    this.fresh.clear()
  }

  private *entriesOf(ids: Iterable<string>) {
    for (const id of ids) {
      const group = this.groups.get(id)
      if (group !== undefined) yield { id, name: '', weight: 1, hashes: group.hashes }
    }
  }
}
