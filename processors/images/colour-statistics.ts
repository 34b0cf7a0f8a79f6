import type { Planes } from './planes.ts'
import type { Raster } from './raster.ts'

/** Steps of a channel in the palette: shades nearer than that are one colour. */
const PALETTE_STEPS = 16
/** The shares of so many of the commonest colours together are told. */
const PALETTE_TOPS = [1, 2, 4, 16, 64] as const
const GREY_BINS = 8
/** Blending lifts the blacks and dims the whites: told by the values that these shares of the pixels lie below. */
const QUANTILES = [0.005, 0.02, 0.1, 0.5, 0.9, 0.98, 0.995] as const

/** Names of what `colourStatistics` answers, in its order. */
export const colourStatisticNames: readonly string[] = [
  ...['red', 'green', 'blue', 'saturation', 'luma'].flatMap(one => [`${one}.mean`, `${one}.deviation`]),
  ...Array.from({ length: GREY_BINS }, (_, i) => `grey.${i}`),
  ...PALETTE_TOPS.map(top => `palette.top${top}`),
  'palette.entropy',
  'palette.size',
  ...['red', 'green', 'blue', 'darkest', 'lightest'].flatMap(one =>
    QUANTILES.map(share => `${one}.below${share}`),
  ),
]

/**
 * What colours a picture has and how few of them it gets by with: drawn pictures and adverts have few, photos many.
 * @param image RGB
 * @param planes of the image
 * @returns numbers of about 0–1 each
 */
export function colourStatistics({ width, height, data }: Raster, { grey }: Planes): Float32Array {
  const pixels = width * height
  const counts = Array.from({ length: 5 }, () => new Uint32Array(256))
  const [reds, greens, blues, lows, highs] = counts as [Counts, Counts, Counts, Counts, Counts]
  const lumas = new Uint32Array(256)
  const palette = new Uint32Array(PALETTE_STEPS ** 3)
  let [saturations, saturationSquares] = [0, 0]
  for (let i = 0, at = 0; i < pixels; i++, at += 3) {
    const red = data[at]!
    const green = data[at + 1]!
    const blue = data[at + 2]!
    const high = red > green ? Math.max(red, blue) : Math.max(green, blue)
    const low = red < green ? Math.min(red, blue) : Math.min(green, blue)
    reds[red]! += 1
    greens[green]! += 1
    blues[blue]! += 1
    lows[low]! += 1
    highs[high]! += 1
    lumas[grey[i]!]! += 1
    palette[((red >> 4) << 8) | (green & 0xf0) | (blue >> 4)]! += 1
    if (high > low) {
      const saturation = (high - low) / high
      saturations += saturation
      saturationSquares += saturation * saturation
    }
  }
  return Float32Array.from([
    ...[reds, greens, blues].flatMap(channel => moments(channel, pixels)),
    ...momentsOf(saturations / pixels, saturationSquares / pixels),
    ...moments(lumas, pixels),
    ...greysOf(lumas, pixels),
    ...paletteShape(Float32Array.from(palette, count => count / pixels)),
    ...counts.flatMap(quantiles),
  ])
}

type Counts = Uint32Array

function momentsOf(mean: number, square: number): [mean: number, deviation: number] {
  return [mean, Math.sqrt(Math.max(0, square - mean * mean))]
}

/** Of values 0–255 by their counts, on a scale of 0–1. */
function moments(counts: Counts, pixels: number): [mean: number, deviation: number] {
  let [sum, squares] = [0, 0]
  for (let value = 0; value < 256; value++) {
    sum += value * counts[value]!
    squares += value * value * counts[value]!
  }
  return momentsOf(sum / pixels / 255, squares / pixels / 255 ** 2)
}

function greysOf(lumas: Counts, pixels: number): Float32Array {
  const greys = new Float32Array(GREY_BINS)
  for (let value = 0; value < 256; value++)
    greys[Math.floor((value * GREY_BINS) / 256)]! += lumas[value]! / pixels
  return greys
}

function paletteShape(palette: Float32Array): number[] {
  const shares = palette
    .filter(share => share > 0)
    .sort()
    .reverse()
  const tops = PALETTE_TOPS.map(top => shares.subarray(0, top).reduce((sum, share) => sum + share, 0))
  const entropy = shares.reduce((sum, share) => sum - share * Math.log2(share), 0)
  return [...tops, entropy / 12, Math.log2(shares.length) / 12]
}

/** Of values 0–255 by their counts, on a scale of 0–1. */
function quantiles(counts: Counts): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0)
  return QUANTILES.map(share => {
    let value = 0
    for (let below = counts[0]!; below < share * total; below += counts[value]!) value++
    return value / 255
  })
}
