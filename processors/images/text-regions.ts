/**
 * Where a picture holds text: the lines in the probability map of a detector with differentiable binarization (Liao et al.
 * 2020, "Real-time scene text detection with differentiable binarization"): the map marks shrunken lines, which are cut out
 * at a threshold, boxed by the smallest turned rectangle and grown back.
 */

/** How probable each pixel of a (scaled) picture is of lying in a line's core, 0–1, row by row. */
export interface TextMap {
  readonly width: number
  readonly height: number
  readonly data: Float32Array
}

/** A line of text as a turned rectangle, in pixels of the picture. */
export interface TextRegion {
  readonly centreX: number
  readonly centreY: number
  /** Along the line. */
  readonly length: number
  /** Across it. */
  readonly thickness: number
  /** Direction of the line in radians, clockwise as seen, above −π/2 and at most π/2; 0 is from left to right. */
  readonly angle: number
  /** Mean probability over its core, 0–1. */
  readonly score: number
}

export interface RegionSettings {
  /** Pixels of the map above it belong to text. */
  readonly threshold: number
  /** Regions of a lower mean probability are dropped. */
  readonly scoreMin: number
  /** How far a core grows, in areas over outlines. */
  readonly growth: number
  /** The largest ones are kept; where as many are found, there may be more. */
  readonly regionsMax: number
}

export const regionSettings: RegionSettings = { threshold: 0.3, scoreMin: 0.5, growth: 1.6, regionsMax: 120 }

/** Cores thinner than this many pixels of the map are specks. */
const CORE_MIN = 2

/** A line's core covers at least this share of its rectangle. */
const FILL_MIN = 0.6
/** Smaller ones, in pixels, are no more than a few letters. */
const TANGLE_MIN = 200
const THRESHOLD_STEP = 0.2
const THRESHOLD_MAX = 0.9

interface Point {
  readonly x: number
  readonly y: number
}

/**
 * Regions from the largest core to the smallest.
 * @param width, height of the picture that the map was made of, in pixels
 */
export function findTextRegions(
  map: TextMap,
  width: number,
  height: number,
  settings: RegionSettings = regionSettings,
): TextRegion[] {
  const stretch = { x: width / map.width, y: height / map.height }
  return linesOf(map, settings.threshold)
    .filter(({ mean }) => mean >= settings.scoreMin)
    .sort((a, b) => b.pixels.length - a.pixels.length)
    .flatMap(({ rectangle, mean }) => {
      const { length, thickness } = rectangle
      if (Math.min(length, thickness) < CORE_MIN) return []
      const reach = (settings.growth * length * thickness) / (2 * (length + thickness))
      const grown = { ...rectangle, length: length + 2 * reach, thickness: thickness + 2 * reach }
      return [stretched(grown, stretch, mean)]
    })
    .slice(0, settings.regionsMax)
}

interface Line extends Core {
  readonly rectangle: Rectangle
}

/** Cores with their rectangles; what fills its rectangle badly is a tangle of lines, cut out again at higher thresholds. */
function linesOf(map: TextMap, threshold: number): Line[] {
  return coresOf(map, threshold).flatMap(core => {
    const line = { ...core, rectangle: smallestRectangle(convexHull(core.edge)) }
    const isTangle = core.pixels.length < FILL_MIN * line.rectangle.length * line.rectangle.thickness
    if (!isTangle || core.pixels.length < TANGLE_MIN || threshold + THRESHOLD_STEP > THRESHOLD_MAX)
      return [line]
    const alone = new Float32Array(map.data.length)
    for (const at of core.pixels) alone[at] = map.data[at]!
    return linesOf({ ...map, data: alone }, threshold + THRESHOLD_STEP)
  })
}

/** The region's corners, clockwise from the line's upper start. */
export function cornersOf({
  centreX,
  centreY,
  length,
  thickness,
  angle,
}: Omit<TextRegion, 'score'>): Point[] {
  const along = { x: (Math.cos(angle) * length) / 2, y: (Math.sin(angle) * length) / 2 }
  const across = { x: (-Math.sin(angle) * thickness) / 2, y: (Math.cos(angle) * thickness) / 2 }
  const corner = (u: number, v: number) => ({
    x: centreX + u * along.x + v * across.x,
    y: centreY + u * along.y + v * across.y,
  })
  return [corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1)]
}

interface Core {
  /** First and last pixel of each row, as the corners of those pixels. */
  readonly edge: readonly Point[]
  /** Places in the map. */
  readonly pixels: readonly number[]
  readonly mean: number
}

