import type { Planes } from './planes.ts'

const REACHES = [1, 2] as const
const PATTERNS = 10
const ANGLES = 8
const STRENGTHS = 10
const GRID = 4

/** Names of what `textureStatistics` answers, in its order. */
export const textureStatisticNames: readonly string[] = [
  ...REACHES.flatMap(reach => Array.from({ length: PATTERNS }, (_, i) => `pattern${reach}.${i}`)),
  ...Array.from({ length: ANGLES }, (_, i) => `angle.${i}`),
  ...Array.from({ length: STRENGTHS }, (_, i) => `strength.${i}`),
  ...Array.from({ length: GRID * GRID }, (_, i) => `edges.${i}`),
  'edges.spread',
]

/** By the bits of a pattern, one for each neighbour that is no darker: ones of a uniform pattern, or the last for others. */
const patternOf = Uint8Array.from({ length: 256 }, (_, bits) => {
  const at = (k: number) => (bits >> (k % 8)) & 1
  const neighbours = Array.from({ length: 8 }, (_unused, k) => k)
  const changes = neighbours.filter(k => at(k) !== at(k + 1)).length
  return changes <= 2 ? neighbours.filter(k => at(k) === 1).length : PATTERNS - 1
})

/** By the squared length of a gradient in half grey values. */
const strengthOf = Uint8Array.from({ length: 2 * 255 * 255 + 1 }, (_, squared) =>
  Math.min(STRENGTHS - 1, Math.floor(1.5 * Math.log2(1 + Math.sqrt(squared) / 2))),
)

/**
 * Local binary patterns (Ojala et al., 2002), directions and strengths of edges, and where the edges lie.
 */
export function textureStatistics(planes: Planes): Float32Array {
  return Float32Array.from([
    ...REACHES.flatMap(reach => [...binaryPatterns(planes, reach)]),
    ...edgeStatistics(planes),
  ])
}

/** Shares of the nine uniform patterns, whichever way they are turned, and of all others together. */
function binaryPatterns({ width, height, grey }: Planes, reach: number): Float32Array {
  const shares = new Float32Array(PATTERNS)
  const counts = new Uint32Array(256)
  const down = width * reach
  for (let y = reach; y < height - reach; y++)
    for (let x = reach, at = y * width + reach; x < width - reach; x++, at++) {
      const here = grey[at]!
      const bits =
        Number(grey[at - down - reach]! >= here) |
        (Number(grey[at - down]! >= here) << 1) |
        (Number(grey[at - down + reach]! >= here) << 2) |
        (Number(grey[at + reach]! >= here) << 3) |
        (Number(grey[at + down + reach]! >= here) << 4) |
        (Number(grey[at + down]! >= here) << 5) |
        (Number(grey[at + down - reach]! >= here) << 6) |
        (Number(grey[at - reach]! >= here) << 7)
      counts[bits]! += 1
    }
  const count = Math.max(1, (width - 2 * reach) * (height - 2 * reach))
  for (let bits = 0; bits < 256; bits++) shares[patternOf[bits]!]! += counts[bits]! / count
  return shares
}

/** Tangent of an eighth of a half turn. */
const EIGHTH = Math.SQRT2 - 1

function edgeStatistics({ width, height, grey }: Planes): number[] {
  const angles = new Float64Array(ANGLES)
  const strengths = new Uint32Array(STRENGTHS)
  const grid = new Float64Array(GRID * GRID)
  for (let y = 1; y < height - 1; y++) {
    const row = Math.floor((y * GRID) / height) * GRID
    for (let x = 1, at = y * width + 1; x < width - 1; x++, at++) {
      const across = grey[at + 1]! - grey[at - 1]!
      const down = grey[at + width]! - grey[at - width]!
      const squared = across * across + down * down
      strengths[strengthOf[squared]!]! += 1
      if (squared === 0) continue
      const strength = Math.sqrt(squared) / 2
      angles[angleOf(across, down)]! += strength
      grid[row + Math.floor((x * GRID) / width)]! += strength
    }
  }
  const pixels = width * height
  const means = Array.from(grid, one => (one * GRID * GRID) / pixels)
  const mean = means.reduce((sum, one) => sum + one, 0) / means.length
  const spread = Math.sqrt(means.reduce((sum, one) => sum + (one - mean) ** 2, 0) / means.length)
  return [
    ...Array.from(angles, one => one / pixels),
    ...Array.from(strengths, count => count / pixels),
    ...means.map(one => one / 64),
    spread / (mean + 1),
  ]
}

/** Which eighth of the half turn a gradient points to, whichever of its two ways. */
function angleOf(across: number, down: number): number {
  const [x, y] = [Math.abs(across), Math.abs(down)]
  const eighth = y < x ? (y < EIGHTH * x ? 0 : 1) : x < EIGHTH * y ? 3 : 2
  return across < 0 === down < 0 ? eighth : ANGLES - 1 - eighth
}
