import type { EdgeField } from './edge-field.ts'
import { type EdgePyramid, LEVELS_TO_HALF, levelOf } from './edge-pyramid.ts'
import { COARSE_SMOOTHINGS, FINE_SMOOTHINGS, type LogoPoints, type LogoShape } from './logo-template.ts'
import type { Box } from './raster.ts'

/** Points that may still be compared. */
export interface Budget {
  left: number
}

/** Where a logo agrees best with a picture's edges. */
export interface Found {
  readonly box: Box
  /** 0–1. */
  readonly agreement: number
}

/** Levels to either side of the size that the logo was marked at: 0.5–2×, and half a step. */
const LEVELS_AROUND = LEVELS_TO_HALF
/** Pixels from place to place of the coarse search. */
const STRIDE = 2
/** Points that a place is left after, where they agree too little. */
const FIRST_POINTS = 16
const FIRST_MIN = 0.2
const COARSE_MIN = 0.25
/** Places that are verified. */
const PLACES_MAX = 8
/** Pixels around a place, at the finer size, and levels, that are tried. */
const FINE_AROUND = 4
const FINE_LEVELS = 1
/** Parts of a logo each way. */
const PARTS = 2
const PART_POINTS_MIN = 8
/** Share of the weakest part's agreement in the whole. */
const WEAKEST_SHARE = 0.3

interface Place {
  readonly level: number
  readonly x: number
  readonly y: number
  readonly agreement: number
}

/** Searches a picture for a logo; null where no place comes near. */
export function findPlaces(pyramid: EdgePyramid, { share, coarse, fine }: LogoShape, budget: Budget): Found | null {
  const side = Math.sqrt(coarse.width * coarse.height)
  const middle = levelOf(side, share)
  const places: Place[] = []
  for (let level = middle - LEVELS_AROUND; level <= middle + LEVELS_AROUND; level++) {
    const field = pyramid.level(level, COARSE_SMOOTHINGS)
    if (field !== null) searchLevel(field, level, coarse, places, budget)
  }
  let best: Found | null = null
  for (const place of places) {
    const found = verify(pyramid, place, coarse, fine, budget)
    if (found !== null && found.agreement > (best?.agreement ?? 0)) best = found
  }
  return best
}

function searchLevel(field: EdgeField, level: number, points: LogoPoints, places: Place[], budget: Budget): void {
  const { width, cos, sin } = field
  const { count } = points
  const offsets = Int32Array.from({ length: count }, (_, i) => points.y[i]! * width + points.x[i]!)
  const first = Math.min(FIRST_POINTS, count)
  const firstMin = FIRST_MIN * first * 127 * 127
  for (let y = 0; y <= field.height - points.height; y += STRIDE) {
    for (let x = 0; x <= width - points.width; x += STRIDE) {
      const at = y * width + x
      let sum = 0
      for (let i = 0; i < first; i++) {
        const there = at + offsets[i]!
        sum += points.cos[i]! * cos[there]! + points.sin[i]! * sin[there]!
      }
      budget.left -= first
      if (sum < firstMin) continue
      for (let i = first; i < count; i++) {
        const there = at + offsets[i]!
        sum += points.cos[i]! * cos[there]! + points.sin[i]! * sin[there]!
      }
      budget.left -= count - first
      const agreement = sum / (count * 127 * 127)
      if (agreement >= COARSE_MIN) keep(places, { level, x, y, agreement }, points)
    }
    if (budget.left <= 0) return
  }
}

/** Keeps the likeliest places, one of those that lie over each other. */
function keep(places: Place[], place: Place, { width, height }: LogoPoints): void {
  const near = places.findIndex(
    other =>
      other.level === place.level &&
      Math.abs(other.x - place.x) * 4 <= width &&
      Math.abs(other.y - place.y) * 4 <= height,
  )
  if (near >= 0) {
    if (places[near]!.agreement >= place.agreement) return
    places.splice(near, 1)
  }
  const at = places.findIndex(other => other.agreement < place.agreement)
  if (at < 0) places.push(place)
  else places.splice(at, 0, place)
  if (places.length > PLACES_MAX) places.pop()
}

function verify(
  pyramid: EdgePyramid,
  place: Place,
  coarse: LogoPoints,
  fine: LogoPoints,
  budget: Budget,
): Found | null {
  const from = pyramid.level(place.level, COARSE_SMOOTHINGS)!
  const [middleX, middleY] = [
    (place.x + coarse.width / 2) / from.width,
    (place.y + coarse.height / 2) / from.height,
  ]
  let best: Found | null = null
  for (let step = -FINE_LEVELS; step <= FINE_LEVELS; step++) {
    const field = pyramid.level(place.level - LEVELS_TO_HALF + step, FINE_SMOOTHINGS)
    if (field === null) continue
    const [left, top] = [
      Math.round(middleX * field.width - fine.width / 2),
      Math.round(middleY * field.height - fine.height / 2),
    ]
    for (let y = top - FINE_AROUND; y <= top + FINE_AROUND; y++) {
      for (let x = left - FINE_AROUND; x <= left + FINE_AROUND; x++) {
        if (x < 0 || y < 0 || x + fine.width > field.width || y + fine.height > field.height) continue
        if (budget.left <= 0) return best
        budget.left -= fine.count
        const agreement = agreementAt(field, fine, x, y)
        if (agreement > (best?.agreement ?? 0)) best = { agreement, box: boxOf(field, fine, x, y) }
      }
    }
  }
  return best
}

function boxOf(field: EdgeField, { width, height }: LogoPoints, x: number, y: number): Box {
  return {
    x: x / field.width,
    y: y / field.height,
    width: width / field.width,
    height: height / field.height,
  }
}

const sums = new Float64Array(PARTS * PARTS)
const counts = new Int32Array(PARTS * PARTS)

/** Of all points, held back by the part that agrees least: a texture rarely agrees all over. */
function agreementAt(field: EdgeField, points: LogoPoints, left: number, top: number): number {
  sums.fill(0)
  counts.fill(0)
  let all = 0
  for (let i = 0; i < points.count; i++) {
    const [x, y] = [points.x[i]!, points.y[i]!]
    const at = (top + y) * field.width + left + x
    const product = points.cos[i]! * field.cos[at]! + points.sin[i]! * field.sin[at]!
    const part =
      Math.floor((y * PARTS) / points.height) * PARTS + Math.floor((x * PARTS) / points.width)
    sums[part]! += product
    counts[part]!++
    all += product
  }
  const whole = all / points.count
  let weakest = whole
  for (let part = 0; part < sums.length; part++) {
    if (counts[part]! < PART_POINTS_MIN) continue
    weakest = Math.min(weakest, sums[part]! / counts[part]!)
  }
  return ((1 - WEAKEST_SHARE) * whole + WEAKEST_SHARE * weakest) / (127 * 127)
}
