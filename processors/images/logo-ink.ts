import type { Plane } from './gradient-field.ts'
import type { Raster } from './raster.ts'

/** Bits of a colour channel by which colours are counted. */
const BITS = 4
const CELLS = 1 << (3 * BITS)
/** Colours that are tried as the ink. */
const CANDIDATES = 8
/** Distance of colours (root of the sum of squares of red, green and blue): within the ink, and apart from it. */
const NEAR = 36
const APART = 64
/** Share of the box that ink takes. */
const SHARE_MIN = 0.025
/** Of what is not apart from the ink, that is near it: few colours lie between, as along edges. */
const CLEAR_MIN = 0.45
/** Of the border of the box that is ink, over the share within: a mark lies within the box, its ground reaches out of it. */
const BORDER_MAX = 0.75
/** Pixels of the border. */
const BORDER = 2

/**
 * Parts a marked logo from the ground it was marked on: how much of each pixel is ink, 0–255. Ink is a colour that takes a good part of
 * the box, that few pixels come near without being of it, and that the border of the box has little of. Where there is none, the
 * picture's own brightness in the direction in which its colours differ most.
 * @param image the marked box
 */
export function inkOf(image: Raster): Plane {
  let best: { readonly colour: Colour; readonly score: number } | null = null
  for (const colour of frequentColours(image)) {
    const score = scoreOf(image, colour)
    if (score > (best?.score ?? 0)) best = { colour, score }
  }
  return best === null ? contrastOf(image) : nearness(image, best.colour)
}

type Colour = readonly [number, number, number]

function frequentColours({ data, channels }: Raster): Colour[] {
  const counts = new Uint32Array(CELLS)
  const sums = new Float64Array(CELLS * 3)
  for (let i = 0; i < data.length; i += channels) {
    const colour = [0, 1, 2].map(k => data[i + Math.min(k, channels - 1)]!)
    const cell = colour.reduce((sum, value) => (sum << BITS) | (value >> (8 - BITS)), 0)
    counts[cell]!++
    for (const [k, value] of colour.entries()) sums[cell * 3 + k]! += value
  }
  const found: Colour[] = []
  const order = Array.from(counts.keys())
    .filter(cell => counts[cell]! > 0)
    .sort((a, b) => counts[b]! - counts[a]! || a - b)
  for (const cell of order) {
    const colour = [0, 1, 2].map(k => sums[cell * 3 + k]! / counts[cell]!) as [number, number, number]
    if (found.every(other => distance(colour, other) > NEAR)) found.push(colour)
    if (found.length === CANDIDATES) break
  }
  return found
}

const distance = (one: Colour, other: Colour) =>
  Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2])

function distanceAt({ data, channels }: Raster, pixel: number, [red, green, blue]: Colour): number {
  const i = pixel * channels
  const [g, b] = channels === 1 ? [i, i] : [i + 1, i + 2]
  return Math.hypot(data[i]! - red, data[g]! - green, data[b]! - blue)
}

/** How likely a colour is the ink; 0 where it is not. */
function scoreOf(image: Raster, colour: Colour): number {
  const { width, height } = image
  let [near, between, border, borderNear] = [0, 0, 0, 0]
  for (let y = 0, pixel = 0; y < height; y++) {
    for (let x = 0; x < width; x++, pixel++) {
      const away = distanceAt(image, pixel, colour)
      const outer = x < BORDER || y < BORDER || x >= width - BORDER || y >= height - BORDER
      if (outer) border++
      if (away <= NEAR) {
        near++
        if (outer) borderNear++
      } else if (away <= APART) between++
    }
  }
  const share = near / (width * height)
  const clear = near / (near + between)
  const onBorder = borderNear / border / share
  if (share < SHARE_MIN || clear < CLEAR_MIN || onBorder > BORDER_MAX) return 0
  return clear * (1 - onBorder) * Math.sqrt(share)
}

function nearness(image: Raster, colour: Colour): Plane {
  const { width, height } = image
  const data = new Float32Array(width * height)
  for (let i = 0; i < data.length; i++) {
    const away = distanceAt(image, i, colour)
    data[i] = 255 * Math.max(0, Math.min(1, (APART * 1.5 - away) / (APART * 1.5 - NEAR / 2)))
  }
  return { width, height, data }
}

/** The picture along the first principal axis of its colours' differences from pixel to pixel. */
function contrastOf(image: Raster): Plane {
  const { width, height, data, channels } = image
  const plane = { width, height, data: new Float32Array(width * height) }
  if (channels === 1) {
    plane.data.set(data)
    return plane
  }
  const spread = new Float64Array(9)
  for (let i = 0; i < (width * height - width - 1) * 3; i += 3) {
    for (const step of [3, width * 3]) {
      const d = [0, 1, 2].map(k => data[i + step + k]! - data[i + k]!)
      for (let k = 0; k < 9; k++) spread[k]! += d[(k / 3) | 0]! * d[k % 3]!
    }
  }
  let axis = [0.4, 0.8, 0.4]
  for (let turn = 0; turn < 20; turn++) {
    const next = [0, 1, 2].map(k => [0, 1, 2].reduce((sum, j) => sum + spread[k * 3 + j]! * axis[j]!, 0))
    const length = Math.hypot(...next)
    if (length === 0) break
    axis = next.map(value => value / length)
  }
  for (let i = 0; i < plane.data.length; i++)
    plane.data[i] = axis[0]! * data[i * 3]! + axis[1]! * data[i * 3 + 1]! + axis[2]! * data[i * 3 + 2]!
  return plane
}
