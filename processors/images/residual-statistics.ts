import { LUMA_STEPS, type Planes } from './planes.ts'
import type { Raster } from './raster.ts'

/** Residuals are cut at this many steps to either side. */
const CUT = 2
const LEVELS = 2 * CUT + 1
const PLACES = LEVELS ** 3

type Triple = readonly [number, number, number]

/** Triples that are the same are counted together: one read backwards, or with all signs turned. */
const alongTriples = foldTriples(([a, b, c]) => [
  [a, b, c],
  [c, b, a],
  [-a, -b, -c],
  [-c, -b, -a],
])
/** The same of red, green and blue, which have their own order. */
const colourTriples = foldTriples(([a, b, c]) => [
  [a, b, c],
  [-a, -b, -c],
])

/** What is counted: of the brightness and of two differences of colour, with the values of a step of the residual. */
const COUNTED = [
  { plane: 'luma', order: 2, steps: [1, 3, 8] },
  { plane: 'luma', order: 1, steps: [2] },
  { plane: 'luma', order: 3, steps: [3] },
  { plane: 'redness', order: 2, steps: [1] },
  { plane: 'redness', order: 1, steps: [1] },
  { plane: 'blueness', order: 2, steps: [1] },
  { plane: 'blueness', order: 1, steps: [1] },
] as const
const COLOUR_STEPS = [2, 6] as const

/** Names of what `residualStatistics` answers, in its order. */
export const residualStatisticNames: readonly string[] = [
  ...COUNTED.flatMap(({ plane, order, steps }) =>
    steps.flatMap(step => alongTriples.names.map(name => `${plane}.order${order}.step${step}.${name}`)),
  ),
  ...COLOUR_STEPS.flatMap(step => colourTriples.names.map(name => `colours.step${step}.${name}`)),
]

/** Of a residual that is given as `order` says: what one grey value is in it. */
const UNITS = { 1: 1, 2: 2, 3: 3 } as const
const PLANE_STEPS = { luma: LUMA_STEPS, redness: 2, blueness: 2 } as const

/** By whole residual, shifted to be no index below 0: its level. */
interface LevelTable {
  readonly levels: Uint8Array
  readonly shift: number
}

/** @param unit what a step is in whole residuals @param reach the largest residual there is */
function levelTable(unit: number, reach: number): LevelTable {
  const levels = Uint8Array.from({ length: 2 * reach + 1 }, (_, i) => {
    const steps = Math.floor((i - reach) / unit + 0.5)
    return CUT + Math.max(-CUT, Math.min(CUT, steps))
  })
  return { levels, shift: reach }
}

const counted = COUNTED.flatMap(({ plane, order, steps }) =>
  steps.map(step => {
    const unit = PLANE_STEPS[plane]
    // A plane has values of 256 steps, either side of 0 for colours; weights of a residual add up to 2 × order at most.
    return { plane, order, table: levelTable(step * unit * UNITS[order], 512 * unit * 4) }
  }),
)
const colourTables = COLOUR_STEPS.map(step => levelTable(2 * step, 4 * 256))

/**
 * How the finest differences of neighbouring pixels go with each other, which blending and pasting disturb: co-occurrences
 * of cut residuals (the rich models of Fridrich & Kodovský, 2012, and their colour form, Goljan et al., 2014, in small).
 * @param image RGB, as little resampled as can be
 */
export function residualStatistics(image: Raster, planes: Planes): Float32Array {
  const scratch = new Uint8Array(planes.width * planes.height)
  return Float32Array.from([
    ...counted.flatMap(({ plane, order, table }) => {
      const places = new Uint32Array(PLACES)
      for (const stride of [1, planes.width]) {
        cutResiduals(planes[plane], stride, order, table, scratch)
        countTriples(scratch, planes, stride, places)
      }
      return [...rootShares(places, alongTriples)]
    }),
    ...colourTables.flatMap(table => [...rootShares(countColours(image, table), colourTriples)]),
  ])
}

