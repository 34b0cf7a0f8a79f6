import { type GradientField, gradientField } from './gradient-field.ts'
import type { Place } from './logo-search.ts'
import { type LogoShape, logoAt } from './logo-template.ts'
import type { Box, Raster } from './raster.ts'
import { cropRaster, resizeRaster } from './resize.ts'
import { type Channel, LEVEL_0_SIDE, LEVEL_STEP, planeOf, type SizedPicture } from './size-tiles.ts'

/** How a picture agrees with a logo at a place. */
export interface Verified {
  readonly box: Box
  /** Correlations, -1 to 1: of brightness and of both colour channels. */
  readonly agreements: readonly [number, number, number]
  /** Of each of four parts, by channel. */
  readonly parts: readonly (readonly number[])[]
  readonly strength: number
  readonly byColour: boolean
  readonly fine: number
  readonly dof: number
}

const STEPS = [-2, -1, 0, 1, 2].map(step => LEVEL_STEP ** (step / 3.5))
const SIDES = [20, 28, 40]
const POINTS = 160

interface Points {
  readonly field: GradientField
  readonly half: GradientField
  /** Places of the longest gradients. */
  readonly x: Int32Array
  readonly y: Int32Array
  readonly tx: Float32Array
  readonly ty: Float32Array
}

export interface FineLogo {
  at(side: number): Points[]
}

/** A logo at the sizes it is verified at. */
export function fineSizes(shape: LogoShape): FineLogo {
  const known = new Map<number, Points[]>()
  return {
    at(side) {
      let made = known.get(side)
      if (made === undefined) {
        made = STEPS.map(step => pointsOf(logoAt(shape, side * step), logoAt(shape, (side * step) / 2)))
        known.set(side, made)
      }
      return made
    },
  }
}

function pointsOf(field: GradientField, half: GradientField): Points {
  const length = (i: number) => field.x[i]! ** 2 + field.y[i]! ** 2
  const order = Array.from(field.x.keys()).sort((a, b) => length(b) - length(a) || a - b).slice(0, POINTS)
  return {
    field,
    half,
    x: Int32Array.from(order, i => i % field.width),
    y: Int32Array.from(order, i => Math.floor(i / field.width)),
    tx: Float32Array.from(order, i => field.x[i]!),
    ty: Float32Array.from(order, i => field.y[i]!),
  }
}

