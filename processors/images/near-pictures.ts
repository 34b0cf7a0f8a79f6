import { similarityOf } from './compare-pictures.ts'
import { SIMILARITY_MIN } from './copy-bank.ts'
import { type PicturePoints, unpackHash, WORDS } from './picture-hash.ts'

/** Parts of 16 bits of a descriptor that pictures are found by: near-copies have dozens of them in common. */
const PARTS = 2
const SLOTS = PARTS << 16
/** Points with the same part; more say nothing, and are passed over. */
const SLOT_MAX = 400
/** Parts in common without which pictures are not compared in full, and how many are, those with the most. */
const VOTES_MIN = 3
const COMPARED_MAX = 4
const NONE = -1

/** Finds near-copies among pictures that come one after the other. Each is indexed once; a picture takes some 10 KB. */
export class NearPictureFinder {
  private readonly pictures: (PicturePoints | null)[] = []
  /** By slot the entry that was added last, and how many there are; by entry the one before it, and whose it is. */
  private readonly last = new Int32Array(SLOTS).fill(NONE)
  private readonly sizes = new Uint32Array(SLOTS)
  private readonly before: number[] = []
  private readonly owners: number[] = []

  /**
   * @param hashes of `hashPicture`
   * @returns of those added before the likest that are nearly the same, numbered from 0 in the order they were added
   */
  add(hashes: Uint8Array): number[] {
    const points = unpackHash(hashes)
    const found = points === null ? [] : this.find(points)
    this.put(points)
    return found
  }

  /** The same without adding it. */
  find(points: PicturePoints): number[] {
    return this.candidatesOf(points).filter(
      other => similarityOf(points, this.pictures[other]!) >= SIMILARITY_MIN,
    )
  }

  /** @param points null: it has a number, and is nobody's copy */
  put(points: PicturePoints | null): void {
    const number = this.pictures.push(points) - 1
    if (points === null) return
    for (const slot of slotsOf(points)) {
      this.before.push(this.last[slot]!)
      this.last[slot] = this.owners.push(number) - 1
      this.sizes[slot]! += 1
    }
  }

  private candidatesOf(points: PicturePoints): number[] {
    const votes = new Map<number, number>()
    for (const slot of slotsOf(points)) {
      if (this.sizes[slot]! > SLOT_MAX) continue
      for (let entry = this.last[slot]!; entry !== NONE; entry = this.before[entry]!) {
        const owner = this.owners[entry]!
        votes.set(owner, (votes.get(owner) ?? 0) + 1)
      }
    }
    return [...votes]
      .filter(([, count]) => count >= VOTES_MIN)
      .sort(([one, a], [other, b]) => b - a || one - other)
      .slice(0, COMPARED_MAX)
      .map(([owner]) => owner)
  }
}

function* slotsOf({ bits, count }: PicturePoints): Iterable<number> {
  for (let point = 0; point < count; point++)
    for (let part = 0; part < PARTS; part++) yield (part << 16) | (bits[point * WORDS + part]! & 0xffff)
}
