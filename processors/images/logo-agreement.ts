import type { GradientField } from './gradient-field.ts'

/** Four parts of a logo, four orientations of edges in each. */
const GROUPS = 16
const ORIENTATIONS = 4
/** Squared length of a gradient of a logo, below which it is no edge. */
const EDGE_MIN = 0.01
/** Energy a pixel and a group that counts as noise. */
const NOISE = { pixel: 0.02, group: 0.5 } as const

export interface Agreement {
  /** Correlation of a logo with what lies there, -1 to 1. */
  readonly whole: number
  /** Pixels on edges of the logo, as many as if all were as long. */
  readonly edges: number
  /** Mean correlations of the edges of each orientation, towards the whole, least first. */
  readonly orientations: readonly number[]
}

const products = new Float64Array(GROUPS)
const there = new Float64Array(GROUPS)
const own = new Float64Array(GROUPS)

/** How a logo agrees with a picture where its left upper corner lies at a pixel; what reaches out of the picture agrees with nothing. */
export function agreementAt(field: GradientField, logo: GradientField, left: number, top: number): Agreement {
  products.fill(0)
  there.fill(0)
  own.fill(0)
  let [owns, fourths, all] = [1e-9, 1e-9, 1e-9]
  for (let row = 0, i = 0; row < logo.height; row++) {
    const y = top + row
    for (let column = 0; column < logo.width; column++, i++) {
      const x = left + column
      const inside = y >= 0 && x >= 0 && y < field.height && x < field.width
      const at = y * field.width + x
      const thereX = inside ? field.x[at]! : 0
      const thereY = inside ? field.y[at]! : 0
      const energy = thereX * thereX + thereY * thereY
      all += energy
      const ownX = logo.x[i]!
      const ownY = logo.y[i]!
      const square = ownX * ownX + ownY * ownY
      if (square < EDGE_MIN) continue
      owns += square
      fourths += square * square
      const part = (row * 2 < logo.height ? 0 : 2) + (column * 2 < logo.width ? 0 : 1)
      const group = part * ORIENTATIONS + orientationOf(ownX, ownY)
      own[group]! += square
      there[group]! += energy
      products[group]! += ownX * thereX + ownY * thereY
    }
  }
  const sum = products.reduce((total, value) => total + value, 0)
  return {
    whole: sum / Math.sqrt(owns * (all + NOISE.pixel * logo.width * logo.height)),
    edges: owns ** 2 / fourths,
    orientations: orientationsOf(Math.sign(sum)),
  }
}

/** 0: upright edges, 1: level ones, 2 and 3: slanting ones. */
function orientationOf(x: number, y: number): number {
  const [across, down] = [Math.abs(x), Math.abs(y)]
  if (across > 2.41 * down) return 0
  if (down > 2.41 * across) return 1
  return x * y > 0 ? 2 : 3
}

function orientationsOf(sign: number): number[] {
  const means: number[] = []
  for (let orientation = 0; orientation < ORIENTATIONS; orientation++) {
    let [total, weights] = [0, 1e-9]
    for (let group = orientation; group < GROUPS; group += ORIENTATIONS) {
      const weight = Math.sqrt(own[group]!)
      const agreement = products[group]! / Math.sqrt((own[group]! + 1e-6) * (there[group]! + NOISE.group))
      total += sign * weight * agreement
      weights += weight
    }
    means.push(total / weights)
  }
  return means.sort((a, b) => a - b)
}
