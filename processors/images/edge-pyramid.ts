import { type EdgeField, edgeField } from './edge-field.ts'
import { greyCopy } from './grey-copy.ts'
import type { Raster } from './raster.ts'
import { resizeRaster } from './resize.ts'

/** Level 0: pixels of the longer side. Each further one is smaller by `LEVEL_STEP`. */
export const LEVEL_0_SIDE = 320
export const LEVEL_STEP = Math.SQRT2
/** From where a logo is searched to where it is verified. */
export const LEVELS_TO_FINE = 1
/** Pixels of the shorter side of a level, below which nothing is found in it. */
const SIDE_MIN = 12

/** The edges of a picture at many sizes, made when they are asked for. */
export interface EdgePyramid {
  /** null: the level is above the largest, or too small. */
  level(number: number): EdgeField | null
}

/** The level at which something is `side` pixels large that takes `share` of the longer side of its picture. */
export function levelOf(side: number, share: number): number {
  return Math.round(Math.log((LEVEL_0_SIDE * share) / side) / Math.log(LEVEL_STEP))
}

export function createPyramid(image: Raster): EdgePyramid {
  const fields = new Map<number, EdgeField | null>()
  const scale = LEVEL_0_SIDE / Math.max(image.width, image.height)
  const side = (length: number, by: number) => Math.max(1, Math.round(length * by))
  const whole = greyCopy(
    image,
    Math.min(image.width, side(image.width, scale * 2)),
    Math.min(image.height, side(image.height, scale * 2)),
  )
  const make = (number: number): EdgeField | null => {
    if (number < 0) return null
    const by = scale / LEVEL_STEP ** number
    const [width, height] = [side(image.width, by), side(image.height, by)]
    if (Math.min(width, height) < SIDE_MIN) return null
    return edgeField({ ...resizeRaster(whole, width, height), channels: 1 })
  }
  return {
    level(number) {
      const known = fields.get(number)
      if (known !== undefined) return known
      const made = make(number)
      fields.set(number, made)
      return made
    },
  }
}
