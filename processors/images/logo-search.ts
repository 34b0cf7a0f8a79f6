import { type ComplexSquare, emptySquare, inverse, opposite, SQUARE, transform } from './fourier.ts'
import type { GradientField } from './gradient-field.ts'
import { type LogoShape, logoAt } from './logo-template.ts'
import {
  LEVEL_0_SIDE,
  LEVEL_STEP,
  MARGIN,
  type SizedPicture,
  type TileLevel,
  type TilePair,
} from './size-tiles.ts'

/** A logo at one size in pixels, at which it is searched for in a row of levels. */
export interface LogoPattern {
  /** √(width × height), in pixels. */
  readonly side: number
  readonly firstLevel: number
  readonly levels: number
  readonly brightness: Pattern
  /** At half the size, as colour is searched. */
  readonly colour: Pattern
}

/** Gradients of a logo, of length 1 all together, and the transform of them: those along x as the real, along y as the imaginary part. */
interface Pattern {
  readonly width: number
  readonly height: number
  readonly square: ComplexSquare
}

/** A place at which a logo may be. */
export interface Place {
  /** √(width × height) of the logo over that of the picture. */
  readonly share: number
  /** Middle of the logo, as parts of the picture's sides. */
  readonly x: number
  readonly y: number
  /** Correlation over its root mean square in this picture. */
  readonly strength: number
  /** Found by its colour, not by its brightness. */
  readonly byColour: boolean
}

/** √(width × height) of a logo where it is searched, in pixels. */
const SIDE_MAX = 34
const SIDE_MIN = 14
/** A logo smaller than this at half its marked size is searched for at two sizes. */
const SIDE_SMALL = 22
/** Sizes that are searched, 0.5 to 2 times the marked one, and how many of them make it twice as large. */
const SIZES = 9
const TWICE = 4
/** Places that are kept of each of brightness and two channels of colour. */
const PLACES_MAX = 5
/** Parts of a logo's sides that places lie apart. */
const APART = 0.25
/** Of the usual energy of gradients that is added to that of a place: plain parts of a picture hold noise only. */
const ENERGY_SHARE = 0.5

/**
 * The sizes in pixels at which a logo is searched for. One that is small at half its marked size is searched for twice as large in the
 * same levels: there is more of it to be seen.
 */
export function patternsOf(shape: LogoShape): LogoPattern[] {
  const half = 0.5 * shape.share * LEVEL_0_SIDE
  if (half >= SIDE_SMALL) {
    const firstLevel = Math.max(0, Math.ceil(Math.log(half / SIDE_MAX) / Math.log(LEVEL_STEP)))
    return [sizedPattern(shape, half / LEVEL_STEP ** firstLevel, firstLevel, SIZES)]
  }
  const side = Math.max(SIDE_MIN, half)
  return [sizedPattern(shape, side, 0, TWICE), sizedPattern(shape, 2 * side, 0, SIZES - TWICE)]
}

function sizedPattern(shape: LogoShape, side: number, firstLevel: number, levels: number): LogoPattern {
  const [brightness, colour] = [patternOf(logoAt(shape, side)), patternOf(logoAt(shape, side / 2))]
  return { side, firstLevel, levels, brightness, colour }
}

/** Laid backwards, so that a product of transforms correlates. */
function patternOf({ width, height, x, y }: GradientField): Pattern {
  const length = Math.sqrt(x.reduce((sum, along, i) => sum + along * along + y[i]! * y[i]!, 0))
  const square = emptySquare()
  for (let row = 0, i = 0; row < height; row++) {
    for (let column = 0; column < width; column++, i++) {
      const at = ((SQUARE - row) % SQUARE) * SQUARE + ((SQUARE - column) % SQUARE)
      square.re[at] = x[i]! / length
      square.im[at] = y[i]! / length
    }
  }
  transform(square)
  return { width, height, square }
}

/** The likeliest places of a logo in a picture, in no order. */
export function findPlaces(picture: SizedPicture, logo: LogoPattern): Place[] {
  const brightness = new Ranking(logo, false)
  for (const pair of picture.brightness) {
    if (![...pair.real, ...pair.imaginary].some(level => isSearched(logo, level))) continue
    const sums = correlated(pair, logo.brightness)
    for (const level of pair.real) brightness.add(level, sums.re)
    for (const level of pair.imaginary) brightness.add(level, sums.im)
  }
  const sums = correlated(picture.colour, logo.colour)
  const [red, blue] = [new Ranking(logo, true), new Ranking(logo, true)]
  for (const level of picture.colour.real) red.add(level, sums.re)
  for (const level of picture.colour.imaginary) blue.add(level, sums.im)
  return [...brightness.places(), ...red.places(), ...blue.places()]
}

