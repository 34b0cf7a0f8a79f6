import type { Raster } from './raster.ts'

/** How much of each source cell goes into one target cell: sources `from`, `from + 1`, … with `weights` that add up to 1. */
interface Taps {
  readonly from: Int32Array
  /** `reach` weights a target cell. */
  readonly weights: Float32Array
  readonly reach: number
}

/**
 * Scales a picture: the mean of the area that a pixel covers where it shrinks, bilinear where it grows, each axis on its own.
 * @param width, height pixels of the result, at least 1 each
 */
export function resizeRaster(image: Raster, width: number, height: number): Raster {
  if (width === image.width && height === image.height) return image
  const { channels } = image
  const down = tapsOf(image.height, height)
  const across = tapsOf(image.width, width)
  const data = new Uint8Array(width * height * channels)
  // Room past the end: the last taps of a row may weigh nothing, and are read all the same.
  const row = new Float32Array((image.width + across.reach) * channels)
  for (let y = 0; y < height; y++) {
    sumRows(image, down, y, row)
    if (channels === 3) spreadColours(row, across, data.subarray(y * width * 3, (y + 1) * width * 3))
    else spreadGrey(row, across, data.subarray(y * width, (y + 1) * width))
  }
  return { width, height, channels, data }
}

/** Scales a picture down, its shape kept, until it has at most `pixelsMax` pixels; smaller ones stay as they are. */
export function shrinkToPixels(image: Raster, pixelsMax: number): Raster {
  const scale = Math.sqrt(pixelsMax / (image.width * image.height))
  if (scale >= 1) return image
  const side = (length: number) => Math.max(1, Math.floor(length * scale))
  return resizeRaster(image, side(image.width), side(image.height))
}

/** One channel: Rec. 709 luma of the sRGB values. */
export function toGrey(image: Raster): Raster {
  if (image.channels === 1) return image
  const { width, height, data } = image
  const grey = new Uint8Array(width * height)
  for (let i = 0, at = 0; i < grey.length; i++, at += 3)
    grey[i] = 0.2126 * data[at]! + 0.7152 * data[at + 1]! + 0.0722 * data[at + 2]! + 0.5
  return { width, height, channels: 1, data: grey }
}

/** A part of the picture in whole pixels; what reaches out of it is left out, and at least one pixel stays. */
export function cropRaster(image: Raster, x: number, y: number, width: number, height: number): Raster {
  const left = Math.min(Math.max(0, x), image.width - 1)
  const top = Math.min(Math.max(0, y), image.height - 1)
  const right = Math.max(left + 1, Math.min(image.width, x + width))
  const bottom = Math.max(top + 1, Math.min(image.height, y + height))
  const { channels } = image
  const data = new Uint8Array((right - left) * (bottom - top) * channels)
  for (let row = top; row < bottom; row++) {
    const from = (row * image.width + left) * channels
    data.set(
      image.data.subarray(from, from + (right - left) * channels),
      (row - top) * (right - left) * channels,
    )
  }
  return { width: right - left, height: bottom - top, channels, data }
}

function sumRows({ data, width, channels }: Raster, taps: Taps, y: number, row: Float32Array): void {
  const length = width * channels
  row.fill(0, 0, length)
  for (let k = 0; k < taps.reach; k++) {
    const weight = taps.weights[y * taps.reach + k]!
    // The last taps of the last row weigh nothing, or lie past the picture.
    if (weight === 0) continue
    const from = (taps.from[y]! + k) * length
    for (let i = 0; i < length; i++) row[i] = row[i]! + weight * data[from + i]!
  }
}

function spreadGrey(row: Float32Array, { from, weights, reach }: Taps, out: Uint8Array): void {
  for (let x = 0, k = 0; x < out.length; x++) {
    let sum = 0.5
    for (let at = from[x]!, end = at + reach; at < end; at++, k++) sum += weights[k]! * row[at]!
    out[x] = sum
  }
}

function spreadColours(row: Float32Array, { from, weights, reach }: Taps, out: Uint8Array): void {
  for (let x = 0, k = 0, to = 0; to < out.length; x++, to += 3) {
    let red = 0.5
    let green = 0.5
    let blue = 0.5
    for (let at = from[x]! * 3, end = at + reach * 3; at < end; at += 3, k++) {
      const weight = weights[k]!
      red += weight * row[at]!
      green += weight * row[at + 1]!
      blue += weight * row[at + 2]!
    }
    out[to] = red
    out[to + 1] = green
    out[to + 2] = blue
  }
}

function tapsOf(from: number, to: number): Taps {
  return to < from ? areaTaps(from, to) : linearTaps(from, to)
}

function areaTaps(from: number, to: number): Taps {
  const scale = from / to
  const reach = Math.ceil(scale) + 1
  const taps = { from: new Int32Array(to), weights: new Float32Array(to * reach), reach }
  for (let i = 0; i < to; i++) {
    const start = i * scale
    const end = Math.min(from, start + scale)
    const first = Math.floor(start)
    taps.from[i] = first
    for (let k = 0; k < reach; k++) {
      const part = Math.min(end, first + k + 1) - Math.max(start, first + k)
      taps.weights[i * reach + k] = Math.max(0, part) / (end - start)
    }
  }
  return taps
}

function linearTaps(from: number, to: number): Taps {
  const taps = { from: new Int32Array(to), weights: new Float32Array(to * 2), reach: 2 }
  for (let i = 0; i < to; i++) {
    const at = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5))
    const first = Math.floor(at)
    taps.from[i] = first
    taps.weights[i * 2] = 1 - (at - first)
    taps.weights[i * 2 + 1] = at - first
  }
  return taps
}
