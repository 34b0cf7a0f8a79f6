import { evenedOut, type GradientField, gradients } from './gradient-field.ts'
import { inkOf } from './logo-ink.ts'
import type { Box, Raster } from './raster.ts'
import { resampled } from './resample.ts'
import { cropRaster } from './resize.ts'
import type { LogoMatch } from './seen-image.ts'

/** Packing of `logoTemplate`'s answer, as entries of the bank name it. */
export const LOGO_FORMAT = 'logo-gradients/1'

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
  /** Logos found, surest first. @param budget logos times sizes after which the search ends early */
  find(image: Raster, budget?: { readonly searchesMax: number }): LogoMatch[]
}

/** Packs the gradients of a marked logo. */
export type LogoTemplate = typeof logoTemplate

/** A logo, as it is searched for. */
export interface LogoShape {
  /** √(width × height) of the logo over that of the picture that it was marked on. */
  readonly share: number
  /** Gradients of its ink, the strongest 127 long. */
  readonly field: GradientField
  /** The box as it was marked, in fractions of the sides of `field`: it reaches out of it. */
  readonly marked: Box
}

/** √(width × height) of what is kept of a logo, in pixels. */
const SIDE = 48
/** Longer side over shorter, up to which the size is kept; beyond, the longer side is held. */
const ASPECT_MAX = 8
/** √(width × height) and the shorter side of a marked box, in pixels of its picture. */
const BOX_SIDE_MIN = 18
const BOX_SHORT_MIN = 8
/** Of the longest gradient: shorter ones are no edge. */
const EDGE_MIN = 0.3
/** Pixels on edges, at the size that is kept. */
const EDGES_MIN = 40
/** Of a value from 0 to 255 a pixel: a mark fainter than this is none. */
const CONTRAST_MIN = 6
/** Pixels around what has edges, that are kept. */
const RIM = 2
/** Of gradients that count little, where the longest is 127. */
const GRADIENT_NOISE = 12
const HEADER_BYTES = 9
const VERSION = 2

/**
 * Packs the gradients of a marked logo, parted from its ground (`inkOf`), at most 5 KB; the gradients of the part that has edges.
 * @param box of the logo, in fractions of the picture; what reaches out of the picture is left out
 */
export function logoTemplate(image: Raster, box: Box): Uint8Array | LogoProblem {
  const left = Math.max(0, Math.round(box.x * image.width))
  const top = Math.max(0, Math.round(box.y * image.height))
  const width = Math.min(image.width, Math.round((box.x + box.width) * image.width)) - left
  const height = Math.min(image.height, Math.round((box.y + box.height) * image.height)) - top
  if (!(Math.min(width, height) >= BOX_SHORT_MIN && Math.sqrt(width * height) >= BOX_SIDE_MIN))
    return 'TOO_SMALL'
  const ink = inkOf(cropRaster(image, left, top, width, height))
  const held = Math.min(1, Math.sqrt((ASPECT_MAX * Math.min(width, height)) / Math.max(width, height)))
  const scale = (SIDE * held) / Math.sqrt(width * height)
  const side = (length: number) => Math.max(3, Math.round(length * scale))
  const whole = gradients(resampled(ink, side(width), side(height)))
  const lengths = whole.x.map((x, i) => Math.hypot(x, whole.y[i]!))
  const longest = lengths.reduce((max, length) => Math.max(max, length), 0)
  const onEdge = lengths.map(length => Number(length >= EDGE_MIN * longest))
  if (longest < CONTRAST_MIN || onEdge.reduce((sum, one) => sum + one, 0) < EDGES_MIN) return 'TOO_PLAIN'
  const { field, left: cutLeft, top: cutTop } = drawnIn(whole, onEdge)
  const kept = Math.sqrt((field.width * field.height) / (whole.width * whole.height))
  const share = kept * Math.sqrt((width * height) / (image.width * image.height))
  const place = { left: cutLeft, top: cutTop, width: whole.width, height: whole.height }
  return pack(field, share, place, longest)
}

/** The part that has edges, and a rim. */
function drawnIn(field: GradientField, onEdge: Float32Array) {
  let [left, top, right, bottom] = [field.width, field.height, 0, 0]
  for (let y = 0, i = 0; y < field.height; y++) {
    for (let x = 0; x < field.width; x++, i++) {
      if (onEdge[i] === 0) continue
      left = Math.min(left, x)
      right = Math.max(right, x + 1)
      top = Math.min(top, y)
      bottom = Math.max(bottom, y + 1)
    }
  }
  left = Math.max(0, left - RIM)
  top = Math.max(0, top - RIM)
  const width = Math.min(field.width, right + RIM) - left
  const height = Math.min(field.height, bottom + RIM) - top
  const cut = (values: Float32Array) =>
    Float32Array.from({ length: width * height }, (_, i) => {
      const y = Math.floor(i / width)
      return values[(top + y) * field.width + left + i - y * width]!
    })
  return { field: { width, height, x: cut(field.x), y: cut(field.y) }, left, top }
}

/** Where what is kept lies in what was marked, and how large that is, in pixels. */
interface KeptPart {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

function pack(field: GradientField, share: number, part: KeptPart, longest: number): Uint8Array {
  const size = field.width * field.height
  const bytes = new Uint8Array(HEADER_BYTES + 2 * size)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, VERSION)
  view.setUint16(1, Math.round(share * 65_535))
  bytes.set([field.width, field.height, part.left, part.top, part.width, part.height], 3)
  for (let i = 0; i < size; i++) {
    view.setInt8(HEADER_BYTES + i, Math.round((127 * field.x[i]!) / longest))
    view.setInt8(HEADER_BYTES + size + i, Math.round((127 * field.y[i]!) / longest))
  }
  return bytes
}

/** Reads what `logoTemplate` packed; null where it is of another format, or cut short. */
export function unpackLogo(bytes: Uint8Array): LogoShape | null {
  if (bytes.length < HEADER_BYTES || bytes[0] !== VERSION) return null
  const share = ((bytes[1]! << 8) | bytes[2]!) / 65_535
  const [width, height] = [bytes[3]!, bytes[4]!]
  const [left, top, markedWidth, markedHeight] = [bytes[5]!, bytes[6]!, bytes[7]!, bytes[8]!]
  const size = width * height
  if (size === 0 || share === 0 || bytes.length !== HEADER_BYTES + 2 * size) return null
  const values = new Int8Array(bytes.buffer, bytes.byteOffset + HEADER_BYTES, 2 * size)
  const [x, y] = [Float32Array.from(values.subarray(0, size)), Float32Array.from(values.subarray(size))]
  const marked = {
    x: -left / width,
    y: -top / height,
    width: markedWidth / width,
    height: markedHeight / height,
  }
  return { share, field: { width, height, x, y }, marked }
}

/**
 * A logo at one size, its gradients held against those around them as a picture's are.
 * @param side √(width × height), in pixels
 */
export function logoAt({ field }: LogoShape, side: number): GradientField {
  const scale = side / Math.sqrt(field.width * field.height)
  const [width, height] = [field.width, field.height].map(length => Math.max(3, Math.round(length * scale)))
  const sized = (data: Float32Array) =>
    Float32Array.from(resampled({ width: field.width, height: field.height, data }, width!, height!).data)
  return evenedOut({ width: width!, height: height!, x: sized(field.x), y: sized(field.y) }, GRADIENT_NOISE)
}
