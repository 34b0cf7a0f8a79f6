import type { Raster } from '../../processors/images/raster.ts'
import { resizeRaster } from '../../processors/images/resize.ts'

/** Sides of a picture that is sent on, as shares of what they were. */
const SCALE = { min: 0.6, max: 2 } as const
const QUALITY = { min: 40, max: 90 } as const

/** A picture to be saved anew, and the JPEG quality to do it with. */
export interface Resent {
  readonly image: Raster
  readonly quality: number
}

/**
 * What spammers and harmless people alike make of a picture when they send it on: another size, and saved anew.
 * @param random numbers in [0, 1): the same numbers give the same picture
 */
export function resend(image: Raster, random: () => number): Resent {
  const scale = SCALE.min * (SCALE.max / SCALE.min) ** random()
  const side = (length: number) => Math.max(1, Math.round(length * scale))
  const quality = Math.round(QUALITY.min + (QUALITY.max - QUALITY.min) * random())
  return { image: resizeRaster(image, side(image.width), side(image.height)), quality }
}
