import type { GradientField } from './gradient-field.ts'

/** Four parts of a logo, four orientations of edges in each. */
const GROUPS = 16
const ORIENTATIONS = 4
/** Squared length of a gradient of a logo, below which it is no edge. */
const EDGE_MIN = 0.01
/** Energy a pixel and a group that counts as noise. */
const NOISE = { pixel: 0.02, group: 0.5 } as const

/** Length of a gradient below which it has no direction. */
const LENGTH_MIN = 1e-3

/** How a logo agrees with a picture in detail; what is said of edges is taken towards the whole: 1 where they agree as it does. */
export interface Agreement {
  /** Pixels on edges of the logo, as many as if all were as long. */
  readonly edges: number
  /** Mean cosine of the angles between the logo's gradients and those that lie there. */
  readonly directions: number
  /** Mean correlations of each quarter's edges, of each orientation alike, least first. */
  readonly quarters: readonly number[]
  /** Mean length of the picture's gradients where the logo has none. */
  readonly beside: number
  /** Logarithm of that over the usual one on the logo's edges. */
  readonly besideToEdges: number
}

/** Correlation of a logo with what lies where its left upper corner is, -1 to 1; what reaches out of the picture agrees with nothing. */
export function wholeAt(field: GradientField, logo: GradientField, left: number, top: number): number {
  let [sum, owns, all] = [0, 1e-9, 1e-9]
  for (let row = 0, i = 0; row < logo.height; row++) {
    const y = top + row
    const isRow = y >= 0 && y < field.height
    for (let x = left, at = y * field.width + left; x < left + logo.width; x++, at++, i++) {
      const ownX = logo.x[i]!
      const ownY = logo.y[i]!
      const square = ownX * ownX + ownY * ownY
      const isEdge = square >= EDGE_MIN
      if (isEdge) owns += square
      if (!isRow || x < 0 || x >= field.width) continue
      const thereX = field.x[at]!
      const thereY = field.y[at]!
      all += thereX * thereX + thereY * thereY
      if (isEdge) sum += ownX * thereX + ownY * thereY
    }
  }
  return sum / Math.sqrt(owns * (all + NOISE.pixel * logo.width * logo.height))
}

const products = new Float64Array(GROUPS)
const there = new Float64Array(GROUPS)
const own = new Float64Array(GROUPS)

/** How a logo agrees with a picture where its left upper corner lies at a pixel. */
export function agreementAt(field: GradientField, logo: GradientField, left: number, top: number): Agreement {
  for (const sums of [products, there, own]) sums.fill(0)
  let [fourths, cosines, beside, plain, edge] = [1e-9, 0, 0, 1e-9, 0]
  for (let row = 0, i = 0; row < logo.height; row++) {
    const y = top + row
    for (let column = 0; column < logo.width; column++, i++) {
      const x = left + column
      const inside = y >= 0 && x >= 0 && y < field.height && x < field.width
      const at = y * field.width + x
      const thereX = inside ? field.x[at]! : 0
      const thereY = inside ? field.y[at]! : 0
      const energy = thereX * thereX + thereY * thereY
      const ownX = logo.x[i]!
      const ownY = logo.y[i]!
      const square = ownX * ownX + ownY * ownY
      if (square < EDGE_MIN) {
        beside += Math.sqrt(energy)
        plain++
        continue
      }
      edge++
      fourths += square * square
      const part = (row * 2 < logo.height ? 0 : 2) + (column * 2 < logo.width ? 0 : 1)
      const group = part * ORIENTATIONS + orientationOf(ownX, ownY)
      const product = ownX * thereX + ownY * thereY
      own[group]! += square
      there[group]! += energy
      products[group]! += product
      const length = Math.sqrt(energy)
      if (length > LENGTH_MIN) cosines += (product * Math.sqrt(square)) / length
    }
  }
  const [sum, owns, energy] = [products, own, there].map(total) as [number, number, number]
  const sign = Math.sign(sum) || 1
  return {
    edges: owns ** 2 / fourths,
    directions: (sign * cosines) / owns,
    quarters: quartersOf(sign),
    beside: beside / plain,
    besideToEdges: Math.log(
      (NOISE.pixel + beside / plain) / (NOISE.pixel + Math.sqrt(energy / Math.max(1, edge))),
    ),
  }
}

const total = (values: Float64Array) => values.reduce((sum, value) => sum + value, 1e-9)

/** 0: upright edges, 1: level ones, 2 and 3: slanting ones. */
function orientationOf(x: number, y: number): number {
  const [across, down] = [Math.abs(x), Math.abs(y)]
  if (across > 2.41 * down) return 0
  if (down > 2.41 * across) return 1
  return x * y > 0 ? 2 : 3
}

function quartersOf(sign: number): number[] {
  const means: number[] = []
  for (let from = 0; from < GROUPS; from += ORIENTATIONS) {
    let [sum, weights] = [0, 1e-9]
    for (let group = from; group < from + ORIENTATIONS; group++) {
      const weight = Math.sqrt(own[group]!)
      const agreement = products[group]! / Math.sqrt((own[group]! + 1e-6) * (there[group]! + NOISE.group))
      sum += sign * weight * agreement
      weights += weight
    }
    means.push(sum / weights)
  }
  return means.sort((a, b) => a - b)
}
