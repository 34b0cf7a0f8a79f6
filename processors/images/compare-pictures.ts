import { LEVEL_STEP, type PicturePoints, THUMB_SIDE, WORDS } from './picture-hash.ts'

/** Bits of a descriptor that may differ, and of its first 32: most pairs differ in more, and are passed over by them. */
const DIFFERENT_MAX = 30
const FIRST_DIFFERENT_MAX = 10
/** Pixels by which a pair may miss the common scale and place: before these were fitted, then for the next fit and the last. */
const ROUGH_MISS = 22
const FINE_MISS = 7
const FINEST_MISS = 4
const PAIRS_MIN = 6
/** Pairs whose scale and place are tried, spread over all. */
const TRIED_MAX = 48
/** Of a picture that must lie within the other. */
const OVERLAP_MIN = 0.5
const BLOCKS = 5
const BLOCK_SIDE = 8
/**
 * Correlation from which a part of both small copies is the same. Parts of a near-copy are mostly above .9, or covered; parts of two
 * pictures of one layout are about .6.
 */
const SAME_MIN = 0.8
/** Standard deviation, of 255, below which a part is plain and says nothing. */
const PLAIN_MAX = 2

interface Shift {
  readonly scale: number
  readonly x: number
  readonly y: number
}

/** Points of two pictures by number, each with the one of the other picture that is likest it. */
interface Matches {
  readonly count: number
  readonly one: Uint8Array
  readonly other: Uint8Array
}

/** More than a picture has. */
const LEVELS = 8
/** By how many levels lie between two points, plus `LEVELS`. */
const SCALES = Float64Array.from({ length: 2 * LEVELS + 1 }, (_, i) => LEVEL_STEP ** (i - LEVELS))

/**
 * How alike two pictures are: the share of the parts of one that look the same in the other, once that is laid over it by the scale and
 * place on which most of their points agree.
 * @returns 0–1; 0 where too few points agree
 */
export function similarityOf(one: PicturePoints, other: PicturePoints): number {
  const matches = matchPoints(one, other)
  if (matches.count < PAIRS_MIN) return 0
  const rough = likeliestShift(one, other, matches)
  const near = agreeing(one, other, matches, rough, ROUGH_MISS)
  if (near.count < PAIRS_MIN) return 0
  const exact = agreeing(one, other, matches, fitSimilarity(one, other, near), FINE_MISS)
  if (exact.count < PAIRS_MIN) return 0
  const fine = fitSimilarity(one, other, exact)
  const finest = agreeing(one, other, exact, fine, FINEST_MISS)
  return sameShare(one, other, finest.count < PAIRS_MIN ? fine : fitSimilarity(one, other, finest))
}

/** Most of a comparison's time goes here: words are counted one after the other, and pairs passed over as soon as they differ too much. */
function matchPoints(one: PicturePoints, other: PicturePoints): Matches {
  const found = { count: 0, one: new Uint8Array(one.count), other: new Uint8Array(one.count) }
  const { bits } = other
  const end = other.count * WORDS
  for (let a = 0; a < one.count; a++) {
    const from = a * WORDS
    const [first, second] = [one.bits[from]!, one.bits[from + 1]!]
    let nearest = -1
    let least = DIFFERENT_MAX + 1
    for (let at = 0; at < end; at += WORDS) {
      let different = bitsSet(first ^ bits[at]!)
      if (different > FIRST_DIFFERENT_MAX) continue
      different += bitsSet(second ^ bits[at + 1]!)
      if (different >= least) continue
      for (let word = 2; word < WORDS; word++) different += bitsSet(one.bits[from + word]! ^ bits[at + word]!)
      if (different >= least) continue
      least = different
      nearest = at
    }
    if (nearest < 0) continue
    found.one[found.count] = a
    found.other[found.count++] = nearest / WORDS
  }
  return found
}

function bitsSet(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555)
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333)
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

/** The scale and place of the pair that most others agree with. */
function likeliestShift(one: PicturePoints, other: PicturePoints, matches: Matches): Shift {
  let best: Shift = { scale: 1, x: 0, y: 0 }
  let most = 0
  const step = Math.ceil(matches.count / TRIED_MAX)
  for (let i = 0; i < matches.count; i += step) {
    const [a, b] = [matches.one[i]!, matches.other[i]!]
    const scale = SCALES[other.level[b]! - one.level[a]! + LEVELS]!
    const shift = { scale, x: other.x[b]! - scale * one.x[a]!, y: other.y[b]! - scale * one.y[a]! }
    let count = 0
    for (let k = 0; k < matches.count; k++) if (missOf(one, other, matches, k, shift) <= ROUGH_MISS) count++
    if (count <= most) continue
    most = count
    best = shift
  }
  return best
}

