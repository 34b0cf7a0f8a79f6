import type { Raster } from './raster.ts'
import { cropRaster, toGrey } from './resize.ts'

/**
 * Long lines cost a recogniser more than their parts do, since its layers outgrow the cache. A line is cut where a space is
 * plain to see, and nowhere else.
 */

/** Pixels of a part at most, where a gap allows. */
const PART_MAX = 320
/** A gap is looked for in this much of a part's end. */
const PART_MIN = 160
/** Narrower gaps may lie between letters; a line is 48 pixels high. */
const GAP_MIN = 9
/** Columns of a gap differ within by at most this share of what the line's columns do. */
const QUIET = 0.15

/** The line's parts, from the left: their pixels are those of the line, cut in the middle of gaps. */
export function splitLine(line: Raster): Raster[] {
  if (line.width <= PART_MAX) return [line]
  const ranges = columnRanges(line)
  const quietMax = QUIET * quantile(ranges, 0.9)
  const parts: Raster[] = []
  let from = 0
  while (line.width - from > PART_MAX) {
    const cut = widestGap(ranges, quietMax, from + PART_MIN, from + PART_MAX)
    if (cut === null) break
    parts.push(cropRaster(line, from, 0, cut - from, line.height))
    from = cut
  }
  return [...parts, cropRaster(line, from, 0, line.width - from, line.height)]
}

/** Lightest less darkest grey of each column. */
function columnRanges(line: Raster): Uint8Array {
  const { data, width, height } = toGrey(line)
  const ranges = new Uint8Array(width)
  for (let x = 0; x < width; x++) {
    let [low, high] = [255, 0]
    for (let at = x; at < width * height; at += width) {
      const value = data[at]!
      if (value < low) low = value
      if (value > high) high = value
    }
    ranges[x] = high - low
  }
  return ranges
}

/** The middle of the widest run of quiet columns that begins and ends within, of the later one among equals. */
function widestGap(ranges: Uint8Array, quietMax: number, from: number, to: number): number | null {
  let best: number | null = null
  let widest = GAP_MIN
  let run = 0
  for (let x = from; x <= to; x++) {
    if (x < to && ranges[x]! <= quietMax) run++
    else {
      if (run >= widest) {
        widest = run
        best = x - Math.ceil(run / 2)
      }
      run = 0
    }
  }
  return best
}

function quantile(values: Uint8Array, share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))]!
}