/** Parts of the map above the threshold that touch, corners included. */
function coresOf({ data, width, height }: TextMap, threshold: number): Core[] {
  const seen = new Uint8Array(data.length)
  const cores: Core[] = []
  const stack: number[] = []
  for (let start = 0; start < data.length; start++) {
    if (seen[start] === 1 || data[start]! < threshold) continue
    seen[start] = 1
    stack.push(start)
    const rows = new Map<number, [first: number, last: number]>()
    const pixels: number[] = []
    let sum = 0
    while (stack.length > 0) {
      const at = stack.pop()!
      const x = at % width
      const y = (at - x) / width
      pixels.push(at)
      sum += data[at]!
      const row = rows.get(y)
      if (row === undefined) rows.set(y, [x, x])
      else if (x < row[0]) row[0] = x
      else if (x > row[1]) row[1] = x
      for (let ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny++)
        for (let nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx++) {
          const next = ny * width + nx
          if (seen[next] === 1 || data[next]! < threshold) continue
          seen[next] = 1
          stack.push(next)
        }
    }
    const edge = [...rows].flatMap(([y, [first, last]]) =>
      [y, y + 1].flatMap(yy => [
        { x: first, y: yy },
        { x: last + 1, y: yy },
      ]),
    )
    cores.push({ edge, pixels, mean: sum / pixels.length })
  }
  return cores
}

/** Andrew's monotone chain (1979). */
function convexHull(points: readonly Point[]): Point[] {
  const sorted = [...points].sort((a, b) => a.x - b.x || a.y - b.y)
  const half = (from: readonly Point[]) => {
    const chain: Point[] = []
    for (const point of from) {
      while (chain.length >= 2 && turn(chain.at(-2)!, chain.at(-1)!, point) <= 0) chain.pop()
      chain.push(point)
    }
    return chain.slice(0, -1)
  }
  return [...half(sorted), ...half(sorted.reverse())]
}

function turn(a: Point, b: Point, c: Point): number {
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
}

type Rectangle = Omit<TextRegion, 'score'>

/** One side of the smallest rectangle around a hull lies on a side of the hull (Freeman & Shapira 1975). */
function smallestRectangle(hull: readonly Point[]): Rectangle {
  let best: Rectangle | null = null
  for (let i = 0; i < hull.length; i++) {
    const a = hull[i]!
    const b = hull[(i + 1) % hull.length]!
    const rectangle = rectangleAlong(hull, Math.atan2(b.y - a.y, b.x - a.x))
    if (best === null || rectangle.length * rectangle.thickness < best.length * best.thickness)
      best = rectangle
  }
  return best!
}

function rectangleAlong(hull: readonly Point[], angle: number): Rectangle {
  const cos = Math.cos(angle)
  const sin = Math.sin(angle)
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity]
  for (const { x, y } of hull) {
    const u = x * cos + y * sin
    const v = y * cos - x * sin
    left = Math.min(left, u)
    right = Math.max(right, u)
    top = Math.min(top, v)
    bottom = Math.max(bottom, v)
  }
  const u = (left + right) / 2
  const v = (top + bottom) / 2
  const centre = { centreX: u * cos - v * sin, centreY: u * sin + v * cos }
  return directed({ ...centre, length: right - left, thickness: bottom - top, angle })
}

/** Text runs along the longer side; nearly square ones hold a letter or two, upright. */
function directed({ length, thickness, angle, ...centre }: Rectangle): Rectangle {
  const isUpright = Math.abs(Math.sin(angle)) <= Math.SQRT1_2
  const isSquare = Math.max(length, thickness) < SQUARE_RATIO * Math.min(length, thickness)
  const swap = isSquare ? !isUpright : thickness > length
  const turned = swap ? angle + Math.PI / 2 : angle
  const folded = turned - Math.PI * Math.ceil(turned / Math.PI - 0.5)
  return {
    ...centre,
    length: swap ? thickness : length,
    thickness: swap ? length : thickness,
    angle: folded,
  }
}

const SQUARE_RATIO = 1.3

/** From pixels of the map to pixels of the picture, whose axes may be scaled a little differently. */
function stretched(region: Rectangle, { x, y }: Point, score: number): TextRegion {
  const cos = Math.cos(region.angle)
  const sin = Math.sin(region.angle)
  return {
    centreX: region.centreX * x,
    centreY: region.centreY * y,
    length: region.length * Math.hypot(cos * x, sin * y),
    thickness: region.thickness * Math.hypot(sin * x, cos * y),
    angle: Math.atan2(sin * y, cos * x),
    score,
  }
}
