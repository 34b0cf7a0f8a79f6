import { NearPictureFinder } from './near-pictures.ts'
import { type PicturePoints, unpackHash } from './picture-hash.ts'

/**
 * Near-copies that many authors post within a while. A bounded memory of the latest pictures; it is rebuilt by reading the content again, so
 * nothing of it needs to be kept. Its answers depend only on the order of what it is told.
 */

/** Distinct authors from which it is a burst. */
export const BURST_AUTHORS_MIN = 5
/** ms of event time within which they post it. */
export const BURST_WINDOW_MS = 3_600_000
/** How strongly a burst speaks for spam: people may share a picture that is none, so it alone decides nothing. */
export const BURST_WEIGHT = 0.35
/** Groups of near-copies of a generation. Two are remembered; a group of the former one that is seen again moves to the latter. */
const GROUPS_MAX = 1000
/** Posts of a group that are remembered: a burst is told long before. */
const POSTS_MAX = 64

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

class Generation {
  private readonly finder = new NearPictureFinder()
  private readonly groups: Group[] = []

  get isFull(): boolean {
    return this.groups.length >= GROUPS_MAX
  }

  find(points: PicturePoints): Group | undefined {
    const [number] = this.finder.find(points)
    return number === undefined ? undefined : this.groups[number]
  }

  put(group: Group, points: PicturePoints): void {
    this.finder.put(points)
    this.groups.push(group)
  }
}

export class BurstMemory {
  private former = new Generation()
  private latter = new Generation()

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

  /** No index is ever made anew: that would hold up the texts that are scored in this thread. */
  private groupOf(hashes: Uint8Array, points: PicturePoints): Group {
    const late = this.latter.find(points)
    if (late !== undefined) return late
    const group = this.former.find(points) ?? {
      hashes,
      posts: [],
      lastAt: Number.NEGATIVE_INFINITY,
      isTold: false,
    }
    if (this.latter.isFull) {
      this.former = this.latter
      this.latter = new Generation()
    }
    this.latter.put(group, unpackHash(group.hashes)!)
    return group
  }
}
