import { type EdgeField, edgeField } from './edge-field.ts'
import { type GreyCopy, greyCopy } from './grey-copy.ts'
import type { Raster } from './raster.ts'
import { resizeRaster } from './resize.ts'

/** Level 0: pixels of the longer side. Each further one is smaller by `LEVEL_STEP`. */
const LEVEL_0_SIDE = 768
/** Two levels to √2, so that four of them halve the sides. */
export const LEVEL_STEP = 2 ** 0.25
export const LEVELS_TO_HALF = 4
/** Pixels of the shorter side of a level, below which nothing is found in it. */
const SIDE_MIN = 12

/** The edges of a picture at many sizes, made when they are asked for. */
export interface EdgePyramid {
  /** null: the level is above the largest, or too small. */
  level(number: number, smoothings: number): EdgeField | null
}

/** The level at which something is `side` pixels large that takes `share` of the longer side of its picture. */
export function levelOf(side: number, share: number): number {
  return Math.round(Math.log((LEVEL_0_SIDE * share) / side) / Math.log(LEVEL_STEP))
}

export function createPyramid(image: Raster): EdgePyramid {
  const greys = new Map<number, GreyCopy>()
  const fields = new Map<string, EdgeField | null>()
  const source = greyCopy(image, image.width, image.height)
  const greyAt = (number: number): GreyCopy => {
    const known = greys.get(number)
    if (known !== undefined) return known
    const scale = LEVEL_0_SIDE / LEVEL_STEP ** number / Math.max(image.width, image.height)
    const [width, height] = [Math.round(image.width * scale), Math.round(image.height * scale)]
    const made: GreyCopy = { ...resizeRaster(source, Math.max(1, width), Math.max(1, height)), channels: 1 }
    greys.set(number, made)
    return made
  }
  const make = (number: number, smoothings: number): EdgeField | null => {
    if (number < 0) return null
    const grey = greyAt(number)
    return Math.min(grey.width, grey.height) < SIDE_MIN ? null : edgeField(grey, smoothings)
  }
  return {
    level(number, smoothings) {
      const key = `${number}/${smoothings}`
      const known = fields.get(key)
      if (known !== undefined) return known
      const made = make(number, smoothings)
      fields.set(key, made)
      return made
    },
  }
}
