import { blurred, type GreyCopy, greyCopy } from './grey-copy.ts'
import type { Raster } from './raster.ts'

/**
 * What is kept of a picture to know its near-copies by: a small grey copy, and binary descriptors of its blobs and saddles at several
 * sizes (the determinant of the Hessian finds them; bits compare pairs of points around each, as BRIEF does: Calonder et al., ECCV
 * 2010). Descriptors outlive a crop and a caption, which change a hash of the whole picture.
 */
export const PICTURE_HASH_FORMAT = 'picture-points/2'

/** √(width × height) of the copy that is looked at, in pixels. */
const SIDE = 192
/** Narrower ones have no hash: longer side over shorter. */
const ASPECT_MAX = 6
/** Pixels of the shorter side, below which a picture has no hash. */
const SIDE_MIN = 32
const LEVELS = 6
export const LEVEL_STEP = 1.2
/** Pixels around a point that its descriptor is made from. */
const RADIUS = 11
const CELLS = 4
const POINTS_A_CELL = 12
/** Of the determinant of the Hessian: below lies noise. */
const RESPONSE_MIN = 60
/** A picture with fewer tells nothing. */
const POINTS_MIN = 10
export const THUMB_SIDE = 48
/** 32-bit words of a descriptor. */
export const WORDS = 4
/** First byte of a packed hash. */
const VERSION = 2
const HEADER_BYTES = 6
const POINT_BYTES = 5 + 4 * WORDS

/** Points of a picture by number, and its small copy. */
export interface PicturePoints {
  /** Pixels of the copy that positions count in. */
  readonly width: number
  readonly height: number
  readonly count: number
  readonly x: Uint16Array
  readonly y: Uint16Array
  readonly level: Uint8Array
  /** `WORDS` a point. */
  readonly bits: Uint32Array
  /** `THUMB_SIDE`² grey pixels, stretched. */
  readonly thumb: Uint8Array
}

/** Offsets x1, y1, x2, y2 of each bit's pair: drawn once by a congruential generator, denser in the middle. */
const pairs = (() => {
  let state = 12345
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  return Int8Array.from({ length: 128 * WORDS }, () =>
    Math.round(((next() + next() + next()) / 1.5 - 1) * RADIUS),
  )
})()

interface Point {
  readonly x: number
  readonly y: number
  readonly level: number
  readonly response: number
}

/** Packs what a picture is known again by, at most 6.2 KiB; nothing of one that is tiny, narrow or plain. */
export function hashPicture(image: Raster): Uint8Array {
  const { width, height } = image
  if (Math.min(width, height) < SIDE_MIN || Math.max(width, height) > ASPECT_MAX * Math.min(width, height))
    return new Uint8Array(0)
  const scale = SIDE / Math.sqrt(width * height)
  const base = greyCopy(image, Math.round(width * scale), Math.round(height * scale))
  const levels: GreyCopy[] = []
  const cells: Point[][] = Array.from({ length: CELLS * CELLS }, () => [])
  for (let level = 0; level < LEVELS; level++) {
    const shrink = LEVEL_STEP ** level
    const copy = blurred(
      blurred(
        level === 0
          ? base
          : greyCopy(base, Math.round(base.width / shrink), Math.round(base.height / shrink)),
      ),
    )
    levels.push(copy)
    findPoints(copy, level, cells)
  }
  const points = cells.flatMap(cell => cell.sort((a, b) => b.response - a.response).slice(0, POINTS_A_CELL))
  return points.length < POINTS_MIN ? new Uint8Array(0) : pack(base, levels, points)
}

function findPoints({ width, height, data }: GreyCopy, level: number, cells: Point[][]): void {
  const responses = new Float32Array(width * height)
  const row = 2 * width
  for (let y = RADIUS; y < height - RADIUS; y++) {
    for (let x = RADIUS, i = y * width + x; x < width - RADIUS; x++, i++) {
      const xx = data[i - 2]! - 2 * data[i]! + data[i + 2]!
      const yy = data[i - row]! - 2 * data[i]! + data[i + row]!
      const xy = (data[i - row - 2]! - data[i - row + 2]! - data[i + row - 2]! + data[i + row + 2]!) / 4
      responses[i] = Math.abs(xx * yy - xy * xy)
    }
  }
  for (let y = RADIUS; y < height - RADIUS; y++) {
    for (let x = RADIUS, i = y * width + x; x < width - RADIUS; x++, i++) {
      const response = responses[i]!
      if (response < RESPONSE_MIN || !isPeak(responses, i, width)) continue
      const cell = Math.floor((y / height) * CELLS) * CELLS + Math.floor((x / width) * CELLS)
      cells[cell]!.push({ x, y, level, response })
    }
  }
}

function isPeak(responses: Float32Array, at: number, width: number): boolean {
  for (let dy = -2; dy <= 2; dy++) {
    for (let i = at + dy * width - 2; i <= at + dy * width + 2; i++) {
      if (responses[i]! > responses[at]! || (responses[i] === responses[at] && i < at)) return false
    }
  }
  return true
}

function pack(base: GreyCopy, levels: readonly GreyCopy[], points: readonly Point[]): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + points.length * POINT_BYTES + THUMB_SIDE ** 2)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, VERSION)
  view.setUint8(1, points.length)
  view.setUint16(2, base.width)
  view.setUint16(4, base.height)
  let at = HEADER_BYTES
  for (const { x, y, level } of points) {
    const { data, width, height } = levels[level]!
    view.setUint16(at, Math.round((x * base.width) / width))
    view.setUint16(at + 2, Math.round((y * base.height) / height))
    view.setUint8(at + 4, level)
    const middle = y * width + x
    for (let word = 0, pair = 0; word < WORDS; word++) {
      let bits = 0
      for (let bit = 0; bit < 32; bit++, pair += 4) {
        const one = data[middle + pairs[pair + 1]! * width + pairs[pair]!]!
        const other = data[middle + pairs[pair + 3]! * width + pairs[pair + 2]!]!
        if (one < other) bits |= 1 << bit
      }
      view.setUint32(at + 5 + 4 * word, bits >>> 0)
    }
    at += POINT_BYTES
  }
  bytes.set(greyCopy(base, THUMB_SIDE, THUMB_SIDE).data, at)
  return bytes
}

/** Reads what `hashPicture` packed; null where there is nothing or it is of another format. */
export function unpackHash(bytes: Uint8Array): PicturePoints | null {
  if (bytes.length < HEADER_BYTES || bytes[0] !== VERSION) return null
  const count = bytes[1]!
  if (bytes.length !== HEADER_BYTES + count * POINT_BYTES + THUMB_SIDE ** 2) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const x = new Uint16Array(count)
  const y = new Uint16Array(count)
  const level = new Uint8Array(count)
  const bits = new Uint32Array(count * WORDS)
  for (let i = 0, at = HEADER_BYTES; i < count; i++, at += POINT_BYTES) {
    x[i] = view.getUint16(at)
    y[i] = view.getUint16(at + 2)
    level[i] = view.getUint8(at + 4)
    for (let word = 0; word < WORDS; word++) bits[i * WORDS + word] = view.getUint32(at + 5 + 4 * word)
  }
  const thumb = bytes.slice(HEADER_BYTES + count * POINT_BYTES)
  return { width: view.getUint16(2), height: view.getUint16(4), count, x, y, level, bits, thumb }
}
