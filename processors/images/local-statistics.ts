import { LUMA_STEPS, type Planes } from './planes.ts'

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

/** Sums of one measure after the other, each by cell or by tone. */
interface Sums {
  readonly counts: Float64Array
  readonly lumas: Float64Array
  readonly squares: Float64Array
  readonly darkest: Int16Array
  readonly lightest: Int16Array
  readonly fine: Float64Array
  readonly wide: Float64Array
  readonly reds: Float64Array
  readonly blues: Float64Array
  readonly steep: Float64Array
  readonly upright: Float64Array
  readonly coloured: Float64Array
}

function emptySums(): Sums {
  const of = () => new Float64Array(GRID * GRID)
  return {
    ...{ counts: of(), lumas: of(), squares: of(), fine: of(), wide: of(), reds: of() },
    ...{ blues: of(), steep: of(), upright: of(), coloured: of() },
    darkest: new Int16Array(GRID * GRID).fill(255 * LUMA_STEPS),
    lightest: new Int16Array(GRID * GRID),
  }
}

function measure(planes: Planes): { measures: Float32Array[]; tones: number[] } {
  const { width, height } = planes
  const sums = emptySums()
  const tones = Array.from({ length: 4 }, () => new Float64Array(TONES))
  for (let y = 1; y < height - 1; y++) {
    const row = Math.floor((y * GRID) / height) * GRID
    for (let column = 0; column < GRID; column++) {
      const from = Math.max(1, Math.ceil((column * width) / GRID))
      const to = Math.min(width - 1, Math.ceil(((column + 1) * width) / GRID))
      if (from < to) sumUp(planes, y * width + from, y * width + to, sums, row + column, tones)
    }
  }
  const { counts, lumas, squares, darkest, lightest, wide, steep, upright } = sums
  const mean = (sum: Float64Array) => Float32Array.from(sum, (one, i) => one / Math.max(1, counts[i]!))
  const log = (sum: Float64Array) => mean(sum).map(one => Math.log2(1 + 8 * one))
  const means = mean(lumas)
  const deviations = mean(squares).map((one, i) =>
    Math.log2(1 + Math.sqrt(Math.max(0, one - means[i]! * means[i]!))),
  )
  const share = (values: Int16Array) => Float32Array.from(values, one => one / (255 * LUMA_STEPS))
  return {
    measures: [
      share(darkest),
      share(lightest),
      deviations,
      log(sums.fine),
      log(wide),
      log(sums.reds),
      log(sums.blues),
      mean(steep),
      Float32Array.from(upright, (one, i) => one / (wide[i]! + 1)),
      log(sums.coloured),
    ],
    tones: tones
      .slice(1)
      .flatMap(sum => Array.from(sum, (one, i) => Math.log2(1 + (8 * one) / (tones[0]![i]! + 1)))),
  }
}

/** Of four neighbours together, as a share of a value; half a value is 1 of a difference of colours. */
const SECOND = { luma: 4 * LUMA_STEPS, colour: 8 } as const
/** Grey values that a gradient has at least, to count as steep. */
const STEEP = 40

