import { similarityOf } from './compare-pictures.ts'
import { findCandidates, indexPictures } from './copy-index.ts'
import { type PicturePoints, unpackHash } from './picture-hash.ts'
import type { CopyMatch } from './seen-image.ts'

/** A picture that the bank knows. */
export interface CopyEntry {
  readonly id: string
  readonly name: string
  readonly weight: number
  /** Of `hashPicture`. */
  readonly hashes: Uint8Array
}

export interface CopyBank {
  readonly size: number
  /** The entry that a picture is most likely a near-copy of; null where there is none. @param hashes of `hashPicture` */
  find(hashes: Uint8Array): CopyMatch | null
}

/** Share of the parts of two pictures that look the same, from which one is a near-copy: a caption covers some, a crop cuts some off. */
export const SIMILARITY_MIN = 0.5

/** Holds pictures by parts of their descriptors, so that a search compares few in full. Its answers depend on no order. */
export function createCopyBank(entries: Iterable<CopyEntry>): CopyBank {
  const known: { entry: CopyEntry; points: PicturePoints }[] = []
  for (const entry of entries) {
    const points = unpackHash(entry.hashes)
    if (points !== null) known.push({ entry, points })
  }
  known.sort((a, b) => (a.entry.id < b.entry.id ? -1 : 1))
  const index = indexPictures(known.map(({ points }) => points))
  return {
    size: known.length,
    find(hashes) {
      const query = unpackHash(hashes)
      if (query === null) return null
      let best: CopyMatch | null = null
      for (const number of findCandidates(index, query)) {
        const { entry, points } = known[number]!
        const similarity = similarityOf(query, points)
        if (similarity < SIMILARITY_MIN || similarity <= (best?.similarity ?? 0)) continue
        best = { entry: entry.id, name: entry.name, similarity, weight: entry.weight }
      }
      return best
    },
  }
}
