import { type ComplexSquare, emptySquare, SQUARE, transform } from './fourier.ts'
import { type GradientField, gradientField, type Plane } from './gradient-field.ts'
import type { Raster } from './raster.ts'
import { resizeRaster, shrinkToPixels } from './resize.ts'

/** √(width × height) of level 0, in pixels: the largest at which all levels of most pictures fill two tiles. Each further one is smaller by `LEVEL_STEP`. */
export const LEVEL_0_SIDE = 172
export const LEVEL_STEP = 2 ** 0.25
/** √(width × height) of the copy that all levels are made from, and in which what was found is verified, in pixels at most. */
const COPY_SIDE = 384
export const LEVELS = 12
/** Steps to a level of half the size, that a level is made from. */
const HALVED = 4
/** Pixels around a level that a logo may reach out of the picture by. */
export const MARGIN = 3
/** Colour is as coarse as JPEG keeps it: half the pixels of brightness each way. */
export const COLOUR_STEPS = 4
/** Pixels of the shorter side of a level, below which nothing is found in it. */
const SIDE_MIN = 12

/** Brightness, red against green, and both against blue. */
export type Channel = 0 | 1 | 2

/** One level of a channel within a tile. */
export interface TileLevel {
  readonly number: number
  readonly field: GradientField
  /** Of its left upper corner, margin included, in its tile. */
  readonly left: number
  readonly top: number
  /** Sums of the squares of all gradients above and to the left, margin included; one column and row more than the level has. */
  readonly energy: Float64Array
  readonly energyMean: number
}

/**
 * Two planes of gradients, one as the real, one as the imaginary part, transformed: X and Y of their gradients along both axes as
 * (X − iY) / 2 and (X + iY) / 2.
 */
export interface TilePair {
  readonly minus: ComplexSquare
  readonly plus: ComplexSquare
  readonly real: readonly TileLevel[]
  readonly imaginary: readonly TileLevel[]
}

/** A picture at many sizes. */
export interface SizedPicture {
  /** Pairs of tiles of brightness, and one of both colour channels. */
  readonly brightness: readonly TilePair[]
  readonly colour: TilePair
  /** As large as it is looked at. */
  readonly copy: Raster
}

export function createSizes(image: Raster): SizedPicture {
  const copy = shrinkToPixels(image, COPY_SIDE * COPY_SIDE)
  const rasters: (Raster | null)[] = []
  for (let number = 0; number < LEVELS + COLOUR_STEPS; number++)
    rasters.push(rasterAt(rasters[number - HALVED] ?? copy, number))
  const fields = (channel: Channel, from: number) =>
    Array.from({ length: LEVELS }, (_, number) => {
      const raster = rasters[number + from]!
      return { number, field: raster === null ? null : gradientField(planeOf(raster, channel)) }
    })
  const tiles = packed(fields(0, 0))
  const brightness: TilePair[] = []
  for (let i = 0; i < tiles.length; i += 2) brightness.push(pairOf(tiles[i]!, tiles[i + 1] ?? []))
  const [red, blue] = [packed(fields(1, COLOUR_STEPS)), packed(fields(2, COLOUR_STEPS))]
  return { brightness, colour: pairOf(red[0] ?? [], blue[0] ?? []), copy }
}

function rasterAt(image: Raster, number: number): Raster | null {
  const scale = LEVEL_0_SIDE / LEVEL_STEP ** number / Math.sqrt(image.width * image.height)
  const [width, height] = [Math.round(image.width * scale), Math.round(image.height * scale)]
  return Math.min(width, height) < SIDE_MIN ? null : resizeRaster(image, width, height)
}

export function planeOf({ width, height, channels, data }: Raster, channel: Channel): Plane {
  const values = new Float32Array(width * height)
  if (channels === 1) {
    if (channel === 0) values.set(data)
  } else {
    for (let i = 0, at = 0; i < values.length; i++, at += 3) {
      const [red, green, blue] = [data[at]!, data[at + 1]!, data[at + 2]!]
      if (channel === 0) values[i] = 0.2126 * red + 0.7152 * green + 0.0722 * blue
      else values[i] = channel === 1 ? red - green : (red + green) / 2 - blue
    }
  }
  return { width, height, data: values }
}