/** Adds the pixels from `at` to `end` of a row to a cell and to the tones. */
function sumUp(
  { width, luma, redness, blueness }: Planes,
  at: number,
  end: number,
  sums: Sums,
  cell: number,
  [toneCounts, fines, redTones, blueTones]: readonly Float64Array[],
): void {
  let [lumas, squares, fine, wide, reds, blues, steep, upright, coloured] = [0, 0, 0, 0, 0, 0, 0, 0, 0]
  let [darkest, lightest] = [sums.darkest[cell]!, sums.lightest[cell]!]
  sums.counts[cell]! += end - at
  for (; at < end; at++) {
    const value = luma[at]!
    const [left, right, above, below] = [luma[at - 1]!, luma[at + 1]!, luma[at - width]!, luma[at + width]!]
    const red = redness[at]!
    const blue = blueness[at]!
    const fineHere = Math.abs(4 * value - left - right - above - below)
    const redHere = Math.abs(
      4 * red - redness[at - 1]! - redness[at + 1]! - redness[at - width]! - redness[at + width]!,
    )
    const blueHere = Math.abs(
      4 * blue - blueness[at - 1]! - blueness[at + 1]! - blueness[at - width]! - blueness[at + width]!,
    )
    const across = Math.abs(right - left)
    const down = Math.abs(below - above)
    lumas += value
    squares += value * value
    if (value < darkest) darkest = value
    if (value > lightest) lightest = value
    fine += fineHere
    wide += across + down
    reds += redHere
    blues += blueHere
    if (across + down > STEEP * LUMA_STEPS) steep++
    upright += Math.abs(across - down)
    coloured += Math.abs(red) + Math.abs(blue)
    const tone = (value * TONES) >> 12
    toneCounts![tone]! += 1
    fines![tone]! += fineHere / SECOND.luma
    redTones![tone]! += redHere / SECOND.colour
    blueTones![tone]! += blueHere / SECOND.colour
  }
  sums.lumas[cell]! += lumas / LUMA_STEPS
  sums.squares[cell]! += squares / LUMA_STEPS ** 2
  sums.darkest[cell] = darkest
  sums.lightest[cell] = lightest
  sums.fine[cell]! += fine / SECOND.luma
  sums.wide[cell]! += wide / LUMA_STEPS
  sums.reds[cell]! += reds / SECOND.colour
  sums.blues[cell]! += blues / SECOND.colour
  sums.steep[cell]! += steep
  sums.upright[cell]! += upright / LUMA_STEPS
  sums.coloured[cell]! += coloured / 2
}

const EVEN = 1 / Math.sqrt(BLOCK)
const [C1, C2, C3, C5, C6, C7] = [1, 2, 3, 5, 6, 7].map(k => Math.cos((k * Math.PI) / 16) / 2) as [
  ...[number, number, number, number, number, number],
]

/** Logarithm of the mean strength of each frequency but the first, in whole blocks (the cosine transform of JPEG). */
function spectrum({ width, height, luma }: Planes): number[] {
  const strengths = new Float64Array(BLOCK * BLOCK)
  const block = new Float64Array(BLOCK * BLOCK)
  let count = 0
  for (let top = 0; top + BLOCK <= height; top += BLOCK)
    for (let left = 0; left + BLOCK <= width; left += BLOCK, count++) {
      for (let y = 0, at = top * width + left; y < BLOCK; y++, at += width)
        for (let x = 0; x < BLOCK; x++) block[y * BLOCK + x] = luma[at + x]!
      for (let i = 0; i < BLOCK; i++) transform(block, i * BLOCK, 1)
      for (let i = 0; i < BLOCK; i++) transform(block, i, BLOCK)
      for (let i = 1; i < BLOCK * BLOCK; i++) strengths[i]! += Math.abs(block[i]!)
    }
  const mean = LUMA_STEPS * Math.max(1, count)
  return Array.from(strengths.subarray(1), strength => Math.log2(1 + (4 * strength) / mean))
}

/** The cosine transform of eight values in place, even frequencies by sums and odd ones by differences of opposite values. */
function transform(values: Float64Array, at: number, stride: number): void {
  const [i1, i2, i3, i4] = [at + stride, at + 2 * stride, at + 3 * stride, at + 4 * stride]
  const [i5, i6, i7] = [i4 + stride, i4 + 2 * stride, i4 + 3 * stride]
  const s0 = values[at]! + values[i7]!
  const s1 = values[i1]! + values[i6]!
  const s2 = values[i2]! + values[i5]!
  const s3 = values[i3]! + values[i4]!
  const d0 = values[at]! - values[i7]!
  const d1 = values[i1]! - values[i6]!
  const d2 = values[i2]! - values[i5]!
  const d3 = values[i3]! - values[i4]!
  values[at] = EVEN * (s0 + s1 + s2 + s3)
  values[i1] = C1 * d0 + C3 * d1 + C5 * d2 + C7 * d3
  values[i2] = C2 * (s0 - s3) + C6 * (s1 - s2)
  values[i3] = C3 * d0 - C7 * d1 - C1 * d2 - C5 * d3
  values[i4] = EVEN * (s0 - s1 - s2 + s3)
  values[i5] = C5 * d0 - C1 * d1 + C7 * d2 + C3 * d3
  values[i6] = C6 * (s0 - s3) - C2 * (s1 - s2)
  values[i7] = C7 * d0 - C5 * d1 + C3 * d2 - C1 * d3
}