const isSearched = ({ firstLevel, levels }: LogoPattern, { number }: TileLevel) =>
  number >= firstLevel && number < firstLevel + levels

const product = emptySquare()

/** The correlation of both planes of a pair with a logo, by where the logo's upper left corner lies, times `SQUARE`². */
function correlated({ minus, plus }: TilePair, { square }: Pattern): ComplexSquare {
  for (let row = 0; row < SQUARE; row++) {
    const oppositeRow = opposite[row]! * SQUARE
    for (let column = 0, i = row * SQUARE; column < SQUARE; column++, i++) {
      const j = oppositeRow + opposite[column]!
      const re = square.re[i]!
      const im = square.im[i]!
      const oppositeRe = square.re[j]!
      const oppositeIm = square.im[j]!
      const a = minus.re[i]!
      const b = minus.im[i]!
      const c = plus.re[i]!
      const d = plus.im[i]!
      product.re[i] = re * a - im * b + oppositeRe * c + oppositeIm * d
      product.im[i] = re * b + im * a + oppositeRe * d - oppositeIm * c
    }
  }
  inverse(product)
  return product
}

/** Keeps the places of the largest correlations, one of those that lie over each other. */
class Ranking {
  readonly #logo: LogoPattern
  readonly #byColour: boolean
  readonly #width: number
  readonly #height: number
  /** Squares of correlations, before they are held against the usual one. */
  readonly #best: (Place & { readonly level: number })[] = []
  #squares = 0
  #count = 0

  constructor(logo: LogoPattern, byColour: boolean) {
    this.#logo = logo
    this.#byColour = byColour
    const { width, height } = byColour ? logo.colour : logo.brightness
    this.#width = width
    this.#height = height
  }

  /** @param sums correlations, by place in the level's tile */
  add(level: TileLevel, sums: Float32Array): void {
    if (!isSearched(this.#logo, level)) return
    const { field, energy, energyMean, left, top } = level
    const [width, height] = [this.#width, this.#height]
    const across = field.width + 2 * MARGIN - width
    const down = field.height + 2 * MARGIN - height
    const columns = field.width + 2 * MARGIN + 1
    const usual = (ENERGY_SHARE * energyMean * width * height + 1e-3) * SQUARE ** 4
    const whole = SQUARE ** 4
    let squares = 0
    let least = this.#least()
    for (let y = 0; y <= down; y++) {
      const from = y * columns
      const to = from + height * columns
      const row = (top + y) * SQUARE + left
      for (let x = 0; x <= across; x++) {
        const here = energy[to + x + width]! - energy[to + x]! - energy[from + x + width]! + energy[from + x]!
        const sum = sums[row + x]!
        const square = (sum * sum) / (here * whole + usual)
        squares += square
        if (square <= least) continue
        this.#keep(level, x, y, square)
        least = this.#least()
      }
    }
    this.#squares += squares
    this.#count += Math.max(0, across + 1) * Math.max(0, down + 1)
  }

  places(): Place[] {
    return this.#best.map(place => ({
      ...place,
      strength: Math.sqrt((place.strength * this.#count) / this.#squares),
    }))
  }

  #least(): number {
    return this.#best.length < PLACES_MAX ? 0 : this.#best.at(-1)!.strength
  }

  #keep({ field, number }: TileLevel, left: number, top: number, strength: number): void {
    const [width, height] = [this.#width / field.width, this.#height / field.height]
    const x = (left - MARGIN) / field.width + width / 2
    const y = (top - MARGIN) / field.height + height / 2
    const near = this.#best.findIndex(
      other =>
        Math.abs(other.level - number) <= 1 &&
        Math.abs(other.x - x) <= width * APART &&
        Math.abs(other.y - y) <= height * APART,
    )
    if (near >= 0) {
      if (this.#best[near]!.strength >= strength) return
      this.#best.splice(near, 1)
    }
    const share = (this.#logo.side * LEVEL_STEP ** number) / LEVEL_0_SIDE
    const place = { share, x, y, strength, byColour: this.#byColour, level: number }
    const at = this.#best.findIndex(other => other.strength < strength)
    if (at < 0) this.#best.push(place)
    else this.#best.splice(at, 0, place)
    if (this.#best.length > PLACES_MAX) this.#best.pop()
  }
}
