import { type EdgeField, edgeField } from './edge-field.ts'
import { LEVEL_0_SIDE } from './edge-pyramid.ts'
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

/** Edge points of a logo at one size. */
export interface LogoPoints {
  /** Pixels of the logo. */
  readonly width: number
  readonly height: number
  readonly count: number
  readonly x: Uint8Array
  readonly y: Uint8Array
  /** Cosine and sine of twice the edge's angle, -127 to 127. */
  readonly cos: Int8Array
  readonly sin: Int8Array
}

/** A logo, as it is searched for. */
export interface LogoShape {
  /** √(width × height) of the logo over the longer side of the picture that it was marked on. */
  readonly share: number
  /** At the size that it is searched at, and at `FINE` times that, where what was found is verified. */
  readonly coarse: LogoPoints
  readonly fine: LogoPoints
}

/** Of a logo, √(width × height) in pixels where it is searched. */
const SIDE_MAX = 24
const SIDE_MIN = 12
/** Longer side over shorter, up to which the size is kept; beyond, the longer side is held. */
const ASPECT_MAX = 8
/** Smaller than it was marked a logo is not searched for. */
const SCALE_MIN = 0.5
const FINE = 2
/** √(width × height) and the shorter side of a marked box, in pixels of its picture. */
const BOX_SIDE_MIN = 18
const BOX_SHORT_MIN = 8
const COARSE_POINTS = 64
const FINE_POINTS = 192
/** With fewer a logo tells nothing. */
const POINTS_MIN = 24
/** Strength of 127 below which an edge is none. */
const STRENGTH_MIN = 40
/** An edge belongs to the logo where its gradient is at least `STRONG_MIN` of that which `STRONG_SHARE` of them exceed. */
const STRONG_SHARE = 0.1
const STRONG_MIN = 0.4
/** Around the box, as a part of its size, that edges are held against. */
const MARGIN = 0.25
const HEADER_BYTES = 9
const POINT_BYTES = 3
/** Steps of half a turn that an angle is packed in. */
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
  if (Math.min(coarse.count, fine.count) < POINTS_MIN) return 'TOO_PLAIN'
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
  max: number,
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

/** The strongest edges, those beside a stronger one last, so that the first ones lie all over the logo. */
function pickPoints(field: EdgeField, inside: Place, max: number): LogoPoints {
  const found: { readonly x: number; readonly y: number; readonly at: number; readonly strength: number }[] =
    []
  for (let y = 0; y < inside.height; y++) {
    for (let x = 0; x < inside.width; x++) {
      if (inside.left + x >= field.width || inside.top + y >= field.height) continue
      const at = (inside.top + y) * field.width + inside.left + x
      if (Math.hypot(field.cos[at]!, field.sin[at]!) < STRENGTH_MIN) continue
      found.push({ x, y, at, strength: field.lengths[at]! })
    }
  }
  found.sort((a, b) => b.strength - a.strength || a.at - b.at)
  const strong = (found[Math.floor(found.length * STRONG_SHARE)]?.strength ?? 0) * STRONG_MIN
  while (found.length > 0 && found.at(-1)!.strength < strong) found.pop()
  const picked: typeof found = []
  const taken = new Set<number>()
  // Ever closer together, until there are enough.
  for (let apart = 4; apart >= 1 && picked.length < max; apart /= 2) {
    for (const point of found) {
      if (picked.length >= max) break
      if (taken.has(point.at)) continue
      const beside = picked.some(
        other => Math.max(Math.abs(other.x - point.x), Math.abs(other.y - point.y)) < apart,
      )
      if (beside) continue
      picked.push(point)
      taken.add(point.at)
    }
  }
  const points = emptyPoints(inside.width, inside.height, picked.length)
  for (const [i, { x, y, at }] of picked.entries()) {
    points.x[i] = x
    points.y[i] = y
    setAngle(points, i, packAngle(field.cos[at]!, field.sin[at]!))
  }
  return points
}

function emptyPoints(width: number, height: number, count: number): LogoPoints {
  const [x, y] = [new Uint8Array(count), new Uint8Array(count)]
  return { width, height, count, x, y, cos: new Int8Array(count), sin: new Int8Array(count) }
}

function packAngle(cos: number, sin: number): number {
  return Math.round((Math.atan2(sin, cos) / (2 * Math.PI)) * ANGLES) & (ANGLES - 1)
}

function setAngle({ cos, sin }: LogoPoints, i: number, packed: number): void {
  const angle = (packed / ANGLES) * 2 * Math.PI
  cos[i] = Math.round(127 * Math.cos(angle))
  sin[i] = Math.round(127 * Math.sin(angle))
}

function pack({ share, coarse, fine }: LogoShape): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + POINT_BYTES * (coarse.count + fine.count))
  const view = new DataView(bytes.buffer)
  view.setUint8(0, 1)
  view.setUint16(1, Math.round(share * 65_535))
  let at = HEADER_BYTES
  for (const [k, points] of [coarse, fine].entries()) {
    view.setUint8(3 + 3 * k, points.width)
    view.setUint8(4 + 3 * k, points.height)
    view.setUint8(5 + 3 * k, points.count)
    for (let i = 0; i < points.count; i++, at += POINT_BYTES) {
      view.setUint8(at, points.x[i]!)
      view.setUint8(at + 1, points.y[i]!)
      view.setUint8(at + 2, packAngle(points.cos[i]!, points.sin[i]!))
    }
  }
  return bytes
}

/** Reads what `logoTemplate` packed; null where it is of another format, or cut short. */
export function unpackLogo(bytes: Uint8Array): LogoShape | null {
  if (bytes.length < HEADER_BYTES || bytes[0] !== 1) return null
  const [coarseCount, fineCount] = [bytes[5]!, bytes[8]!]
  if (bytes.length !== HEADER_BYTES + POINT_BYTES * (coarseCount + fineCount)) return null
  const share = ((bytes[1]! << 8) | bytes[2]!) / 65_535
  if (share === 0 || Math.min(coarseCount, fineCount) < POINTS_MIN) return null
  const read = (header: number, from: number) => {
    const points = emptyPoints(bytes[header]!, bytes[header + 1]!, bytes[header + 2]!)
    for (let i = 0, at = from; i < points.count; i++, at += POINT_BYTES) {
      points.x[i] = bytes[at]!
      points.y[i] = bytes[at + 1]!
      setAngle(points, i, bytes[at + 2]!)
    }
    return points
  }
  return {
    share,
    coarse: read(3, HEADER_BYTES),
    fine: read(6, HEADER_BYTES + POINT_BYTES * coarseCount),
  }
}
