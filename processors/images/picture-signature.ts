import type { Raster } from './raster.ts'
import { resizeRaster, toGrey } from './resize.ts'

/**
 * What tells whether two pictures are the same but for their size and their compression: a small grey copy, compared block by block. It is strict
 * where the hashes of `picture-hash.ts` are lenient: other words on the same picture are another picture.
 */

const SIDE = 64
const COARSE_SIDE = 8
const BLOCK = SIDE / COARSE_SIDE
/** Mean difference of a block, in grey levels: scaling and JPEG at quality 30 stay below it, a word that was added does not. */
const BLOCK_DIFFERENCE_MAX = 12
/** Of the means of blocks: those that differ by more need not be looked at closely. */
const COARSE_DIFFERENCE_MAX = 5

/** Steps of the shape for each doubling of width over height, and how many of them two sizes of a picture may differ by rounding. */
const SHAPE_STEPS = 16
const SHAPE_DIFFERENCE_MAX = 1
const SHAPE_AT = SIDE * SIDE + COARSE_SIDE * COARSE_SIDE

/** SIDE × SIDE grey levels, then the mean of each block, then the shape. */
export type PictureSignature = Uint8Array

export function signatureOf(image: Raster): PictureSignature {
  const { data } = resizeRaster(toGrey(image), SIDE, SIDE)
  const signature = new Uint8Array(SHAPE_AT + 1)
  signature.set(data)
  for (let block = 0; block < COARSE_SIDE * COARSE_SIDE; block++) {
    let sum = 0
    forBlock(block, at => {
      sum += data[at]!
    })
    signature[SIDE * SIDE + block] = Math.round(sum / (BLOCK * BLOCK))
  }
  const shape = SHAPE_STEPS * Math.log2(image.width / image.height)
  signature[SHAPE_AT] = Math.round(Math.min(127, Math.max(-127, shape))) + 128
  return signature
}

/** Whether two pictures are the same, as far as can be seen at this size. */
export function isSamePicture(one: PictureSignature, other: PictureSignature): boolean {
  if (Math.abs(one[SHAPE_AT]! - other[SHAPE_AT]!) > SHAPE_DIFFERENCE_MAX) return false
  for (let at = SIDE * SIDE; at < SHAPE_AT; at++)
    if (Math.abs(one[at]! - other[at]!) > COARSE_DIFFERENCE_MAX) return false
  for (let block = 0; block < COARSE_SIDE * COARSE_SIDE; block++) {
    let difference = 0
    forBlock(block, at => {
      difference += Math.abs(one[at]! - other[at]!)
    })
    if (difference > BLOCK_DIFFERENCE_MAX * BLOCK * BLOCK) return false
  }
  return true
}

function forBlock(block: number, visit: (at: number) => void): void {
  const first = Math.floor(block / COARSE_SIDE) * BLOCK * SIDE + (block % COARSE_SIDE) * BLOCK
  for (let y = 0; y < BLOCK; y++) for (let x = 0; x < BLOCK; x++) visit(first + y * SIDE + x)
}
