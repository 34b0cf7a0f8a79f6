import type { Raster } from './raster.ts'

/** Planes of a picture, width × height each, in whole numbers, which are quick to count with. */
export interface Planes {
  readonly width: number
  readonly height: number
  /** Rec. 709 luma of the sRGB values, 0–255. */
  readonly grey: Uint8Array
  /** The same in `LUMA_STEPS` a grey value: fine residuals are lost in rounding. */
  readonly luma: Int16Array
  /** Red less green, blue less green: −255–255. */
  readonly redness: Int16Array
  readonly blueness: Int16Array
}

export const LUMA_STEPS = 16

/** @param image RGB */
export function planesOf({ width, height, data }: Raster): Planes {
  const size = width * height
  const grey = new Uint8Array(size)
  const [luma, redness, blueness] = [new Int16Array(size), new Int16Array(size), new Int16Array(size)]
  for (let i = 0, at = 0; i < size; i++, at += 3) {
    const red = data[at]!
    const green = data[at + 1]!
    const blue = data[at + 2]!
    // Shares of 256: 54 + 183 + 19.
    const weighed = 54 * red + 183 * green + 19 * blue
    grey[i] = (weighed + 128) >> 8
    luma[i] = (weighed + 8) >> 4
    redness[i] = red - green
    blueness[i] = blue - green
  }
  return { width, height, grey, luma, redness, blueness }
}
