import { LEVEL_STEP, type PicturePoints, WORDS } from './picture-hash.ts'

/**
 * Finds the few pictures of thousands that one may be a near-copy of: those that have parts of descriptors in common with it, and among
 * these the ones whose points agree on a scale and a place (a Hough vote, as Lowe, IJCV 2004, section 7.3).
 */
export interface CopyIndex {
  readonly pictures: readonly PicturePoints[]
  /** Points by slot, one after the other: those of a slot lie from its start to the next one's. */
  readonly starts: Uint32Array
  /** Of each point there: whose it is, and which. */
  readonly owners: Uint32Array
  readonly points: Uint8Array
}

/** 16 bits of a descriptor each. */
const PARTS = 2 * WORDS
/** Points in a slot; where there are more they say little, and only the first are looked at: a picture may have been tagged that often. */
const SLOT_MAX = 200
const CROWDED_MAX = 4
const VOTES_MIN = 2
/** A part that the query has more often says nothing of a place: letters come again and again. */
const REPEATS_MAX = 3
/** Pictures whose places are looked at, those with the most parts in common; and how many of them are told. */
const PLACED_MAX = 32
const CANDIDATES_MAX = 6
/** Levels that two near-copies' points may lie apart. */
const LEVELS_APART_MAX = 4
const SCALES = Float64Array.from(
  { length: 2 * LEVELS_APART_MAX + 1 },
  (_, i) => LEVEL_STEP ** (i - LEVELS_APART_MAX),
)
/** Pixels of a cell of places; as many cells each way as a number of bits names, then they begin anew. */
const CELL = 24
const CELL_BITS = 5
const CELL_MASK = (1 << CELL_BITS) - 1
const NOT_PLACED = -1

export function indexPictures(pictures: readonly PicturePoints[]): CopyIndex {
  const starts = new Uint32Array((PARTS << 16) + 1)
  const each = (visit: (slot: number, picture: number, point: number) => void) =>
    pictures.forEach(({ bits, count }, picture) => {
      for (let i = 0; i < count; i++)
        for (let part = 0; part < PARTS; part++) visit(slotOf(bits, i, part), picture, i)
    })
  each(slot => {
    starts[slot + 1]!++
  })
  for (let slot = 1; slot < starts.length; slot++) starts[slot]! += starts[slot - 1]!
  const next = starts.slice()
  const owners = new Uint32Array(starts.at(-1)!)
  const points = new Uint8Array(owners.length)
  each((slot, picture, point) => {
    const at = next[slot]!++
    owners[at] = picture
    points[at] = point
  })
  return { pictures, starts, owners, points }
}

/** Numbers of the likeliest pictures, at most `CANDIDATES_MAX`, the likeliest first. */
export function findCandidates(index: CopyIndex, query: PicturePoints): number[] {
  const placed = mostInCommon(index, query)
  const agreeing = agreementOf(index, query, placed)
  return [...placed.keys()]
    .sort((a, b) => agreeing[b]! - agreeing[a]! || a - b)
    .slice(0, CANDIDATES_MAX)
    .map(rank => placed[rank]!)
}

/** A part that the query has more than once votes once. */
function mostInCommon({ pictures, starts, owners }: CopyIndex, query: PicturePoints): number[] {
  const votes = new Uint16Array(pictures.length)
  let before = -1
  for (const slot of slotsOf(query).sort()) {
    if (slot === before) continue
    before = slot
    const end = endOf(starts, slot)
    for (let at = starts[slot]!; at < end; at++) votes[owners[at]!]!++
  }
  const byVotes = (a: number, b: number) => votes[b]! - votes[a]! || a - b
  let most: number[] = []
  let least = VOTES_MIN
  for (let picture = 0; picture < votes.length; picture++) {
    if (votes[picture]! < least) continue
    most.push(picture)
    if (most.length < 4 * PLACED_MAX) continue
    most = most.sort(byVotes).slice(0, PLACED_MAX)
    least = votes[most.at(-1)!]! + 1
  }
  return most.sort(byVotes).slice(0, PLACED_MAX)
}

/** Of each picture, how many parts of points in common agree best on a scale and a place. */
function agreementOf(index: CopyIndex, query: PicturePoints, placed: readonly number[]): Uint16Array {
  const { pictures, starts, owners, points } = index
  const ranks = new Int16Array(pictures.length).fill(NOT_PLACED)
  placed.forEach((picture, rank) => {
    ranks[picture] = rank
  })
  const cells = new Uint16Array((placed.length * SCALES.length) << (2 * CELL_BITS))
  const best = new Uint16Array(placed.length)
  const slots = slotsOf(query)
  const repeats = new Map<number, number>()
  for (const slot of slots) repeats.set(slot, (repeats.get(slot) ?? 0) + 1)
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i]!
    if (repeats.get(slot)! > REPEATS_MAX) continue
    const end = endOf(starts, slot)
    const point = Math.floor(i / PARTS)
    for (let at = starts[slot]!; at < end; at++) {
      const rank = ranks[owners[at]!]!
      if (rank === NOT_PLACED) continue
      const known = pictures[owners[at]!]!
      const other = points[at]!
      const apart = known.level[other]! - query.level[point]! + LEVELS_APART_MAX
      const scale = SCALES[apart]
      if (scale === undefined) continue
      const across = Math.floor((known.x[other]! - scale * query.x[point]!) / CELL) & CELL_MASK
      const down = Math.floor((known.y[other]! - scale * query.y[point]!) / CELL) & CELL_MASK
      const cell = (((rank * SCALES.length + apart) << CELL_BITS) | across) << CELL_BITS
      best[rank] = Math.max(best[rank]!, ++cells[cell | down]!)
    }
  }
  return best
}

/** Behind the last point of a slot that is looked at. */
function endOf(starts: Uint32Array, slot: number): number {
  const start = starts[slot]!
  const end = starts[slot + 1]!
  return end - start > SLOT_MAX ? start + CROWDED_MAX : end
}

/** Of each point the slots of its parts. */
function slotsOf({ bits, count }: PicturePoints): Uint32Array {
  const slots = new Uint32Array(count * PARTS)
  for (let i = 0; i < count; i++)
    for (let part = 0; part < PARTS; part++) slots[i * PARTS + part] = slotOf(bits, i, part)
  return slots
}

function slotOf(bits: Uint32Array, point: number, part: number): number {
  return (part << 16) | ((bits[point * WORDS + (part >> 1)]! >>> (16 * (part & 1))) & 0xffff)
}
