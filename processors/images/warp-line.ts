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
  const sums = new Float64Array(channels)
  for (let row = 0, out = 0; row < height; row++)
    for (let column = 0; column < width; column++, out += channels) {
      sums.fill(0)
      for (let k = 0; k < samples * samples; k++) {
        const u = (column + ((k % samples) + 0.5) / samples) * stepX - region.length / 2
        const v = (row + (Math.floor(k / samples) + 0.5) / samples) * stepY - region.thickness / 2
        addSample(image, region.centreX + u * cos - v * sin, region.centreY + u * sin + v * cos, sums)
      }
      for (let c = 0; c < channels; c++) data[out + c] = sums[c]! / (samples * samples) + 0.5
    }
  return { width, height, channels, data }
}

/** Bilinear. */
function addSample(
  { data, width, height, channels }: Raster,
  x: number,
  y: number,
  sums: Float64Array,
): void {
  const px = Math.min(width - 1, Math.max(0, x - 0.5))
  const py = Math.min(height - 1, Math.max(0, y - 0.5))
  const left = Math.floor(px)
  const top = Math.floor(py)
  const fx = px - left
  const fy = py - top
  const right = left + 1 < width ? channels : 0
  const below = top + 1 < height ? width * channels : 0
  const at = (top * width + left) * channels
  for (let c = 0; c < channels; c++) {
    const i = at + c
    const upper = data[i]! + fx * (data[i + right]! - data[i]!)
    const lower = data[i + below]! + fx * (data[i + below + right]! - data[i + below]!)
    sums[c]! += upper + fy * (lower - upper)
  }
}
