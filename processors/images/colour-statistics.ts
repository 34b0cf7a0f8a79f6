import type { Raster } from './raster.ts'

/** Steps of a channel in the coarse colour cube. */
const CUBE_STEPS = 4
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
  ...Array.from({ length: CUBE_STEPS ** 3 }, (_, i) => `cube.${i}`),
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
 * @param image RGB, of the size that all are compared at
 * @returns numbers of about 0–1 each
 */
export function colourStatistics({ width, height, data }: Raster): Float32Array {
  const pixels = width * height
  const sums = new Float64Array(5)
  const squares = new Float64Array(5)
  const cube = new Float32Array(CUBE_STEPS ** 3)
  const greys = new Float32Array(GREY_BINS)
  const palette = new Float32Array(PALETTE_STEPS ** 3)
  const values = new Float64Array(5)
  const counts = Array.from({ length: 5 }, () => new Uint32Array(256))
  const [reds, greens, blues, lows, highs] = counts
  for (let i = 0; i < pixels; i++) {
    const [red, green, blue] = [data[3 * i]!, data[3 * i + 1]!, data[3 * i + 2]!]
    const high = Math.max(red, green, blue)
    const low = Math.min(red, green, blue)
    reds![red]! += 1
    greens![green]! += 1
    blues![blue]! += 1
    lows![low]! += 1
    highs![high]! += 1
    const luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    values[0] = red
    values[1] = green
    values[2] = blue
    values[3] = high === 0 ? 0 : (255 * (high - low)) / high
    values[4] = luma
    for (let k = 0; k < 5; k++) {
      sums[k]! += values[k]! / 255
      squares[k]! += (values[k]! / 255) ** 2
    }
    cube[placeOf(red, green, blue, CUBE_STEPS)]! += 1 / pixels
    palette[placeOf(red, green, blue, PALETTE_STEPS)]! += 1 / pixels
    greys[Math.min(GREY_BINS - 1, Math.floor((luma * GREY_BINS) / 256))]! += 1 / pixels
  }
  const moments = Array.from(sums, (sum, k) => {
    const mean = sum / pixels
    return [mean, Math.sqrt(Math.max(0, squares[k]! / pixels - mean * mean))]
  })
  return Float32Array.from([
    ...moments.flat(),
    ...cube,
    ...greys,
    ...paletteShape(palette),
    ...counts.flatMap(quantiles),
  ])
}

function placeOf(red: number, green: number, blue: number, steps: number): number {
  const step = (value: number) => (value * steps) >> 8
  return (step(red) * steps + step(green)) * steps + step(blue)
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
function quantiles(counts: Uint32Array): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0)
  return QUANTILES.map(share => {
    let value = 0
    for (let below = counts[0]!; below < share * total; below += counts[value]!) value++
    return value / 255
  })
}