interface Room {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

interface Tile {
  readonly levels: TileLevel[]
  readonly free: Room[]
}

interface NumberedField {
  readonly number: number
  readonly field: GradientField | null
}

/** Puts levels beside and under each other, largest first, where the first room is; those larger than a tile are left out. */
function packed(levels: readonly NumberedField[]): TileLevel[][] {
  const tiles: Tile[] = []
  for (const { number, field } of levels) {
    if (field === null) continue
    const [width, height] = [field.width + 2 * MARGIN, field.height + 2 * MARGIN]
    if (Math.max(width, height) > SQUARE) continue
    const fits = (room: Room) => room.width >= width && room.height >= height
    let tile = tiles.find(({ free }) => free.some(fits))
    if (tile === undefined) {
      tile = { levels: [], free: [{ left: 0, top: 0, width: SQUARE, height: SQUARE }] }
      tiles.push(tile)
    }
    const [room] = tile.free.splice(tile.free.findIndex(fits), 1) as [Room]
    const { left, top } = room
    tile.levels.push({ number, field, left, top, ...energyOf(field) })
    tile.free.push(...roomsLeft(room, width, height))
  }
  return tiles.map(({ levels }) => levels)
}

/** Beside and under what is laid into the upper left corner of a room; the larger of both first, and as large as it can be. */
function roomsLeft({ left, top, width, height }: Room, usedWidth: number, usedHeight: number): Room[] {
  const [across, down] = [width - usedWidth, height - usedHeight]
  const under = { left, top: top + usedHeight, height: down }
  const beside = { left: left + usedWidth, top, width: across }
  return down > across
    ? [
        { ...under, width },
        { ...beside, height: usedHeight },
      ]
    : [
        { ...beside, height },
        { ...under, width: usedWidth },
      ]
}

function energyOf({ width, height, x, y }: GradientField): Pick<TileLevel, 'energy' | 'energyMean'> {
  const columns = width + 2 * MARGIN + 1
  const energy = new Float64Array(columns * (height + 2 * MARGIN + 1))
  for (let row = 0; row < height + 2 * MARGIN; row++) {
    let sum = 0
    const inside = row >= MARGIN && row < height + MARGIN
    for (let column = 0; column < width + 2 * MARGIN; column++) {
      if (inside && column >= MARGIN && column < width + MARGIN) {
        const i = (row - MARGIN) * width + column - MARGIN
        sum += x[i]! * x[i]! + y[i]! * y[i]!
      }
      const at = (row + 1) * columns + column + 1
      energy[at] = energy[at - columns]! + sum
    }
  }
  return { energy, energyMean: energy.at(-1)! / (width * height) }
}

function pairOf(real: readonly TileLevel[], imaginary: readonly TileLevel[]): TilePair {
  const [x, y] = [emptySquare(), emptySquare()]
  for (const level of real) lay(level, x.re, y.re)
  for (const level of imaginary) lay(level, x.im, y.im)
  transform(x)
  transform(y)
  // In place: x becomes (X − iY) / 2, y becomes (X + iY) / 2.
  for (let i = 0; i < x.re.length; i++) {
    const xRe = x.re[i]! / 2
    const xIm = x.im[i]! / 2
    const yRe = y.re[i]! / 2
    const yIm = y.im[i]! / 2
    x.re[i] = xRe + yIm
    x.im[i] = xIm - yRe
    y.re[i] = xRe - yIm
    y.im[i] = xIm + yRe
  }
  return { minus: x, plus: y, real, imaginary }
}

function lay({ field, left, top }: TileLevel, x: Float32Array, y: Float32Array): void {
  for (let row = 0; row < field.height; row++) {
    const to = (top + MARGIN + row) * SQUARE + left + MARGIN
    const from = row * field.width
    x.set(field.x.subarray(from, from + field.width), to)
    y.set(field.y.subarray(from, from + field.width), to)
  }
}
