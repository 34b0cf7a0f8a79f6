import type { Raster } from '../../processors/images/raster.ts'
import { cropRaster, resizeRaster } from '../../processors/images/resize.ts'

/** The faintest and the strongest that one picture is laid over another. */
const OPACITY = { min: 0.12, max: 0.5 } as const
/** Pixels further from the advert's ground than this, of 255, are what is pasted. */
const GROUND_DISTANCE = { min: 24, max: 96 } as const
/** A crop keeps at least this share of a side. */
const CROP_MIN = 0.7

/**
 * What spammers make of a harmless picture to get an advert past a filter: the advert laid faintly over all of it (as the
 * challenge set of Annadatha & Stamp, 2018, does), or its letters and edges cut out and pasted on.
 * @param photo RGB; the result has its size
 * @param advert RGB, any size
 * @param random numbers in [0, 1): the same numbers give the same picture
 */
export function hideAdvert(photo: Raster, advert: Raster, random: () => number): Raster {
  const part = random() < 0.5 ? advert : cropAtRandom(advert, random)
  const over = resizeRaster(part, photo.width, photo.height)
  return random() < 0.6 ? blend(photo, over, random) : paste(photo, over, random)
}

/** A harmless change: a part of the picture, and its tones a little drawn together or apart. */
export function vary(image: Raster, random: () => number): Raster {
  const cropped = random() < 0.7 ? cropAtRandom(image, random) : image
  const contrast = 0.85 + 0.3 * random()
  const shift = 30 * (random() - 0.5)
  const tones = Uint8ClampedArray.from({ length: 256 }, (_, value) => (value - 128) * contrast + 128 + shift)
  return { ...cropped, data: cropped.data.map(value => tones[value]!) }
}

function cropAtRandom(image: Raster, random: () => number): Raster {
  const side = (length: number) => Math.max(1, Math.round(length * (CROP_MIN + (1 - CROP_MIN) * random())))
  const [width, height] = [side(image.width), side(image.height)]
  const left = Math.floor(random() * (image.width - width + 1))
  const top = Math.floor(random() * (image.height - height + 1))
  return cropRaster(image, left, top, width, height)
}

function blend(photo: Raster, over: Raster, random: () => number): Raster {
  const opacity = OPACITY.min + (OPACITY.max - OPACITY.min) * random()
  const data = photo.data.map((value, i) => Math.round((1 - opacity) * value + opacity * over.data[i]!))
  return { ...photo, data }
}

function paste(photo: Raster, over: Raster, random: () => number): Raster {
  const ground = commonestColour(over)
  const distanceMin = GROUND_DISTANCE.min + (GROUND_DISTANCE.max - GROUND_DISTANCE.min) * random()
  const opacity = 0.5 + 0.5 * random()
  const data = photo.data.slice()
  for (let at = 0; at < data.length; at += 3) {
    let distance = 0
    for (let k = 0; k < 3; k++) distance = Math.max(distance, Math.abs(over.data[at + k]! - ground[k]!))
    if (distance < distanceMin) continue
    for (let k = 0; k < 3; k++)
      data[at + k] = Math.round((1 - opacity) * data[at + k]! + opacity * over.data[at + k]!)
  }
  return { ...photo, data }
}

/** Middle of the commonest cell of a cube of 8 × 8 × 8 colours. */
function commonestColour({ data }: Raster): readonly number[] {
  const counts = new Uint32Array(512)
  for (let at = 0; at < data.length; at += 3)
    counts[((data[at]! >> 5) << 6) | ((data[at + 1]! >> 5) << 3) | (data[at + 2]! >> 5)]! += 1
  const cell = counts.indexOf(counts.reduce((most, count) => Math.max(most, count), 0))
  return [cell >> 6, (cell >> 3) & 7, cell & 7].map(step => step * 32 + 16)
}
