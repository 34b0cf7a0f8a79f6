import type { EdgeField } from './edge-field.ts'
import { type EdgePyramid, LEVEL_STEP, LEVELS_TO_FINE, levelOf } from './edge-pyramid.ts'
import type { LogoPoints, LogoShape } from './logo-template.ts'
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

/** Levels to either side of the size that the logo was marked at: 0.42–2.4×. */
const LEVELS_AROUND = 2
/** Of the logo at each level: four to a level's step. */
const COARSE_SIZES = [-3, -1, 1, 3].map(eighths => LEVEL_STEP ** (eighths / 8))
/** Pixels from place to place of the coarse search. */
const STRIDE = 2
/** Points that a place is left after, where they agree too little. */
const FIRST_POINTS = 16
const FIRST_MIN = 0.28
const COARSE_MIN = 0.28
/** Places that are verified. */
const PLACES_MAX = 10
/** Pixels around a place, at the finer size, and levels, that are tried. */
const FINE_AROUND = 4
/** Points that are compared while looking around. */
const CLIMB_POINTS = 64
const FINE_SIZES = [0.94, 0.97, 1, 1.03, 1.06]
/** Parts of a logo each way. */
const PARTS = 2
const PART_POINTS_MIN = 8
/** Share of the weakest part's agreement in the whole. */
const WEAKEST_SHARE = 0.3
/**
 * Share of the agreement of directions: a mark is lighter or darker than what it lies on all over, while the edges of a photo that
 * happen to lie right turn this way and that.
 */
const DIRECTED_SHARE = 0.5

/**
 * What a plain logo agrees with by chance in a picture is told by the other likely places, and counts against it: the middle one of
 * them, so that a mark that is tiled over a picture is not held against itself.
 */
const USUAL_SHARE = 0.8
const USUAL_MIN = 0.1

interface Place {
  readonly level: number
  /** Of the logo, by which it is larger than the level says. */
  readonly size: number
  readonly x: number
  readonly y: number
  readonly agreement: number
}

/** Searches a picture for a logo; null where no place comes near. */
export function findPlaces(
  pyramid: EdgePyramid,
  { share, coarse, fine }: LogoShape,
  budget: Budget,
): Found | null {
  const side = Math.sqrt(coarse.width * coarse.height)
  const middle = levelOf(side, share)
  const places: Place[] = []
  const sized = COARSE_SIZES.map(size => atSize(coarse, size))
  for (let level = middle - LEVELS_AROUND; level <= middle + LEVELS_AROUND; level++) {
    const field = pyramid.level(level)
    if (field === null) continue
    for (const [i, points] of sized.entries())
      searchLevel(field, { level, size: COARSE_SIZES[i]! }, points, places, budget)
  }
  const found = places
    .map(place => verify(pyramid, place, coarse, fine, budget))
    .filter(one => one !== null)
    .sort((one, other) => other.agreement - one.agreement)
  const best = found[0]
  if (best === undefined) return null
  const others = found.filter(one => !overlaps(one.box, best.box))
  const usual = Math.max(USUAL_MIN, others[others.length >> 1]?.agreement ?? 0)
  return { box: best.box, agreement: best.agreement - USUAL_SHARE * (usual - USUAL_MIN) }
}

function overlaps(one: Box, other: Box): boolean {
  const across = Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x)
  const down = Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y)
  return across > 0 && down > 0
}

