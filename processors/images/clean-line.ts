import type { Raster } from './raster.ts'
import { toGrey } from './resize.ts'

/** Share of the pixels that become black, and white. */
const CLIPPED = 0.02
/** Ink covers more of a line than this; what a line of other text adds where it crosses covers less. */
const INK = 0.1
/** All but the strongest hundredth of a picture differ less from its ground. */
const STRONGEST = 0.99
/** Shares of the strongest difference at which ink begins to show, and shows in full. */
const FADED = 0.45
const FULL = 0.75
/** A thin stroke drawn through a line covers at least this much of its length. */
const STROKE_LENGTH = 0.6
/** And is at most this thick, in shares of the line's height. */
const STROKE_THICKNESS = 0.12

/** A flat line of text as scanners see one: dark on light, over the whole range of grey, without strokes along it. */
export function cleanLine(line: Raster): Raster {
  return withoutStrokes(darkOnLight(stretchContrast(toGrey(line))))
}

/**
 * The strongest ink of a picture, dark on light: what differs from the commonest grey by less than half as much as the strongest
 * ink does, such as a watermark, is gone.
 */
export function strongInk(image: Raster): Raster {
  const grey = toGrey(image)
  const paper = greyAt(grey.data, 0.5)
  const away = grey.data.map(value => Math.abs(value - paper))
  const ink = Math.max(1, greyAt(away, STRONGEST))
  const data = away.map(
    value => 255 - Math.max(0, Math.min(255, ((value / ink - FADED) / (FULL - FADED)) * 255)),
  )
  return { ...grey, data }
}

/** How far light and dark are apart, 0–255. */
export function contrastOf(line: Raster): number {
  const [low, high] = ends(toGrey(line).data, INK)
  return high - low
}

function stretchContrast(grey: Raster): Raster {
  const [low, high] = ends(grey.data, CLIPPED)
  const scale = 255 / Math.max(1, high - low)
  const data = grey.data.map(value => Math.max(0, Math.min(255, (value - low) * scale)))
  return { ...grey, data }
}

/** Text covers less of a line than its ground: most pixels are made light. */
function darkOnLight(grey: Raster): Raster {
  const mean = grey.data.reduce((sum, value) => sum + value, 0) / grey.data.length
  return mean >= 127.5 ? grey : { ...grey, data: grey.data.map(value => 255 - value) }
}

/**
 * Paints over dark runs that follow the line from end to end: per column, the run nearest to the stroke so far is taken off
 * where it is as thin as a stroke, so letters that it crosses keep what is thicker.
 */
function withoutStrokes(grey: Raster): Raster {
  const { width, height } = grey
  const data = grey.data.slice()
  const thin = Math.max(2, Math.round(STROKE_THICKNESS * height))
  for (let row = 0; row < height; row++) {
    let dark = 0
    for (let x = 0; x < width; x++) if (data[row * width + x]! < 96) dark++
    if (dark < STROKE_LENGTH * width) continue
    for (let x = 0; x < width; x++) clearThinRun(data, width, height, x, row, thin)
  }
  return { ...grey, data }
}

function clearThinRun(
  data: Uint8Array,
  width: number,
  height: number,
  x: number,
  row: number,
  thin: number,
): void {
  const isDark = (y: number) => y >= 0 && y < height && data[y * width + x]! < 160
  let [top, bottom] = [row, row]
  while (isDark(top - 1) && row - top <= thin) top--
  while (isDark(bottom + 1) && bottom - row <= thin) bottom++
  if (bottom - top + 1 <= thin) for (let y = top; y <= bottom; y++) data[y * width + x] = 255
}

/** The greys that `share` of the pixels are darker than, and lighter than. */
function ends(values: Uint8Array, share: number): [low: number, high: number] {
  return [greyAt(values, share), greyAt(values, 1 - share)]
}

/** The grey that `share` of the pixels are at most. */
function greyAt(values: Uint8Array, share: number): number {
  const counts = new Uint32Array(256)
  for (const value of values) counts[value]!++
  let left = share * values.length - counts[0]!
  let grey = 0
  while (grey < 255 && left > 0) left -= counts[++grey]!
  return grey
}
