import { type EdgeField, edgeField } from './edge-field.ts'
import { LEVEL_0_SIDE, LEVEL_STEP, LEVELS_TO_FINE } from './edge-pyramid.ts'
import { type GreyCopy, greyCopy } from './grey-copy.ts'
import type { Box, Raster } from './raster.ts'
import { cropRaster, resizeRaster } from './resize.ts'
import type { LogoMatch } from './seen-image.ts'

/** Packing of `logoTemplate`'s answer, as entries of the bank name it. */
export const LOGO_FORMAT = 'logo-edges/1'

/** Why a marked box makes no template: it holds too few pixels, or too few edges. */
export type LogoProblem = 'TOO_SMALL' | 'TOO_PLAIN'

/** A logo that the bank knows. */
export interface LogoEntry {
  readonly id: string
  readonly name: string
  readonly weight: number
  /** Of `logoTemplate`. */
  readonly template: Uint8Array
}

export interface LogoBank {
  readonly size: number
  /** Logos found, surest first. @param budget operations (points compared) after which the search ends early */
  find(image: Raster, budget?: { readonly operationsMax: number }): LogoMatch[]
}

/** Packs the edges of a marked logo. */
export type LogoTemplate = typeof logoTemplate

/** Points of a logo at one size: first those on its edges, then those that lie between them. */
export interface LogoPoints {
  /** Pixels of the logo. */
  readonly width: number
  readonly height: number
  /** All points, and how many of them lie on edges. */
  readonly count: number
  readonly edges: number
  readonly x: Uint8Array
  readonly y: Uint8Array
  /**
   * Cosine and sine of twice the edge's angle, -127 to 127. Between edges: the opposite of the mean of the nearest ones, so that stripes
   * and textures, which agree beside the edges as well as on them, come to nothing.
   */
  readonly cos: Int8Array
  readonly sin: Int8Array
  /** Of edges: the gradient's direction, from dark to light, -127 to 127. */
  readonly gradientX: Int8Array
  readonly gradientY: Int8Array
}

/** A logo, as it is searched for. */
export interface LogoShape {
  /** √(width × height) of the logo over the longer side of the picture that it was marked on. */
  readonly share: number
  /** At the size that it is searched at, and at √2 times that, where what was found is verified. */
  readonly coarse: LogoPoints
  readonly fine: LogoPoints
}

interface PointsMax {
  readonly edges: number
  readonly between: number
}

/** Of a logo, √(width × height) in pixels where it is searched. */
const SIDE_MAX = 44
const SIDE_MIN = 12
/** Longer side over shorter, up to which the size is kept; beyond, the longer side is held. */
const ASPECT_MAX = 8
/** Smaller than it was marked a logo is not searched for. */
const SCALE_MIN = 0.5
const FINE = LEVEL_STEP ** LEVELS_TO_FINE
/** √(width × height) and the shorter side of a marked box, in pixels of its picture. */
const BOX_SIDE_MIN = 18
const BOX_SHORT_MIN = 8
const COARSE_POINTS: PointsMax = { edges: 48, between: 32 }
const FINE_POINTS: PointsMax = { edges: 128, between: 80 }
/** Edges, the nearest, that a point between them is held against. */
const NEAREST = 8
/** Of the gradient of an edge: a point with less, and no edge beside it, lies between edges. */
const BETWEEN_MAX = 0.4
/** With fewer a logo tells nothing. */
const POINTS_MIN = 24
/** Strength of 127 below which an edge is none. */
const STRENGTH_MIN = 40
/** An edge belongs to the logo where its gradient is at least `STRONG_MIN` of that which `STRONG_SHARE` of them exceed. */
const STRONG_SHARE = 0.1
const STRONG_MIN = 0.65
/** Around the box, as a part of its size, that edges are held against. */
const MARGIN = 0.25
const HEADER_BYTES = 11
/** Steps of a turn that a direction is packed in. */
const ANGLES = 256

/**
 * Packs the edges of a marked logo, at most 800 bytes: where the strongest lie and at which angle, at two sizes.
 * @param box of the logo, in fractions of the picture; what reaches out of the picture is left out
 */
