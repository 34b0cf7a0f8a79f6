import type { Raster } from './raster.ts'

/** Residuals are cut at this many steps to either side. */
const CUT = 2
const LEVELS = 2 * CUT + 1
/** Where each triple is counted: one read backwards, or with all signs turned, is the same triple. */
const [TRIPLE_PLACES, TRIPLES] = placesOf(([a, b, c]) => [
  [a, b, c],
  [c, b, a],
  [-a, -b, -c],
  [-c, -b, -a],
])
/** The same of red, green and blue, which have their own order. */
const [COLOUR_PLACES, COLOURS] = placesOf(([a, b, c]) => [
  [a, b, c],
  [-a, -b, -c],
])

/** What is counted: of the brightness and of two differences of colour, with the values of a step of the residual. */
const COUNTED = [
  { plane: 'luma', order: 2, step: 1 },
  { plane: 'luma', order: 2, step: 3 },
  { plane: 'luma', order: 2, step: 8 },
  { plane: 'luma', order: 1, step: 2 },
  { plane: 'luma', order: 3, step: 3 },
  { plane: 'redness', order: 2, step: 1 },
  { plane: 'redness', order: 1, step: 1 },
  { plane: 'blueness', order: 2, step: 1 },
  { plane: 'blueness', order: 1, step: 1 },
] as const
const COLOUR_STEPS = [2, 6] as const

/** Names of what `residualStatistics` answers, in its order. */
export const residualStatisticNames: readonly string[] = [
  ...COUNTED.flatMap(({ plane, order, step }) =>
    Array.from({ length: TRIPLES }, (_, i) => `${plane}.order${order}.step${step}.${i}`),
  ),
  ...COLOUR_STEPS.flatMap(step => Array.from({ length: COLOURS }, (_, i) => `colours.step${step}.${i}`)),
]

/** Planes of a picture, width × height each. */
export interface Planes {
  readonly width: number
  readonly height: number
  readonly luma: Float32Array
  /** Red less green, blue less green. */
  readonly redness: Float32Array
  readonly blueness: Float32Array
}

/** @param image RGB */
export function planesOf({ width, height, data }: Raster): Planes {
  const size = width * height
  const [luma, redness, blueness] = [new Float32Array(size), new Float32Array(size), new Float32Array(size)]
  for (let i = 0, at = 0; i < size; i++, at += 3) {
    const [red, green, blue] = [data[at]!, data[at + 1]!, data[at + 2]!]
    luma[i] = 0.299 * red + 0.587 * green + 0.114 * blue
    redness[i] = (red - green) / 2
    blueness[i] = (blue - green) / 2
  }
  return { width, height, luma, redness, blueness }
}

/**
 * How the finest differences of neighbouring pixels go with each other, which blending and pasting disturb: co-occurrences
 * of cut residuals (the rich models of Fridrich & Kodovský, 2012, and their colour form, Goljan et al., 2014, in small).
 * @param image RGB, as little resampled as can be
 */
export function residualStatistics(image: Raster, planes: Planes): Float32Array {
  return Float32Array.from([
    ...COUNTED.flatMap(({ plane, order, step }) => [...tripleShares(planes, planes[plane], order, step)]),
    ...COLOUR_STEPS.flatMap(step => [...colourShares(image, step)]),
  ])
}

/** Root shares of triples of neighbouring residuals, along rows and columns together. */
function tripleShares(
  { width, height }: Planes,
  data: Float32Array,
  order: 1 | 2 | 3,
  step: number,
): Float32Array {
  const shares = new Float32Array(TRIPLES)
  const cuts = new Uint8Array(data.length)
  for (const stride of [1, width]) {
    cutResiduals(data, stride, order, step, cuts)
    const [right, bottom] = stride === 1 ? [width - 4, height] : [width, height - 4]
    for (let y = stride === 1 ? 0 : 1; y < bottom; y++)
      for (let x = stride === 1 ? 1 : 0, at = y * width + x; x < right; x++, at++) {
        const place = (cuts[at]! * LEVELS + cuts[at + stride]!) * LEVELS + cuts[at + 2 * stride]!
        shares[TRIPLE_PLACES[place]!]! += 1
      }
  }
  return rootShares(shares)
}

/** By order: what the values before, at, after and two after a place count in the residual. */
const WEIGHTS = {
  1: [0, -1, 1, 0],
  2: [1 / 2, -1, 1 / 2, 0],
  3: [1 / 3, -1, 1, -1 / 3],
} as const

function cutResiduals(
  data: Float32Array,
  stride: number,
  order: 1 | 2 | 3,
  step: number,
  cuts: Uint8Array,
): void {
  const [before, here, after, beyond] = WEIGHTS[order]
  for (let at = stride; at < data.length - 2 * stride; at++) {
    const residual =
      before * data[at - stride]! +
      here * data[at]! +
      after * data[at + stride]! +
      beyond * data[at + 2 * stride]!
    cuts[at] = cut(residual / step)
  }
}

/** Root shares of what the residuals of red, green and blue are at the same pixel. */
function colourShares({ width, height, data }: Raster, step: number): Float32Array {
  const shares = new Float32Array(COLOURS)
  for (let y = 1; y < height - 1; y++)
    for (let x = 1; x < width - 1; x++)
      for (const stride of [3, 3 * width]) {
        let place = 0
        for (let k = 0, at = 3 * (y * width + x); k < 3; k++, at++)
          place = place * LEVELS + cut((data[at - stride]! - 2 * data[at]! + data[at + stride]!) / (2 * step))
        shares[COLOUR_PLACES[place]!]! += 1
      }
  return rootShares(shares)
}

function cut(steps: number): number {
  return steps >= CUT ? LEVELS - 1 : steps <= -CUT ? 0 : (steps + CUT + 0.5) | 0
}

function rootShares(counts: Float32Array): Float32Array {
  const count = counts.reduce((sum, one) => sum + one, 0)
  return counts.map(one => Math.sqrt(one / Math.max(1, count)))
}

type Triple = readonly [number, number, number]

/** Place by triple, triples that are the same together; and how many places there are. */
function placesOf(same: (triple: Triple) => readonly Triple[]): [Uint8Array, number] {
  const indexOf = ([a, b, c]: Triple) => ((a + CUT) * LEVELS + b + CUT) * LEVELS + c + CUT
  const places = new Uint8Array(LEVELS ** 3)
  let count = 0
  for (let i = 0; i < LEVELS ** 3; i++) {
    const triple = [Math.floor(i / LEVELS ** 2), Math.floor(i / LEVELS) % LEVELS, i % LEVELS].map(
      level => level - CUT,
    ) as unknown as Triple
    const first = Math.min(...same(triple).map(indexOf))
    places[i] = first === i ? count++ : places[first]!
  }
  return [places, count]
}
