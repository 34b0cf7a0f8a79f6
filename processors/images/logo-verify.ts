import { type GradientField, gradientField } from './gradient-field.ts'
import { agreementAt, wholeAt } from './logo-agreement.ts'
import { type LogoEvidence, scoreOf } from './logo-score.ts'
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
  /** The logo mirrored in both directions and turned over, and how much that is most like it agrees with it. */
  readonly decoys: readonly GradientField[]
  readonly symmetry: number
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
/** Pixels between the places around, at which mirrored logos are held against the picture. */
const DECOY_STRIDE = 2

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
  const decoys = [mirrored(brightness, -1, 1), mirrored(brightness, 1, -1), mirrored(brightness, -1, -1)]
  return {
    brightness,
    colour: logoAt(shape, side / 2),
    longest: Int32Array.from(order.slice(0, LONGEST)),
    decoys,
    symmetry: Math.max(...decoys.map(decoy => Math.abs(wholeAt(brightness, decoy, 0, 0)))),
  }
}

/** A logo seen in a mirror. @param across, down -1 where its left and right, its top and bottom change places, or 1 */
function mirrored({ width, height, x, y }: GradientField, across: number, down: number): GradientField {
  const from = (i: number) => {
    const row = Math.floor(i / width)
    const column = i - row * width
    return (down < 0 ? height - 1 - row : row) * width + (across < 0 ? width - 1 - column : column)
  }
  return {
    width,
    height,
    x: x.map((_, i) => across * x[from(i)]!),
    y: y.map((_, i) => down * y[from(i)]!),
  }
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
  const { size } = near
  const { whole, left, top } = bestAround(bright, near)
  const colour = Math.hypot(
    ...([1, 2] as const).map(channel => colourAt(field(part.half, channel), part.whole, near)),
  )
  const agreement = agreementAt(bright, size.brightness, left, top)
  const decoys = size.decoys.map(decoy => mostAround(bright, decoy, left, top))
  const strength = Math.log(place.strength)
  const byColour = Number(place.byColour)
  const evidence: LogoEvidence = {
    strength,
    edges: Math.log(agreement.edges) / 2,
    brightness: whole,
    colour,
    both: Math.hypot(whole, COLOUR_SHARE * colour),
    directions: agreement.directions,
    weakestQuarter: agreement.quarters[0]!,
    secondQuarter: agreement.quarters[1]!,
    beside: agreement.beside,
    besideToEdges: agreement.besideToEdges,
    decoys: decoys.reduce((sum, most) => sum + most, 0) / decoys.length,
    symmetry: size.symmetry,
    side: part.side / SIDES.at(-1)!,
    shown: Math.log((place.share * Math.sqrt(copy.width * copy.height)) / SIDES.at(-1)!),
    byColour,
    strengthByColour: byColour * strength,
    brightnessByColour: byColour * whole,
    colourByColour: byColour * colour,
  }
  return { score: scoreOf(evidence), box: boxOf(part, copy, size.brightness, left, top) }
}

/** The pixel beside or at a place at which the logo agrees most, in whatever sense. */
function bestAround(field: GradientField, { size, left, top }: Near) {
  let best = { whole: -1, left, top }
  for (let y = top - 1; y <= top + 1; y++) {
    for (let x = left - 1; x <= left + 1; x++) {
      const whole = Math.abs(wholeAt(field, size.brightness, x, y))
      if (whole > best.whole) best = { whole, left: x, top: y }
    }
  }
  return best
}

/** How the logo agrees with a colour, at half the size. */
function colourAt(field: GradientField, { width, height }: Raster, { size, left, top }: Near): number {
  const { brightness, colour } = size
  const x = ((left + brightness.width / 2) / width) * field.width - colour.width / 2
  const y = ((top + brightness.height / 2) / height) * field.height - colour.height / 2
  return wholeAt(field, colour, Math.round(x), Math.round(y))
}

function mostAround(field: GradientField, logo: GradientField, left: number, top: number): number {
  let most = 0
  for (let y = top - DECOY_STRIDE; y <= top + DECOY_STRIDE; y += DECOY_STRIDE) {
    for (let x = left - DECOY_STRIDE; x <= left + DECOY_STRIDE; x += DECOY_STRIDE)
      most = Math.max(most, Math.abs(wholeAt(field, logo, x, y)))
  }
  return most
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
