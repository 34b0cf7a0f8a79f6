import type { Raster } from './raster.ts'
import type { TextMap, TextRegion } from './text-regions.ts'

/** Where the time of reading goes: decisions only, over what the engines say. */

/** Pixels of the first look, which every picture gets: it finds large text, and that there is small one. */
export const FIRST_LOOK_PIXELS = 320 * 320
const CLOSE_LOOK_PIXELS_MAX = 704 * 704
/** Lines thinner than this many pixels of the map are boxed too roughly, and some of them missed: looked at closer. */
const THICKNESS_MIN = 12
/** What a closer look makes of them. */
const THICKNESS_WANTED = 16
/** The most probable pixel of a picture with no text stays below. */
const TRACE_MIN = 0.3
/** Lines as sure as this are not read again. */
export const SURE = 0.9
/** Below it more is wrong with a line than its width. */
const POOR = 0.75
/** Below it a line is noise of texture rather than text, and starting tesseract, most of a second's work, does not pay. */
const CONFIDENCE_MIN = 0.5
/** Lines that are read again at most: a picture full of unsure ones is texture, or beyond reading. */
export const AGAIN_MAX = 3
/** Pixels of flat lines that are read of a picture at most, the largest lines first: a dense page costs no more than half a second. */
export const LINES_WIDTH_MAX = 6000
/** Of them, what leaves time to read unsure lines again. */
export const AGAIN_WIDTH_MAX = 2500
/** A line that leans this much from the others, in radians, crosses them. */
const CROSSING_MIN = 0.2
/** A crossing line that is fainter than this share of the strongest line's contrast is a watermark. */
const WATERMARK_CONTRAST = 0.6

/** What to do after a look: read the regions found, look closer, or leave it. */
export type AfterLook =
  | { readonly next: 'NOTHING' | 'READ' }
  | { readonly next: 'LOOK'; readonly pixels: number }

/**
 * @param image size of the picture
 * @param map of the first look
 * @param regions found in it
 */
export function afterFirstLook(
  image: Pick<Raster, 'width' | 'height'>,
  map: TextMap,
  regions: readonly TextRegion[],
): AfterLook {
  const pixels = image.width * image.height
  const seen = map.width * map.height
  if (regions.length === 0) {
    const isTrace = map.data.some(value => value >= TRACE_MIN)
    return isTrace && pixels > seen ? { next: 'LOOK', pixels: CLOSE_LOOK_PIXELS_MAX } : { next: 'NOTHING' }
  }
  const scale = Math.sqrt(seen / pixels)
  const thickness = scale * thicknessOf(regions)
  if (thickness >= THICKNESS_MIN || scale >= 1) return { next: 'READ' }
  return { next: 'LOOK', pixels: Math.min(CLOSE_LOOK_PIXELS_MAX, seen * (THICKNESS_WANTED / thickness) ** 2) }
}

/** A quarter of the text is at most this thick, in pixels of the picture. */
function thicknessOf(regions: readonly TextRegion[]): number {
  const long = regions.filter(region => !isShort(region))
  const sorted = (long.length > 0 ? long : regions).map(({ thickness }) => thickness).sort((a, b) => a - b)
  return sorted[sorted.length >> 2]!
}

/** Whether some lines cross others: only then is their contrast worth measuring. */
export function mayHoldWatermarks(regions: readonly TextRegion[]): boolean {
  const long = regions.filter(region => !isShort(region))
  return long.some(({ angle }) => apart(angle, long[0]!.angle) >= CROSSING_MIN)
}

/**
 * The regions without watermarks: lines that cross the main ones and are fainter than they are.
 * @param contrasts of the regions, in order: how far light and dark are apart in each
 */
export function withoutWatermarks(
  regions: readonly TextRegion[],
  contrasts: readonly number[],
): readonly TextRegion[] {
  const crosses = (a: number, b: number) => apart(a, b) >= CROSSING_MIN
  // Cubed: there may be far more of a watermark than of the text, and it is faint.
  const support = regions.map(({ angle }) =>
    regions.reduce(
      (sum, { angle: b, length }, i) => (crosses(angle, b) ? sum : sum + length * contrasts[i]! ** 3),
      0,
    ),
  )
  const main = regions[support.indexOf(Math.max(...support))]
  if (main === undefined) return regions
  const isAcross = regions.map(({ angle }) => crosses(angle, main.angle))
  const strongest = Math.max(...contrasts.filter((_, i) => !isAcross[i] && !isShort(regions[i]!)))
  const faint = WATERMARK_CONTRAST * strongest
  const isMark = regions.map((region, i) => isAcross[i]! && !isShort(region) && contrasts[i]! < faint)
  if (!isMark.includes(true)) return regions
  return regions.filter((region, i) => !isMark[i] && !(isShort(region) && contrasts[i]! < faint))
}

/** Its direction says nothing: a letter or two, or a piece of a longer line. */
function isShort({ length, thickness }: TextRegion): boolean {
  return length < 2 * thickness
}

/** Of two directions of lines, 0 to π/2. */
function apart(a: number, b: number): number {
  const turn = Math.abs(a - b) % Math.PI
  return Math.min(turn, Math.PI - turn)
}

/** The ways a line that was read unsurely is read again, the likeliest first. */
export type SecondReading = 'FULL_WIDTH' | 'UPSIDE_DOWN' | 'CLEANED'

/** @param confidence of the first reading: a squeezed line loses some of it, one that stands on its head or is struck through most */
export function secondReadings(confidence: number): readonly SecondReading[] {
  if (confidence >= SURE) return []
  return confidence >= POOR ? ['FULL_WIDTH'] : ['FULL_WIDTH', 'UPSIDE_DOWN', 'CLEANED']
}

/**
 * Whether reading a line that way is worth its time.
 * @param confidence of its best reading so far
 */
export function isWorthwhile(way: SecondReading, confidence: number): boolean {
  return way === 'CLEANED' ? confidence >= CONFIDENCE_MIN && confidence < POOR : confidence < SURE
}

/** Whether what was read is text at all. */
export function isText(text: string, confidence: number): boolean {
  return confidence >= CONFIDENCE_MIN && /[\p{L}\p{N}]/u.test(text)
}

/** Larger pictures may hold letters that are too small to be seen at the size of a first glance. */
const GLANCE_PIXELS_MAX = 640 * 480
/** Where no place is as likely text as this, there is none: of 228 pictures 81 are below, and one of them had a word. */
const GLANCE_MIN = 0.1

/**
 * Whether a picture is worth reading, by the map of text that its features are taken from.
 * @param size of the picture, pixels
 */
export function mayHoldText(
  { data }: TextMap,
  { width, height }: { readonly width: number; readonly height: number },
): boolean {
  return width * height > GLANCE_PIXELS_MAX || data.some(likely => likely >= GLANCE_MIN)
}
