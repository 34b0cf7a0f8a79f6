import type { Box } from '../processors/images/raster.ts'
import type { Label } from '../schemas/records.ts'
import { isFields } from './jsonl.ts'
import { type HeldImage, heldImage } from './kind-input.ts'

/** Images of a row, and boxes of a label, at most. */
export const IMAGES_MAX = 50
export const BOXES_MAX = 50
/** A ref may be a small data: URL. */
export const REF_LENGTH_MAX = 100_000
export const BOX_NAME_LENGTH_MAX = 100
/** Sums of fractions may lie beyond 1 by what floating point and percent lose. */
const ROUNDING = 1e-6
const REF = /^(blob|https|s3|data):/
const SHA256 = /^[0-9a-f]{64}$/

type LabelBox = Label['boxes'][number]

/** Whether it says where a picture lies, as content does; otherwise it may be the path of a file. */
export function isImageRef(value: string): boolean {
  return REF.test(value)
}

/**
 * The images that a row of a file names: a ref, `{ ref, sha256 }`, or a list of them.
 * @param problems what is wrong with them is added
 */
export function imagesIn(value: unknown, problems: string[]): HeldImage[] {
  if (value === undefined || value === null || value === '') return []
  const given = Array.isArray(value) ? value : [value]
  if (given.length > IMAGES_MAX) {
    problems.push(`the field images names ${given.length}, at most ${IMAGES_MAX} are taken`)
    return []
  }
  return given.flatMap(one => {
    const { ref, sha256 } = isFields(one) ? one : { ref: one, sha256: undefined }
    if (typeof ref !== 'string' || !isImageRef(ref) || ref.length > REF_LENGTH_MAX) {
      problems.push(
        'the field image is no reference: give blob: (from POST /v1/images), https:, s3: or data:',
      )
      return []
    }
    return [heldImage({ ref, sha256: typeof sha256 === 'string' && SHA256.test(sha256) ? sha256 : null })]
  })
}

/**
 * The boxes that a row of a file draws, in fractions of the image.
 * @param images of the row: a box that names none lies on the only one
 * @param problems what is wrong with them is added
 */
export function boxesIn(value: unknown, images: readonly HeldImage[], problems: string[]): LabelBox[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value) || value.length > BOXES_MAX) {
    problems.push(`the field boxes is no list of at most ${BOXES_MAX}`)
    return []
  }
  return value.flatMap((one, i) => {
    const box = boxIn(one, images)
    if (box === null) problems.push(`the field boxes holds no box within its image at place ${i + 1}`)
    return box ?? []
  })
}

/** What is wrong with a box whose sides are fractions, after its place; null where nothing is. */
export function problemOfBox({ x, y, width, height }: Box): string | null {
  if (width <= 0 || height <= 0) return 'width and height must be more than 0'
  if (x + width > 1 + ROUNDING || y + height > 1 + ROUNDING)
    return 'it leaves the image; x + width and y + height are at most 1'
  return null
}

function boxIn(value: unknown, images: readonly HeldImage[]): LabelBox | null {
  if (!isFields(value)) return null
  const { x, y, width, height, name = null } = value
  const image = value['image'] ?? (images.length === 1 ? images[0]!.ref : undefined)
  if (typeof image !== 'string' || !(isSide(x) && isSide(y) && isSide(width) && isSide(height))) return null
  if (images.length > 0 && !images.some(({ ref }) => ref === image)) return null
  if (problemOfBox({ x, y, width, height }) !== null) return null
  if (name !== null && (typeof name !== 'string' || name.length > BOX_NAME_LENGTH_MAX)) return null
  return { image, x, y, width, height, name: name === null ? null : name.trim() || null }
}

function isSide(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1
}