function searchLevel(
  field: EdgeField,
  { level, size }: Pick<Place, 'level' | 'size'>,
  points: LogoPoints,
  places: Place[],
  budget: Budget,
): void {
  const { width, cos, sin } = field
  const { count, edges } = points
  const offsets = Int32Array.from({ length: count }, (_, i) => points.y[i]! * width + points.x[i]!)
  const first = Math.min(FIRST_POINTS, edges)
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
      const agreement = sum / (edges * 127 * 127)
      if (agreement >= COARSE_MIN) keep(places, { level, size, x, y, agreement }, points)
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

/** Looks around a place for where, and at which size, the logo's finer points agree best. */
function verify(
  pyramid: EdgePyramid,
  place: Place,
  coarse: LogoPoints,
  fine: LogoPoints,
  budget: Budget,
): Found | null {
  const from = pyramid.level(place.level)!
  // The largest level may be too small for the finer points: they lie closer together then.
  const level = Math.max(0, place.level - LEVELS_TO_FINE)
  const field = pyramid.level(level)!
  const size = place.size * LEVEL_STEP ** (place.level - LEVELS_TO_FINE - level)
  const middleX = ((place.x + (place.size * coarse.width) / 2) / from.width) * field.width
  const middleY = ((place.y + (place.size * coarse.height) / 2) / from.height) * field.height
  let best = { agreement: 0, x: 0, y: 0, points: fine }
  for (const step of FINE_SIZES) {
    const points = atSize(fine, size * step)
    const left = Math.round(middleX - points.width / 2)
    const top = Math.round(middleY - points.height / 2)
    for (let y = top - FINE_AROUND; y <= top + FINE_AROUND; y += STRIDE) {
      for (let x = left - FINE_AROUND; x <= left + FINE_AROUND; x += STRIDE) {
        const agreement = climbAt(field, points, x, y, budget)
        if (agreement > best.agreement) best = { agreement, x, y, points }
      }
    }
  }
  if (best.agreement === 0) return null
  let found: Found | null = null
  for (let y = best.y - 1; y <= best.y + 1; y++) {
    for (let x = best.x - 1; x <= best.x + 1; x++) {
      const agreement = agreementAt(field, best.points, x, y, budget)
      if (agreement > (found?.agreement ?? 0)) found = { agreement, box: boxOf(field, best.points, x, y) }
    }
  }
  return found
}

function atSize(points: LogoPoints, size: number): LogoPoints {
  return {
    ...points,
    width: Math.ceil(points.width * size),
    height: Math.ceil(points.height * size),
    x: points.x.map(x => Math.round((x + 0.5) * size - 0.5)),
    y: points.y.map(y => Math.round((y + 0.5) * size - 0.5)),
  }
}

function boxOf(field: EdgeField, { width, height }: LogoPoints, x: number, y: number): Box {
  return {
    x: x / field.width,
    y: y / field.height,
    width: width / field.width,
    height: height / field.height,
  }
}

const PART_COUNT = PARTS * PARTS
const sums = new Float64Array(PART_COUNT)
const counts = new Int32Array(PART_COUNT)

/** Of all points, held back by the part that agrees least: a texture rarely agrees all over. */
function agreementAt(
  field: EdgeField,
  points: LogoPoints,
  left: number,
  top: number,
  budget: Budget,
): number {
  if (left < 0 || top < 0 || left + points.width > field.width || top + points.height > field.height) return 0
  if (budget.left <= 0) return 0
  budget.left -= points.count
  sums.fill(0)
  counts.fill(0)
  let all = 0
  let directed = 0
  for (let i = 0; i < points.count; i++) {
    const x = points.x[i]!
    const y = points.y[i]!
    const at = (top + y) * field.width + left + x
    const product = points.cos[i]! * field.cos[at]! + points.sin[i]! * field.sin[at]!
    const part = (y * PARTS < points.height ? 0 : PARTS) + (x * PARTS < points.width ? 0 : 1)
    sums[part]! += product
    if (i < points.edges) counts[part]!++
    all += product
    directed += points.gradientX[i]! * field.x[at]! + points.gradientY[i]! * field.y[at]!
  }
  const whole = all / points.edges
  let weakest = whole
  for (let part = 0; part < PART_COUNT; part++) {
    if (counts[part]! < PART_POINTS_MIN) continue
    weakest = Math.min(weakest, sums[part]! / counts[part]!)
  }
  const angles = (1 - WEAKEST_SHARE) * whole + WEAKEST_SHARE * weakest
  const directions = Math.abs(directed) / points.edges
  return ((1 - DIRECTED_SHARE) * angles + DIRECTED_SHARE * directions) / (127 * 127)
}

/** The sum over the edges of a picture alone, as far as `count` of them. */
function climbAt(field: EdgeField, points: LogoPoints, left: number, top: number, budget: Budget): number {
  if (left < 0 || top < 0 || left + points.width > field.width || top + points.height > field.height) return 0
  if (budget.left <= 0) return 0
  const count = Math.min(CLIMB_POINTS, points.edges)
  budget.left -= count
  let sum = 0
  for (let i = 0; i < count; i++) {
    const at = (top + points.y[i]!) * field.width + left + points.x[i]!
    sum += points.cos[i]! * field.cos[at]! + points.sin[i]! * field.sin[at]!
  }
  return sum
}
