import type { Raster } from './raster.ts'
import type { TextRegion } from './text-regions.ts'

/** Samples a pixel of the line is the mean of, a side, at most: a bound on the time a huge letter takes. */
const SAMPLES_MAX = 4

/**
 * Cuts a turned line out of a picture and lays it flat: its direction from left to right. What lies outside of the picture
 * continues its edge.
 * @param height pixels of the result
 * @param width pixels of the result
 */
export function warpLine(
  image: Raster,
  region: Omit<TextRegion, 'score'>,
  width: number,
  height: number,
): Raster {
  const { channels } = image
  const cos = Math.cos(region.angle)
  const sin = Math.sin(region.angle)
  const stepX = region.length / width
  const stepY = region.thickness / height
  const samples = Math.max(1, Math.min(SAMPLES_MAX, Math.round(Math.max(stepX, stepY))))
  const data = new Uint8Array(width * height * channels)
  const sums = new Float32Array(width * channels)
  const stepU = stepX / samples
  const u = stepU / 2 - region.length / 2
  for (let row = 0; row < height; row++) {
    sums.fill(0)
    for (let k = 0; k < samples; k++) {
      const v = (row + (k + 0.5) / samples) * stepY - region.thickness / 2
      const from = { x: region.centreX + u * cos - v * sin, y: region.centreY + u * sin + v * cos }
      addSamples(image, from, { x: stepU * cos, y: stepU * sin }, samples, sums)
    }
    const start = row * width * channels
    for (let i = 0; i < sums.length; i++) data[start + i] = sums[i]! / (samples * samples) + 0.5
  }
  return { width, height, channels, data }
}

interface Point {
  readonly x: number
  readonly y: number
}

/** Adds bilinear samples along a straight row to the sums of its pixels, `samples` to each. */
function addSamples(
  { data, width, height, channels }: Raster,
  from: Point,
  step: Point,
  samples: number,
  sums: Float32Array,
): void {
  const count = (sums.length / channels) * samples
  for (let n = 0, out = -channels; n < count; n++) {
    if (n % samples === 0) out += channels
    const px = Math.min(width - 1, Math.max(0, from.x + n * step.x - 0.5))
    const py = Math.min(height - 1, Math.max(0, from.y + n * step.y - 0.5))
    const left = Math.floor(px)
    const top = Math.floor(py)
    const right = left + 1 < width ? channels : 0
    const below = top + 1 < height ? width * channels : 0
    const lowerRight = (px - left) * (py - top)
    const upperRight = px - left - lowerRight
    const lowerLeft = py - top - lowerRight
    const upperLeft = 1 - upperRight - py + top
    for (let c = 0, i = (top * width + left) * channels; c < channels; c++, i++) {
      const upper = upperLeft * data[i]! + upperRight * data[i + right]!
      const lower = lowerLeft * data[i + below]! + lowerRight * data[i + below + right]!
      sums[out + c] = sums[out + c]! + upper + lower
    }
  }
}
