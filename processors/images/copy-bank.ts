import { similarityOf } from './compare-pictures.ts'
import { type PicturePoints, unpackHash, WORDS } from './picture-hash.ts'
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

/** Share of the parts of two pictures that look the same, from which one is a near-copy. */
export const SIMILARITY_MIN = 0.6
/** Entries that a picture is compared with in full, those with the most points alike. */
const COMPARED_MAX = 12
const VOTES_MIN = 2
/** Points with the same part of a descriptor; more say nothing, and are passed over. */
const SLOT_MAX = 400
/** 16 bits each. */
const PARTS = 2 * WORDS

/** Holds pictures by 16-bit parts of their descriptors, so that a search looks at few. Its answers depend on no order. */
export function createCopyBank(entries: Iterable<CopyEntry>): CopyBank {
  const known: { entry: CopyEntry; points: PicturePoints }[] = []
  for (const entry of entries) {
    const points = unpackHash(entry.hashes)
    if (points !== null) known.push({ entry, points })
  }
  known.sort((a, b) => (a.entry.id < b.entry.id ? -1 : 1))
  const { starts, owners } = indexOf(known.map(({ points }) => points))
  const votes = new Uint16Array(known.length)
  const candidatesOf = (query: PicturePoints): number[] => {
    votes.fill(0)
    const voted: number[] = []
    for (let i = 0; i < query.count; i++) {
      for (let part = 0; part < PARTS; part++) {
        const slot = slotOf(query.bits, i, part)
        if (starts[slot + 1]! - starts[slot]! > SLOT_MAX) continue
        for (let at = starts[slot]!; at < starts[slot + 1]!; at++) {
          if (++votes[owners[at]!]! === VOTES_MIN) voted.push(owners[at]!)
        }
      }
    }
    return voted.sort((a, b) => votes[b]! - votes[a]! || a - b).slice(0, COMPARED_MAX)
  }
  return {
    size: known.length,
    find(hashes) {
      const query = unpackHash(hashes)
      if (query === null) return null
      let best: CopyMatch | null = null
      for (const number of candidatesOf(query)) {
        const { entry, points } = known[number]!
        const similarity = similarityOf(query, points)
        if (similarity < SIMILARITY_MIN || similarity <= (best?.similarity ?? 0)) continue
        best = { entry: entry.id, name: entry.name, similarity, weight: entry.weight }
      }
      return best
    },
  }
}

function slotOf(bits: Uint32Array, point: number, part: number): number {
  return (part << 16) | ((bits[point * WORDS + (part >> 1)]! >>> (16 * (part & 1))) & 0xffff)
}

/** Entries by slot, one after the other: those of a slot lie from its start to the next one's. */
function indexOf(pictures: readonly PicturePoints[]): { starts: Uint32Array; owners: Uint32Array } {
  const starts = new Uint32Array((PARTS << 16) + 1)
  const each = (visit: (slot: number, picture: number) => void) =>
    pictures.forEach(({ bits, count }, picture) => {
      for (let i = 0; i < count; i++)
        for (let part = 0; part < PARTS; part++) visit(slotOf(bits, i, part), picture)
    })
  each(slot => {
    starts[slot + 1]!++
  })
  for (let slot = 1; slot < starts.length; slot++) starts[slot]! += starts[slot - 1]!
  const next = starts.slice()
  const owners = new Uint32Array(starts.at(-1)!)
  each((slot, picture) => {
    owners[next[slot]!++] = picture
  })
  return { starts, owners }
}