export function logoTemplate(image: Raster, box: Box): Uint8Array | LogoProblem {
  const left = Math.max(0, Math.round(box.x * image.width))
  const top = Math.max(0, Math.round(box.y * image.height))
  const width = Math.min(image.width, Math.round((box.x + box.width) * image.width)) - left
  const height = Math.min(image.height, Math.round((box.y + box.height) * image.height)) - top
  if (!(Math.min(width, height) >= BOX_SHORT_MIN && Math.sqrt(width * height) >= BOX_SIDE_MIN))
    return 'TOO_SMALL'
  const side = Math.sqrt(width * height)
  const share = side / Math.max(image.width, image.height)
  const wanted = Math.min(SIDE_MAX, Math.max(SIDE_MIN, share * SCALE_MIN * LEVEL_0_SIDE))
  const held = Math.min(1, Math.sqrt((ASPECT_MAX * Math.min(width, height)) / Math.max(width, height)))
  const scale = (wanted * held) / side
  const place = { left, top, width, height }
  const coarse = strongestPoints(image, place, scale, COARSE_POINTS)
  const fine = strongestPoints(image, place, scale * FINE, FINE_POINTS)
  if (Math.min(coarse.edges, fine.edges) < POINTS_MIN) return 'TOO_PLAIN'
  return pack({ share, coarse, fine })
}

interface Place {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

function strongestPoints(
  image: Raster,
  { left, top, width, height }: Place,
  scale: number,
  max: PointsMax,
): LogoPoints {
  const margin = Math.ceil(MARGIN * Math.max(width, height))
  const [fromX, fromY] = [Math.max(0, left - margin), Math.max(0, top - margin)]
  const cut = cropRaster(
    image,
    fromX,
    fromY,
    Math.min(image.width, left + width + margin) - fromX,
    Math.min(image.height, top + height + margin) - fromY,
  )
  const field = edgeField(scaledGrey(cut, scale))
  const inside = {
    left: Math.round((left - fromX) * scale),
    top: Math.round((top - fromY) * scale),
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  }
  return pickPoints(field, inside, max)
}

/** A grey copy, its sides by `scale`. */
function scaledGrey(image: Raster, scale: number): GreyCopy {
  const [width, height] = [
    Math.max(1, Math.round(image.width * scale)),
    Math.max(1, Math.round(image.height * scale)),
  ]
  const grey = greyCopy(image, image.width, image.height)
  return { ...resizeRaster(grey, width, height), channels: 1 }
}

interface Pixel {
  readonly x: number
  readonly y: number
  readonly at: number
  readonly strength: number
}

/** The strongest edges, and the plainest places between them. */
function pickPoints(field: EdgeField, inside: Place, max: PointsMax): LogoPoints {
  const pixels: Pixel[] = []
  for (let y = 0; y < Math.min(inside.height, field.height - inside.top); y++) {
    for (let x = 0; x < Math.min(inside.width, field.width - inside.left); x++) {
      const at = (inside.top + y) * field.width + inside.left + x
      pixels.push({ x, y, at, strength: field.lengths[at]! })
    }
  }
  pixels.sort((a, b) => b.strength - a.strength || a.at - b.at)
  const strong = (pixels[Math.floor(pixels.length * STRONG_SHARE)]?.strength ?? 0) * STRONG_MIN
  const clear = ({ at }: Pixel) => Math.hypot(field.cos[at]!, field.sin[at]!) >= STRENGTH_MIN
  const edges = spread(
    pixels.filter(pixel => pixel.strength >= strong && clear(pixel)),
    max.edges,
  )
  const onEdge = new Set(pixels.filter(({ strength }) => strength >= strong).map(({ at }) => at))
  const beside = [-1, 0, 1].flatMap(dy => [-1, 0, 1].map(dx => dy * field.width + dx))
  const between = pixels.filter(
    ({ at, strength }) => strength < strong * BETWEEN_MAX && !beside.some(step => onEdge.has(at + step)),
  )
  const picked = [...edges, ...spread(between.reverse(), max.between)]
  const points = emptyPoints(inside, picked.length, edges.length)
  for (const [i, { x, y }] of picked.entries()) {
    points.x[i] = x
    points.y[i] = y
  }
  for (const [i, { at }] of edges.entries()) setAngle(points, i, packAngle(field.x[at]!, field.y[at]!))
  return points
}

/** The first pixels that lie apart from each other, then ones ever closer together, until there are enough. */
function spread(pixels: readonly Pixel[], max: number): Pixel[] {
  const picked: Pixel[] = []
  const taken = new Set<number>()
  for (let apart = 4; apart >= 1 && picked.length < max; apart /= 2) {
    for (const pixel of pixels) {
      if (picked.length >= max) break
      const { x, y, at } = pixel
      if (taken.has(at)) continue
      if (picked.some(other => Math.max(Math.abs(other.x - x), Math.abs(other.y - y)) < apart)) continue
      picked.push(pixel)
      taken.add(at)
    }
  }
  return picked
}

function packAngle(x: number, y: number): number {
  return Math.round((Math.atan2(y, x) / (2 * Math.PI)) * ANGLES) & (ANGLES - 1)
}

function emptyPoints(
  { width, height }: { readonly width: number; readonly height: number },
  count: number,
  edges: number,
): LogoPoints {
  const places = () => new Uint8Array(count)
  const vectors = () => new Int8Array(count)
  return {
    width,
    height,
    count,
    edges,
    x: places(),
    y: places(),
    cos: vectors(),
    sin: vectors(),
    gradientX: vectors(),
    gradientY: vectors(),
  }
}

function setAngle({ cos, sin, gradientX, gradientY }: LogoPoints, i: number, packed: number): void {
  const angle = (packed / ANGLES) * 2 * Math.PI
  gradientX[i] = Math.round(127 * Math.cos(angle))
  gradientY[i] = Math.round(127 * Math.sin(angle))
  cos[i] = Math.round(127 * Math.cos(2 * angle))
  sin[i] = Math.round(127 * Math.sin(2 * angle))
}

function pack({ share, coarse, fine }: LogoShape): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + packedBytes(coarse) + packedBytes(fine))
  new DataView(bytes.buffer).setUint16(1, Math.round(share * 65_535))
  bytes[0] = 1
  let at = HEADER_BYTES
  for (const [k, points] of [coarse, fine].entries()) {
    bytes.set([points.width, points.height, points.count, points.edges], 3 + 4 * k)
    for (let i = 0; i < points.count; i++) {
      bytes[at++] = points.x[i]!
      bytes[at++] = points.y[i]!
      if (i < points.edges) bytes[at++] = packAngle(points.gradientX[i]!, points.gradientY[i]!)
    }
  }
  return bytes
}

