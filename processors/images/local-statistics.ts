import type { Planes } from './residual-statistics.ts'

/** Cells a side. */
const GRID = 8
/** Of the cells in order of a measure, those at these shares of the way are told. */
const QUANTILES = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1] as const
const MEASURES = [
  'darkest',
  'lightest',
  'deviation',
  'fine',
  'wide',
  'redness',
  'blueness',
  'steep',
  'upright',
  'coloured',
] as const
const TONES = 8
/** Side of a block of the spectrum. */
const BLOCK = 8

/** Names of what `localStatistics` answers, in its order. */
export const localStatisticNames: readonly string[] = [
  ...MEASURES.flatMap(measure => QUANTILES.map(share => `cells.${measure}.${share}`)),
  ...['fine', 'redness', 'blueness'].flatMap(one =>
    Array.from({ length: TONES }, (_, i) => `${one}.tone${i}`),
  ),
  ...Array.from({ length: BLOCK * BLOCK - 1 }, (_, i) => `spectrum.${i + 1}`),
]

/**
 * How a picture differs from place to place, which an advert on a part of it changes: measures of each of 8 × 8 cells by
 * their quantiles; residuals by brightness; and the mean strength of each frequency of a block.
 * @returns logarithms and shares, finite for any picture
 */
export function localStatistics(planes: Planes): Float32Array {
  const { measures, tones } = measure(planes)
  const quantiles = measures.flatMap(cells => {
    const sorted = cells.sort()
    return QUANTILES.map(share => sorted[Math.round(share * (sorted.length - 1))]!)
  })
  return Float32Array.from([...quantiles, ...tones, ...spectrum(planes)])
}

function measure({ width, height, luma, redness, blueness }: Planes): {
  measures: Float32Array[]
  tones: number[]
} {
  const cells = GRID * GRID
  const of = () => new Float32Array(cells)
  const [counts, sums, squares] = [of(), of(), of()]
  const darkest = of().fill(255)
  const lightest = of()
  const [fine, wide, reds, blues, steep, upright, coloured] = [of(), of(), of(), of(), of(), of(), of()]
  const tones = Array.from({ length: 3 }, () => new Float32Array(TONES))
  const toneCounts = new Float32Array(TONES)
  const second = (data: Float32Array, at: number) =>
    Math.abs(4 * data[at]! - data[at - 1]! - data[at + 1]! - data[at - width]! - data[at + width]!) / 4
  for (let y = 1; y < height - 1; y++)
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x
      const cell = Math.floor((y * GRID) / height) * GRID + Math.floor((x * GRID) / width)
      const value = luma[at]!
      const [fineHere, redHere, blueHere] = [second(luma, at), second(redness, at), second(blueness, at)]
      const across = Math.abs(luma[at + 1]! - luma[at - 1]!)
      const down = Math.abs(luma[at + width]! - luma[at - width]!)
      counts[cell]! += 1
      sums[cell]! += value
      squares[cell]! += value * value
      darkest[cell] = Math.min(darkest[cell]!, value)
      lightest[cell] = Math.max(lightest[cell]!, value)
      fine[cell]! += fineHere
      wide[cell]! += across + down
      reds[cell]! += redHere
      blues[cell]! += blueHere
      if (across + down > 40) steep[cell]! += 1
      upright[cell]! += Math.abs(across - down)
      coloured[cell]! += Math.abs(redness[at]!) + Math.abs(blueness[at]!)
      const tone = Math.min(TONES - 1, Math.floor((value * TONES) / 256))
      toneCounts[tone]! += 1
      tones[0]![tone]! += fineHere
      tones[1]![tone]! += redHere
      tones[2]![tone]! += blueHere
    }
  const mean = (sum: Float32Array) => sum.map((one, i) => one / Math.max(1, counts[i]!))
  const log = (sum: Float32Array) => mean(sum).map(one => Math.log2(1 + 8 * one))
  const means = mean(sums)
  const deviations = mean(squares).map((one, i) =>
    Math.log2(1 + Math.sqrt(Math.max(0, one - means[i]! * means[i]!))),
  )
  const evenness = upright.map((one, i) => one / (wide[i]! + 1))
  return {
    measures: [
      darkest.map(one => one / 255),
      lightest.map(one => one / 255),
      deviations,
      log(fine),
      log(wide),
      log(reds),
      log(blues),
      mean(steep),
      evenness,
      log(coloured),
    ],
    tones: tones.flatMap(sum => [...sum.map((one, i) => Math.log2(1 + (8 * one) / (toneCounts[i]! + 1)))]),
  }
}

const COSINES = Float32Array.from({ length: BLOCK * BLOCK }, (_, i) => {
  const [frequency, at] = [Math.floor(i / BLOCK), i % BLOCK]
  return (
    Math.cos(((2 * at + 1) * frequency * Math.PI) / (2 * BLOCK)) *
    Math.sqrt((frequency === 0 ? 1 : 2) / BLOCK)
  )
})

/** Logarithm of the mean strength of each frequency but the first, in whole blocks. */
function spectrum({ width, height, luma }: Planes): number[] {
  const strengths = new Float64Array(BLOCK * BLOCK)
  const rows = new Float32Array(BLOCK * BLOCK)
  let count = 0
  for (let top = 0; top + BLOCK <= height; top += BLOCK)
    for (let left = 0; left + BLOCK <= width; left += BLOCK, count++) {
      for (let y = 0; y < BLOCK; y++)
        for (let u = 0; u < BLOCK; u++) {
          let sum = 0
          for (let x = 0, at = (top + y) * width + left; x < BLOCK; x++, at++)
            sum += luma[at]! * COSINES[u * BLOCK + x]!
          rows[y * BLOCK + u] = sum
        }
      for (let v = 0; v < BLOCK; v++)
        for (let u = 0; u < BLOCK; u++) {
          let sum = 0
          for (let y = 0; y < BLOCK; y++) sum += rows[y * BLOCK + u]! * COSINES[v * BLOCK + y]!
          strengths[v * BLOCK + u]! += Math.abs(sum)
        }
    }
  return [...strengths.subarray(1)].map(strength => Math.log2(1 + (4 * strength) / Math.max(1, count)))
}
