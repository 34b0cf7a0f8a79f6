import type { Raster } from './raster.ts'

/** Residuals are cut at this many steps to either side. */
const CUT = 2
const LEVELS = 2 * CUT + 1
/** Grey values a step of the residual: fine noise, and edges of faint text. */
const STEPS = [2, 6] as const
/** Three neighbours, each of `LEVELS`. */
const TRIPLES = LEVELS ** 3
const PATTERNS = 10
const ANGLES = 8
const STRENGTHS = 10
const GRID = 4

/** Names of what `textureStatistics` answers, in its order. */
export const textureStatisticNames: readonly string[] = [
  ...STEPS.flatMap(step => Array.from({ length: TRIPLES }, (_, i) => `residual${step}.${i}`)),
  ...[1, 2].flatMap(reach => Array.from({ length: PATTERNS }, (_, i) => `pattern${reach}.${i}`)),
  ...Array.from({ length: ANGLES }, (_, i) => `angle.${i}`),
  ...Array.from({ length: STRENGTHS }, (_, i) => `strength.${i}`),
  ...Array.from({ length: GRID * GRID }, (_, i) => `edges.${i}`),
  'edges.spread',
]

/**
 * How neighbouring pixels go with each other, which pasting and blending disturb: co-occurrences of second differences
 * (the rich models of Fridrich & Kodovský, 2012, in small), local binary patterns (Ojala et al., 2002), directions and
 * strengths of edges, and where the edges lie.
 * @param grey one channel, of the size that all are compared at
 */
export function textureStatistics(grey: Raster): Float32Array {
  return Float32Array.from([
    ...STEPS.flatMap(step => [...residualTriples(grey, step)]),
    ...[1, 2].flatMap(reach => [...binaryPatterns(grey, reach)]),
    ...edgeStatistics(grey),
  ])
}

/** Root shares of triples of neighbouring residuals, along rows and columns together. */
function residualTriples({ width, height, data }: Raster, step: number): Float32Array {
  const shares = new Float32Array(TRIPLES)
  for (const [stride, across] of [
    [1, true],
    [width, false],
  ] as const) {
    const [right, bottom] = across ? [width - 3, height] : [width, height - 3]
    for (let y = across ? 0 : 1; y < bottom; y++)
      for (let x = across ? 1 : 0; x < right; x++) {
        let place = 0
        for (let k = 0, at = y * width + x; k < 3; k++, at += stride) {
          const residual = (data[at - stride]! - 2 * data[at]! + data[at + stride]!) / (2 * step)
          place = place * LEVELS + CUT + Math.max(-CUT, Math.min(CUT, Math.round(residual)))
        }
        shares[place]! += 1
      }
  }
  const count = shares.reduce((sum, share) => sum + share, 0)
  return shares.map(share => Math.sqrt(share / Math.max(1, count)))
}

/** Shares of the nine uniform patterns, whichever way they are turned, and of all others together. */
function binaryPatterns({ width, height, data }: Raster, reach: number): Float32Array {
  const around = [-width - 1, -width, -width + 1, 1, width + 1, width, width - 1, -1].map(one => one * reach)
  const shares = new Float32Array(PATTERNS)
  let count = 0
  for (let y = reach; y < height - reach; y++)
    for (let x = reach; x < width - reach; x++) {
      const at = y * width + x
      let ones = 0
      let changes = 0
      let last = data[at + around[7]!]! >= data[at]!
      for (let k = 0; k < 8; k++) {
        const one = data[at + around[k]!]! >= data[at]!
        if (one) ones++
        if (one !== last) changes++
        last = one
      }
      shares[changes <= 2 ? ones : PATTERNS - 1]! += 1
      count++
    }
  return shares.map(share => share / Math.max(1, count))
}

function edgeStatistics({ width, height, data }: Raster): number[] {
  const angles = new Float32Array(ANGLES)
  const strengths = new Float32Array(STRENGTHS)
  const grid = new Float32Array(GRID * GRID)
  const [cellWidth, cellHeight] = [width / GRID, height / GRID]
  for (let y = 1; y < height - 1; y++)
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x
      const across = (data[at + 1]! - data[at - 1]!) / 2
      const down = (data[at + width]! - data[at - width]!) / 2
      const strength = Math.sqrt(across * across + down * down)
      const angle = (Math.atan2(down, across) / Math.PI + 1) * ANGLES
      angles[Math.floor(angle) % ANGLES]! += strength / (width * height)
      strengths[Math.min(STRENGTHS - 1, Math.floor(1.5 * Math.log2(1 + strength)))]! += 1 / (width * height)
      grid[Math.floor(y / cellHeight) * GRID + Math.floor(x / cellWidth)]! +=
        strength / (cellWidth * cellHeight)
    }
  const mean = grid.reduce((sum, one) => sum + one, 0) / grid.length
  const spread = Math.sqrt(grid.reduce((sum, one) => sum + (one - mean) ** 2, 0) / grid.length)
  return [...angles, ...strengths, ...grid.map(one => one / 64), spread / (mean + 1)]
}