/** Places, and an angle of those on edges. */
function packedBytes({ count, edges }: { readonly count: number; readonly edges: number }): number {
  return 2 * count + edges
}

/** Reads what `logoTemplate` packed; null where it is of another format, or cut short. */
export function unpackLogo(bytes: Uint8Array): LogoShape | null {
  if (bytes.length < HEADER_BYTES || bytes[0] !== 1) return null
  const share = ((bytes[1]! << 8) | bytes[2]!) / 65_535
  const [coarse, fine] = [3, 7].map(at =>
    emptyPoints({ width: bytes[at]!, height: bytes[at + 1]! }, bytes[at + 2]!, bytes[at + 3]!),
  ) as [LogoPoints, LogoPoints]
  if (bytes.length !== HEADER_BYTES + packedBytes(coarse) + packedBytes(fine) || share === 0) return null
  if ([coarse, fine].some(({ count, edges }) => edges < POINTS_MIN || count < edges)) return null
  let at = HEADER_BYTES
  for (const points of [coarse, fine]) {
    for (let i = 0; i < points.count; i++) {
      points.x[i] = bytes[at++]!
      points.y[i] = bytes[at++]!
      if (i < points.edges) setAngle(points, i, bytes[at++]!)
    }
    for (let i = points.edges; i < points.count; i++) holdAgainst(points, i)
  }
  return { share, coarse, fine }
}

function holdAgainst({ x, y, cos, sin, count, edges }: LogoPoints, i: number): void {
  const distance = (edge: number) => (x[edge]! - x[i]!) ** 2 + (y[edge]! - y[i]!) ** 2
  const nearest = Array.from({ length: edges }, (_, edge) => edge)
    .sort((a, b) => distance(a) - distance(b) || a - b)
    .slice(0, NEAREST)
  // All points between weigh as much as all edges.
  const share = Math.min(1, edges / (count - edges)) / nearest.length
  cos[i] = -share * nearest.reduce((sum, edge) => sum + cos[edge]!, 0)
  sin[i] = -share * nearest.reduce((sum, edge) => sum + sin[edge]!, 0)
}