function agreeing(
  one: PicturePoints,
  other: PicturePoints,
  matches: Matches,
  shift: Shift,
  missMax: number,
): Matches {
  const found = { count: 0, one: new Uint8Array(matches.count), other: new Uint8Array(matches.count) }
  for (let k = 0; k < matches.count; k++) {
    if (missOf(one, other, matches, k, shift) > missMax) continue
    found.one[found.count] = matches.one[k]!
    found.other[found.count++] = matches.other[k]!
  }
  return found
}

/** Pixels by which a pair misses a scale and place, along the worse axis. */
function missOf(one: PicturePoints, other: PicturePoints, matches: Matches, k: number, shift: Shift): number {
  const a = matches.one[k]!
  const b = matches.other[k]!
  const x = Math.abs(shift.scale * one.x[a]! + shift.x - other.x[b]!)
  const y = Math.abs(shift.scale * one.y[a]! + shift.y - other.y[b]!)
  return Math.max(x, y)
}

/** Least squares. */
function fitSimilarity(one: PicturePoints, other: PicturePoints, matches: Matches): Shift {
  const { count } = matches
  let [ax, ay, bx, by] = [0, 0, 0, 0]
  for (let k = 0; k < count; k++) {
    ax += one.x[matches.one[k]!]! / count
    ay += one.y[matches.one[k]!]! / count
    bx += other.x[matches.other[k]!]! / count
    by += other.y[matches.other[k]!]! / count
  }
  let [both, own] = [0, 0]
  for (let k = 0; k < count; k++) {
    const x = one.x[matches.one[k]!]! - ax
    const y = one.y[matches.one[k]!]! - ay
    both += x * (other.x[matches.other[k]!]! - bx) + y * (other.y[matches.other[k]!]! - by)
    own += x * x + y * y
  }
  const scale = own === 0 ? 1 : both / own
  return { scale, x: bx - scale * ax, y: by - scale * ay }
}

function sameShare(one: PicturePoints, other: PicturePoints, { scale, x, y }: Shift): number {
  if (!(scale > 0.4 && scale < 2.5)) return 0
  const left = Math.max(0, x)
  const top = Math.max(0, y)
  const width = Math.min(other.width, scale * one.width + x) - left
  const height = Math.min(other.height, scale * one.height + y) - top
  if (width <= 0 || height <= 0) return 0
  const area = width * height
  const least = OVERLAP_MIN * Math.max(other.width * other.height, scale ** 2 * one.width * one.height)
  if (area < least) return 0
  let same = 0
  let telling = 0
  const steps = BLOCKS * BLOCK_SIDE
  for (let block = 0; block < BLOCKS * BLOCKS; block++) {
    const sums = [0, 0, 0, 0, 0] as [number, number, number, number, number]
    for (let i = 0; i < BLOCK_SIDE ** 2; i++) {
      const u = left + (((block % BLOCKS) * BLOCK_SIDE + (i % BLOCK_SIDE) + 0.5) / steps) * width
      const v =
        top + ((Math.floor(block / BLOCKS) * BLOCK_SIDE + Math.floor(i / BLOCK_SIDE) + 0.5) / steps) * height
      const p = thumbAt(one, (u - x) / scale, (v - y) / scale)
      const q = thumbAt(other, u, v)
      sums[0] += p
      sums[1] += q
      sums[2] += p * p
      sums[3] += q * q
      sums[4] += p * q
    }
    const n = BLOCK_SIDE ** 2
    const [p, q, pp, qq, pq] = sums.map(sum => sum / n) as typeof sums
    const spreads = [Math.sqrt(Math.max(0, pp - p * p)), Math.sqrt(Math.max(0, qq - q * q))] as const
    if (Math.max(...spreads) < PLAIN_MAX) continue
    telling++
    if ((pq - p * q) / (Math.max(spreads[0], 0.5) * Math.max(spreads[1], 0.5)) >= SAME_MIN) same++
  }
  return telling < BLOCKS ? 0 : same / telling
}

/** The small copy's grey at a place of the picture, between its pixels. */
function thumbAt({ width, height, thumb }: PicturePoints, x: number, y: number): number {
  const u = Math.min(THUMB_SIDE - 1.001, Math.max(0, (x / width) * THUMB_SIDE - 0.5))
  const v = Math.min(THUMB_SIDE - 1.001, Math.max(0, (y / height) * THUMB_SIDE - 0.5))
  const at = Math.floor(v) * THUMB_SIDE + Math.floor(u)
  const [right, down] = [u % 1, v % 1]
  const above = thumb[at]! * (1 - right) + thumb[at + 1]! * right
  return (
    above * (1 - down) + (thumb[at + THUMB_SIDE]! * (1 - right) + thumb[at + THUMB_SIDE + 1]! * right) * down
  )
}