export function verify({ copy }: SizedPicture, place: Place, fineLogo: FineLogo): Verified | null {
  // pixels of the copy
  const unit = Math.sqrt(copy.width * copy.height) / (LEVEL_0_SIDE / LEVEL_STEP ** place.level)
  const native = place.side * unit
  const side = SIDES.filter(one => one <= native * 1.25).at(-1) ?? SIDES[0]!
  const sizes = fineLogo.at(side)
  const scale = side / native
  const big = sizes.at(-1)!.field
  const margin = 7 + (2 * side) / place.side
  const [w, h] = [(big.width + 2 * margin) / scale, (big.height + 2 * margin) / scale]
  const left0 = Math.max(0, Math.round(place.x * copy.width - w / 2))
  const top0 = Math.max(0, Math.round(place.y * copy.height - h / 2))
  const cut = cropRaster(
    copy,
    left0,
    top0,
    Math.round(Math.min(copy.width, place.x * copy.width + w / 2)) - left0,
    Math.round(Math.min(copy.height, place.y * copy.height + h / 2)) - top0,
  )
  const sized = (by: number): Raster =>
    resizeRaster(cut, Math.max(4, Math.round(cut.width * by)), Math.max(4, Math.round(cut.height * by)))
  const field = (raster: Raster, channel: Channel) => gradientField(planeOf(raster, channel))
  const whole = sized(scale)
  const halfRaster = sized(scale / 2)
  const bright = field(whole, 0)
  const red = field(halfRaster, 1)
  const blue = field(halfRaster, 2)
  // colour at the full size for climbing
  const climbFields = place.byColour ? [field(whole, 1), field(whole, 2)] : [bright]
  const [sx, sy] = [whole.width / cut.width, whole.height / cut.height]
  const middleX = (place.x * copy.width - left0) * sx
  const middleY = (place.y * copy.height - top0) * sy
  const around = Math.ceil((1.5 * side) / place.side)
  let best = { value: 0, step: 2, x: 0, y: 0 }
  for (const [step, points] of sizes.entries()) {
    const left = Math.round(middleX - points.field.width / 2)
    const top = Math.round(middleY - points.field.height / 2)
    for (let y = top - around; y <= top + around; y += 2)
      for (let x = left - around; x <= left + around; x += 2) {
        let value = 0
        for (const one of climbFields) value += climbAt(one, points, x, y) ** 2
        if (value > best.value) best = { value, step, x, y }
      }
  }
  let found: Verified | null = null
  let foundValue = 0
  const points = sizes[best.step]!
  const full = points.field
  for (let y = best.y - 1; y <= best.y + 1; y++)
    for (let x = best.x - 1; x <= best.x + 1; x++) {
      const inBright = agreementAt(bright, full, x, y)
      const [hx, hy] = [
        Math.round(((x + full.width / 2) / whole.width) * halfRaster.width - points.half.width / 2),
        Math.round(((y + full.height / 2) / whole.height) * halfRaster.height - points.half.height / 2),
      ]
      const inRed = agreementAt(red, points.half, hx, hy)
      const inBlue = agreementAt(blue, points.half, hx, hy)
      const value = inBright.whole ** 2 + 0.5 * (inRed.whole ** 2 + inBlue.whole ** 2)
      if (value > foundValue) {
        foundValue = value
        found = {
          box: {
            x: (x / sx + left0) / copy.width,
            y: (y / sy + top0) / copy.height,
            width: full.width / sx / copy.width,
            height: full.height / sy / copy.height,
          },
          agreements: [inBright.whole, inRed.whole, inBlue.whole],
          parts: [inBright.parts, inRed.parts, inBlue.parts],
          strength: place.strength,
          byColour: place.byColour,
          fine: side,
          dof: inBright.dof,
        }
      }
    }
  return found
}

function climbAt(field: GradientField, points: Points, left: number, top: number): number {
  let sum = 0
  for (let i = 0; i < points.x.length; i++) {
    const x = left + points.x[i]!
    const y = top + points.y[i]!
    if (x < 0 || y < 0 || x >= field.width || y >= field.height) continue
    const at = y * field.width + x
    sum += points.tx[i]! * field.x[at]! + points.ty[i]! * field.y[at]!
  }
  return sum
}

/** The correlation of a place with a logo, all over and in each of four parts. */
function agreementAt(field: GradientField, logo: GradientField, left: number, top: number) {
  const products = [0, 0, 0, 0]
  const there = [1e-6, 1e-6, 1e-6, 1e-6]
  const own = [1e-6, 1e-6, 1e-6, 1e-6]
  let fourth = 1e-9
  for (let row = 0; row < logo.height; row++) {
    const y = top + row
    for (let column = 0; column < logo.width; column++) {
      const i = row * logo.width + column
      const part = (row * 2 < logo.height ? 0 : 2) + (column * 2 < logo.width ? 0 : 1)
      const o = logo.x[i]! ** 2 + logo.y[i]! ** 2
      own[part]! += o
      fourth += o * o
      const x = left + column
      if (y < 0 || x < 0 || y >= field.height || x >= field.width) continue
      const at = y * field.width + x
      products[part]! += logo.x[i]! * field.x[at]! + logo.y[i]! * field.y[at]!
      there[part]! += field.x[at]! ** 2 + field.y[at]! ** 2
    }
  }
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
  return {
    whole: sum(products) / Math.sqrt(sum(own) * (sum(there) + 0.02 * logo.width * logo.height)),
    parts: products.map(
      (value, i) => value / Math.sqrt(own[i]! * (there[i]! + 0.005 * logo.width * logo.height)),
    ),
    dof: sum(own) ** 2 / fourth,
  }
}