/** Levels of all residuals that lie whole within the plane, read row by row. */
function cutResiduals(
  data: Int16Array,
  stride: number,
  order: 1 | 2 | 3,
  { levels, shift }: LevelTable,
  cuts: Uint8Array,
): void {
  const end = data.length - 2 * stride
  if (order === 1)
    for (let at = stride; at < end; at++) cuts[at] = levels[data[at + stride]! - data[at]! + shift]!
  else if (order === 2)
    for (let at = stride; at < end; at++)
      cuts[at] = levels[data[at - stride]! - 2 * data[at]! + data[at + stride]! + shift]!
  else
    for (let at = stride; at < end; at++)
      cuts[at] =
        levels[data[at - stride]! - data[at + 2 * stride]! + 3 * (data[at + stride]! - data[at]!) + shift]!
}

/** Three neighbouring levels each, along rows or along columns. */
function countTriples(
  cuts: Uint8Array,
  { width, height }: Planes,
  stride: number,
  places: Uint32Array,
): void {
  const isAlongRows = stride === 1
  const right = isAlongRows ? width - 4 : width
  const bottom = isAlongRows ? height : height - 4
  for (let y = isAlongRows ? 0 : 1; y < bottom; y++)
    for (let x = isAlongRows ? 1 : 0, at = y * width + x; x < right; x++, at++) {
      const place = (cuts[at]! * LEVELS + cuts[at + stride]!) * LEVELS + cuts[at + 2 * stride]!
      places[place]! += 1
    }
}

/** What the residuals of red, green and blue are at the same pixel, along rows and columns. */
function countColours({ width, height, data }: Raster, { levels, shift }: LevelTable): Uint32Array {
  const places = new Uint32Array(PLACES)
  const down = 3 * width
  for (let y = 1; y < height - 1; y++)
    for (let x = 1, at = 3 * (y * width + 1); x < width - 1; x++, at += 3) {
      const red = shift - 2 * data[at]!
      const green = shift - 2 * data[at + 1]!
      const blue = shift - 2 * data[at + 2]!
      const across =
        (levels[data[at - 3]! + data[at + 3]! + red]! * LEVELS +
          levels[data[at - 2]! + data[at + 4]! + green]!) *
          LEVELS +
        levels[data[at - 1]! + data[at + 5]! + blue]!
      const upright =
        (levels[data[at - down]! + data[at + down]! + red]! * LEVELS +
          levels[data[at + 1 - down]! + data[at + 1 + down]! + green]!) *
          LEVELS +
        levels[data[at + 2 - down]! + data[at + 2 + down]! + blue]!
      places[across]! += 1
      places[upright]! += 1
    }
  return places
}

interface FoldedTriples {
  readonly names: readonly string[]
  /** Index of the name, by place. */
  readonly indexes: Uint8Array
}

function rootShares(places: Uint32Array, { names, indexes }: FoldedTriples): Float32Array {
  const counts = new Float32Array(names.length)
  let total = 0
  for (let place = 0; place < PLACES; place++) {
    counts[indexes[place]!]! += places[place]!
    total += places[place]!
  }
  return counts.map(count => Math.sqrt(count / Math.max(1, total)))
}

/** Puts triples that are the same together, under the first of them. */
function foldTriples(same: (triple: Triple) => readonly Triple[]): FoldedTriples {
  const placeOf = ([a, b, c]: Triple) => ((a + CUT) * LEVELS + b + CUT) * LEVELS + c + CUT
  const names: string[] = []
  const indexes = new Uint8Array(PLACES)
  for (let place = 0; place < PLACES; place++) {
    const level = (unit: number) => (Math.floor(place / unit) % LEVELS) - CUT
    const triple: Triple = [level(LEVELS ** 2), level(LEVELS), level(1)]
    const first = Math.min(...same(triple).map(placeOf))
    if (first === place) {
      indexes[place] = names.length
      names.push(triple.join(','))
    } else indexes[place] = indexes[first]!
  }
  return { names, indexes }
}
