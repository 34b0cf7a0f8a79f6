import { type ComplexSquare, emptySquare, inverse, SQUARE, transform } from './fourier.ts'
import type { GradientField } from './gradient-field.ts'
import { type LogoShape, logoAt } from './logo-template.ts'
import type { Box } from './raster.ts'
import {
  LEVEL_0_SIDE,
  LEVEL_STEP,
  MARGIN,
  type SizedPicture,
  type TileLevel,
  type TilePair,
} from './size-tiles.ts'

/** A logo at one of the sizes that it is searched at. */
export interface SearchedLogo {
  readonly shape: LogoShape
  /** √(width × height), in pixels. */
  readonly side: number
  readonly firstLevel: number
  readonly levels: number
  readonly brightness: Pattern
  /** At half the size. */
  readonly colour: Pattern
}

/** Gradients of a logo, and their transforms with which a product correlates. */
interface Pattern {
  readonly field: GradientField
  readonly x: ComplexSquare
  readonly y: ComplexSquare
}

/** A place at which a logo may be, in a level of brightness. */
export interface Place {
  readonly level: number
  /** Middle of the logo, as parts of the picture's sides. */
  readonly x: number
  readonly y: number
  /** √(width × height) of the logo there, in pixels of the level. */
  readonly side: number
  /** Correlation over its usual size in this picture. */
  readonly strength: number
  readonly byColour: boolean
}

const SIDE_MAX = 34
const SIDE_SMALL = 22
const SIDE_MIN = 14
/** Sizes that are searched: 0.5 to 2 times, a half step more to either side. */
const SIZES = 9
/** Places that are verified, of each of brightness and colour. */
export const PLACES_MAX = 6
/** Share of the usual energy that is added to that of a place: plain parts of a picture hold noise only. */
const ENERGY_SHARE = 0.5

/** A logo that is small at half its marked size is searched twice as large, too, in the same levels: its larger sizes show more of it. */
export function searchedLogo(shape: LogoShape): SearchedLogo[] {
  const half = 0.5 * shape.share * LEVEL_0_SIDE
  if (half < SIDE_SMALL) return [sizedLogo(shape, Math.max(SIDE_MIN, half), 0, 4), sizedLogo(shape, Math.max(SIDE_MIN, half) * 2, 0, SIZES - 4)]
  const firstLevel = Math.max(0, Math.ceil(Math.log(half / SIDE_MAX) / Math.log(LEVEL_STEP)))
  return [sizedLogo(shape, half / LEVEL_STEP ** firstLevel, firstLevel, SIZES)]
}

function sizedLogo(shape: LogoShape, side: number, firstLevel: number, levels: number): SearchedLogo {
  const brightness = patternOf(logoAt(shape, side))
  return { shape, side, firstLevel, levels, brightness, colour: patternOf(logoAt(shape, side / 2)) }
}

/** Made to length 1, and turned about, so that products of transforms correlate. */
function patternOf(field: GradientField): Pattern {
  const length = Math.sqrt(field.x.reduce((sum, x, i) => sum + x * x + field.y[i]! ** 2, 0))
  const [x, y] = [emptySquare(), emptySquare()]
  for (let i = 0; i < field.x.length; i++) {
    const row = Math.floor(i / field.width)
    const column = i - row * field.width
    const at = ((SQUARE - row) % SQUARE) * SQUARE + ((SQUARE - column) % SQUARE)
    x.re[at] = field.x[i]! / length
    y.re[at] = field.y[i]! / length
  }
  transform(x)
  transform(y)
  return { field, x, y }
}

/** The likeliest places of a logo in a picture. */
export function findPlaces(picture: SizedPicture, logo: SearchedLogo): Place[] {
  const brightness = createRanking(logo, false)
  for (const pair of picture.brightness) {
    if (![...pair.real, ...pair.imaginary].some(level => isSearched(logo, level))) continue
    const sums = correlated(pair, logo.brightness)
    for (const level of pair.real) brightness.add(level, sums.re)
    for (const level of pair.imaginary) brightness.add(level, sums.im)
  }
  const colours = correlated(picture.colour, logo.colour)
  const [red, blue] = [createRanking(logo, true), createRanking(logo, true)]
  for (const level of picture.colour.real) red.add(level, colours.re)
  for (const level of picture.colour.imaginary) blue.add(level, colours.im)
  return [...brightness.places(), ...red.places(), ...blue.places()]
}

const isSearched = ({ firstLevel, levels }: SearchedLogo, { number }: TileLevel) =>
  number >= firstLevel && number < firstLevel + levels

const product = emptySquare()

/** The correlation of both planes of a pair of tiles with a logo, at each place of its left upper corner. */
function correlated({ x, y }: TilePair, pattern: Pattern): ComplexSquare {
  const { re, im } = product
  const { x: logoX, y: logoY } = pattern
  for (let i = 0; i < re.length; i++) {
    const xRe = x.re[i]!
    const xIm = x.im[i]!
    const yRe = y.re[i]!
    const yIm = y.im[i]!
    re[i] = xRe * logoX.re[i]! - xIm * logoX.im[i]! + yRe * logoY.re[i]! - yIm * logoY.im[i]!
    im[i] = xRe * logoX.im[i]! + xIm * logoX.re[i]! + yRe * logoY.im[i]! + yIm * logoY.re[i]!
  }
  inverse(product)
  return product
}

function createRanking(logo: SearchedLogo, byColour: boolean) {
  const { width, height } = (byColour ? logo.colour : logo.brightness).field
  const best: Place[] = []
  let [squares, count] = [0, 0]

  function add(level: TileLevel, sums: Float32Array): void {
    if (!isSearched(logo, level)) return
    const { field, energy, energyMean, left, top, number } = level
    const across = field.width + 2 * MARGIN - width
    const down = field.height + 2 * MARGIN - height
    const columns = field.width + 2 * MARGIN + 1
    const usual = ENERGY_SHARE * energyMean * width * height + 1e-3
    for (let y = 0; y <= down; y++) {
      for (let x = 0; x <= across; x++) {
        const from = y * columns + x
        const to = from + height * columns
        const here = energy[to + width]! - energy[to]! - energy[from + width]! + energy[from]!
        const sum = sums[(top + y) * SQUARE + left + x]! / (SQUARE * SQUARE)
        const square = (sum * sum) / (here + usual)
        squares += square
        count++
        if (square <= (best.length < PLACES_MAX ? 0 : best.at(-1)!.strength)) continue
        keep({
          level: number,
          side: logo.side,
          x: (x - MARGIN + width / 2) / field.width,
          y: (y - MARGIN + height / 2) / field.height,
          strength: square,
          byColour,
        }, width / field.width / 4, height / field.height / 4)
      }
    }
  }

  function keep(place: Place, apartX: number, apartY: number): void {
    const near = best.findIndex(
      other => Math.abs(other.level - place.level) <= 1 && Math.abs(other.x - place.x) <= apartX && Math.abs(other.y - place.y) <= apartY,
    )
    if (near >= 0) {
      if (best[near]!.strength >= place.strength) return
      best.splice(near, 1)
    }
    const at = best.findIndex(other => other.strength < place.strength)
    if (at < 0) best.push(place)
    else best.splice(at, 0, place)
    if (best.length > PLACES_MAX) best.pop()
  }

  return {
    add,
    places: () =>
      best.map(place => ({ ...place, strength: Math.sqrt((place.strength * count) / squares) })),
  }
}

export function boxAround(place: Pick<Place, 'x' | 'y'>, width: number, height: number): Box {
  return { x: place.x - width / 2, y: place.y - height / 2, width, height }
}
