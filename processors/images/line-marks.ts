import type { Raster } from './raster.ts'
import { cropRaster, resizeRaster, toGrey } from './resize.ts'
import type { ReadLine } from './seen-image.ts'

/**
 * How the lines that were read in a picture look: a small grey strip of each. The signature of a picture is too small to show its words; by the
 * strips of a known picture, one that is the same but for a word is told from a copy without being read.
 */
export interface LineMarks {
  /** As they were marked; more than `MARKED_LINES_MAX` lines have no strips. */
  readonly boxes: readonly ReadLine['box'][]
  /** Length of each strip, in squares of its height. */
  readonly squares: readonly number[]
  /** The strips one after the other, rows of grey levels. */
  readonly strips: readonly Uint8Array[]
}

/** Pixels of a strip's height, and squares of its length at most: letters can be told apart, and a line takes 5 KB at most. */
const HEIGHT = 16
const SQUARES_MAX = 20
const MARKED_LINES_MAX = 32
/** Grey levels around their mean below which a square is plain: faint letters are above, compression of a plain ground is below. */
const PLAIN_DEVIATION_MAX = 4
/** Letters that were only scaled or compressed anew correlate by more, other letters by less. */
const CORRELATION_MIN = 0.7

export function markLines(image: Raster, lines: readonly Pick<ReadLine, 'box'>[]): LineMarks {
  const boxes = lines.slice(0, MARKED_LINES_MAX).map(({ box }) => box)
  const squares = boxes.map(box => {
    const length = Math.round((box.width * image.width) / (box.height * image.height))
    return Math.min(SQUARES_MAX, Math.max(1, length))
  })
  return { boxes, squares, strips: stripsOf(image, boxes, squares) }
}

/** Whether a picture that looks the same shows the same letters in all the lines of the marked one. */
export function hasSameLines(image: Raster, { boxes, squares, strips }: LineMarks): boolean {
  const others = stripsOf(image, boxes, squares)
  return strips.every((strip, line) => {
    for (let square = 0; square < squares[line]!; square++)
      if (!isSameSquare(strip, others[line]!, square, squares[line]! * HEIGHT)) return false
    return true
  })
}

function stripsOf(
  image: Raster,
  boxes: LineMarks['boxes'],
  squares: LineMarks['squares'],
): readonly Uint8Array[] {
  if (boxes.length === 0) return []
  const grey = toGrey(image)
  return boxes.map((box, line) => {
    const [left, top] = [Math.round(box.x * image.width), Math.round(box.y * image.height)]
    const width = Math.max(1, Math.round((box.x + box.width) * image.width) - left)
    const height = Math.max(1, Math.round((box.y + box.height) * image.height) - top)
    return resizeRaster(cropRaster(grey, left, top, width, height), squares[line]! * HEIGHT, HEIGHT).data
  })
}

function isSameSquare(one: Uint8Array, other: Uint8Array, square: number, length: number): boolean {
  let [sumOne, sumOther, squaresOne, squaresOther, products] = [0, 0, 0, 0, 0]
  for (let y = 0; y < HEIGHT; y++)
    for (let x = 0; x < HEIGHT; x++) {
      const at = y * length + square * HEIGHT + x
      const [a, b] = [one[at]!, other[at]!]
      sumOne += a
      sumOther += b
      squaresOne += a * a
      squaresOther += b * b
      products += a * b
    }
  const count = HEIGHT * HEIGHT
  const spreadOne = squaresOne / count - (sumOne / count) ** 2
  const spreadOther = squaresOther / count - (sumOther / count) ** 2
  const plainMax = PLAIN_DEVIATION_MAX ** 2
  if (spreadOne < plainMax && spreadOther < plainMax) return true
  const shared = products / count - (sumOne / count) * (sumOther / count)
  return shared >= CORRELATION_MIN * Math.sqrt(spreadOne * spreadOther)
}
