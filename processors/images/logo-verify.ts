import { type GradientField, gradientField } from './gradient-field.ts'
import { type Agreement, agreementAt } from './logo-agreement.ts'
import type { Place } from './logo-search.ts'
import { type LogoShape, logoAt } from './logo-template.ts'
import type { Box, Raster } from './raster.ts'
import { cropRaster, resizeRaster } from './resize.ts'
import { type Channel, LEVEL_STEP, planeOf, type SizedPicture } from './size-tiles.ts'

/** How well a logo fits where it was looked at closely. */
export interface Verified {
  readonly box: Box
  /** Log-odds, but for a constant, that the logo is there. */
  readonly score: number
}

/** A logo at the sizes in pixels at which places are verified; made when they are asked for. */
export type FineLogo = (side: number) => readonly FineSize[]

interface FineSize {
  readonly brightness: GradientField
  /** At half the size. */
  readonly colour: GradientField
  /** Numbers of the pixels of the longest gradients of brightness. */
  readonly longest: Int32Array
}

/** Sizes around that of the place, from half a level's step below to half a step above. */
const STEPS = [-2, -1, 0, 1, 2].map(step => LEVEL_STEP ** (step / 3.5))
/** √(width × height) of the logo, in pixels: the largest that the picture shows it at. */
const SIDES = [20, 28, 40]
/** Times that a picture may be enlarged for it. */
const ENLARGED_MAX = 1.25
/** Gradients compared while looking around. */
const LONGEST = 160
/** Pixels around a place, as parts of the logo's side, and from one to the next, that are tried. */
const AROUND = 0.1
const STRIDE = 2
/** Pixels around the logo that its gradients are held against. */
const MARGIN = 7
/** Of colour's agreement to brightness's: it has a quarter of the pixels. */
const COLOUR_SHARE = 0.7

/**
 * Weights of log-odds: a logistic regression on marked photos and on photos without, of logos drawn for the choosing. The two
 * orientations of edges that agree least speak for themselves: edges of a photo that fit by chance run one way.
 */
const WEIGHTS = { strength: 7.3, agreement: 10, edges: 2.5, weakest: 2.7, second: 5 } as const

export function fineLogo(shape: LogoShape): FineLogo {
  const known = new Map<number, readonly FineSize[]>()
  return side => {
    const sizes = known.get(side) ?? STEPS.map(step => fineSize(shape, side * step))
    known.set(side, sizes)
    return sizes
  }
}

function fineSize(shape: LogoShape, side: number): FineSize {
  const brightness = logoAt(shape, side)
  const length = (i: number) => brightness.x[i]! ** 2 + brightness.y[i]! ** 2
  const order = Array.from(brightness.x.keys()).sort((a, b) => length(b) - length(a) || a - b)
  return { brightness, colour: logoAt(shape, side / 2), longest: Int32Array.from(order.slice(0, LONGEST)) }
}

/** A part of a picture around a place, such that the logo is as large as it is verified at. */
interface Part {
  /** Pixels of the copy that it was cut from, and pixels of the part to one of them. */
  readonly left: number
  readonly top: number
  readonly scaleX: number
  readonly scaleY: number
  readonly whole: Raster
  readonly half: Raster
  readonly sizes: readonly FineSize[]
  readonly side: number
}

/** Looks around a place for where, and at which size, a logo fits best; null where it fits nowhere. */
export function verify({ copy }: SizedPicture, place: Place, logo: FineLogo): Verified | null {
  const part = partAround(copy, place, logo)
  const field = (raster: Raster, channel: Channel) => gradientField(planeOf(raster, channel))
  const bright = field(part.whole, 0)
  const looked = place.byColour ? [field(part.whole, 1), field(part.whole, 2)] : [bright]
  const near = climb(looked, part, copy, place)
  if (near === null) return null
  const { size, left, top } = near
  const colours = [field(part.half, 1), field(part.half, 2)] as const
  const byColour = colours.map(colour =>
    agreementAt(
      colour,
      size.colour,
      Math.round(
        ((left + size.brightness.width / 2) / part.whole.width) * colour.width - size.colour.width / 2,
      ),
      Math.round(
        ((top + size.brightness.height / 2) / part.whole.height) * colour.height - size.colour.height / 2,
      ),
    ),
  )
  const colour = COLOUR_SHARE * Math.hypot(...byColour.map(({ whole }) => whole))
  let found: Verified | null = null
  for (let y = top - 1; y <= top + 1; y++) {
    for (let x = left - 1; x <= left + 1; x++) {
      const agreement = agreementAt(bright, size.brightness, x, y)
      const score = scoreOf(place.strength, agreement, colour)
      if (score <= (found?.score ?? Number.NEGATIVE_INFINITY)) continue
      found = { score, box: boxOf(part, copy, size.brightness, x, y) }
    }
  }
  return found
}

function scoreOf(strength: number, { whole, edges, orientations }: Agreement, colour: number): number {
  const [weakest, second] = orientations
  return (
    WEIGHTS.strength * Math.log(strength) +
    WEIGHTS.agreement * Math.hypot(whole, colour) +
    WEIGHTS.edges * Math.log(Math.sqrt(edges)) +
    WEIGHTS.weakest * weakest! +
    WEIGHTS.second * second!
  )
}

function partAround(copy: Raster, { x, y, share }: Place, logo: FineLogo): Part {
  const shown = share * Math.sqrt(copy.width * copy.height)
  const side = SIDES.findLast(one => one <= shown * ENLARGED_MAX) ?? SIDES[0]!
  const sizes = logo(side)
  const scale = side / shown
  const { width, height } = sizes.at(-1)!.brightness
  const room = (length: number) => (length / 2 + AROUND * side + MARGIN) / scale
  const left = Math.max(0, Math.round(x * copy.width - room(width)))
  const top = Math.max(0, Math.round(y * copy.height - room(height)))
  const right = Math.min(copy.width, Math.round(x * copy.width + room(width)))
  const bottom = Math.min(copy.height, Math.round(y * copy.height + room(height)))
  const cut = cropRaster(copy, left, top, right - left, bottom - top)
  const sized = (by: number) =>
    resizeRaster(cut, Math.max(4, Math.round(cut.width * by)), Math.max(4, Math.round(cut.height * by)))
  const whole = sized(scale)
  const scaleX = whole.width / cut.width
  const scaleY = whole.height / cut.height
  return { left, top, scaleX, scaleY, whole, half: sized(scale / 2), sizes, side }
}

function boxOf(part: Part, copy: Raster, { width, height }: GradientField, x: number, y: number): Box {
  return {
    x: (x / part.scaleX + part.left) / copy.width,
    y: (y / part.scaleY + part.top) / copy.height,
    width: width / part.scaleX / copy.width,
    height: height / part.scaleY / copy.height,
  }
}

interface Near {
  readonly size: FineSize
  readonly left: number
  readonly top: number
}

/** The size and place at which the longest gradients of the logo fit best. */
function climb(fields: readonly GradientField[], part: Part, copy: Raster, place: Place): Near | null {
  const middleX = (place.x * copy.width - part.left) * part.scaleX
  const middleY = (place.y * copy.height - part.top) * part.scaleY
  const around = Math.ceil(AROUND * part.side)
  let near: Near | null = null
  let most = 0
  for (const size of part.sizes) {
    const left = Math.round(middleX - size.brightness.width / 2)
    const top = Math.round(middleY - size.brightness.height / 2)
    for (let y = top - around; y <= top + around; y += STRIDE) {
      for (let x = left - around; x <= left + around; x += STRIDE) {
        const value = fields.reduce((sum, field) => sum + sumAt(field, size, x, y) ** 2, 0)
        if (value <= most) continue
        most = value
        near = { size, left: x, top: y }
      }
    }
  }
  return near
}

function sumAt(
  field: GradientField,
  { brightness: logo, longest }: FineSize,
  left: number,
  top: number,
): number {
  let sum = 0
  for (let k = 0; k < longest.length; k++) {
    const i = longest[k]!
    const row = (i / logo.width) | 0
    const x = left + i - row * logo.width
    const y = top + row
    if (x < 0 || y < 0 || x >= field.width || y >= field.height) continue
    const at = y * field.width + x
    sum += logo.x[i]! * field.x[at]! + logo.y[i]! * field.y[at]!
  }
  return sum
}
