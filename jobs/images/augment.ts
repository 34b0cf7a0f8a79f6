import type { Resaving } from '../../pipelines/images/resave.ts'
import type { Raster } from '../../processors/images/raster.ts'
import { cropRaster, resizeRaster } from '../../processors/images/resize.ts'

/** What people and programs do to pictures on their way: drawn by seeded numbers, on harmless ones and spam alike. */

type Random = () => number

/** Sides, as shares of what they were; and how many pictures keep their size. */
const SCALE = { min: 0.5, max: 1.5 } as const
const SAME_SIZE_SHARE = 0.5
const QUALITY = { min: 50, max: 95 } as const
/** How many are saved without loss, and how many with full colour. */
const LOSSLESS_SHARE = 0.15
const FULL_COLOUR_SHARE = 0.3
const KERNELS = ['cubic', 'mitchell', 'lanczos2', 'lanczos3', 'linear'] as const

/** Cut off at most, of a side; every other picture stays whole. */
const CUT_MAX = 0.15

/** A part of a picture, which also moves the blocks that it was once compressed in. */
export function crop(image: Raster, random: Random): Raster {
  if (random() < 0.5) return image
  const [left, top, right, bottom] = [random(), random(), random(), random()].map(
    one => (one * CUT_MAX) / 2,
  ) as [...[number, number, number, number]]
  const { width, height } = image
  return cropRaster(
    image,
    Math.round(left * width),
    Math.round(top * height),
    Math.round((1 - left - right) * width),
    Math.round((1 - top - bottom) * height),
  )
}

/** How a picture is saved when it is sent on: at another size, by one program or another. */
export function drawResaving({ width, height }: Raster, random: Random): Resaving {
  const drawn = SCALE.min * (SCALE.max / SCALE.min) ** random()
  const scale = random() < SAME_SIZE_SHARE ? 1 : drawn
  const side = (length: number) => Math.max(1, Math.round(length * scale))
  const kernel = KERNELS[Math.floor(random() * KERNELS.length)]!
  const quality = Math.round(between(QUALITY.min, QUALITY.max, random))
  const isLossless = random() < LOSSLESS_SHARE
  const isFullColour = random() < FULL_COLOUR_SHARE
  return {
    width: side(width),
    height: side(height),
    kernel,
    quality: isLossless ? null : quality,
    isFullColour,
  }
}

const GAMMA = { min: 0.7, max: 1.4 } as const
/** Blacks are lifted and whites dimmed by up to so many grey values, in every other picture. */
const FADE_MAX = 40
const SATURATION = { min: 0.5, max: 1.5 } as const
const TINT_MAX = 0.07

/** Brightness, contrast and colours of a picture as filters of cameras and apps change them. @param image RGB */
export function tone(image: Raster, random: Random): Raster {
  const gamma = GAMMA.min * (GAMMA.max / GAMMA.min) ** random()
  const fade = () => (random() < 0.5 ? 0 : FADE_MAX * random())
  const [low, high] = [fade(), 255 - fade()]
  const saturation = between(SATURATION.min, SATURATION.max, random)
  const [warm, cold] = [1, 1].map(one => one + between(-TINT_MAX, TINT_MAX, random)) as [number, number]
  const curve = Float32Array.from({ length: 256 }, (_, value) => low + (high - low) * (value / 255) ** gamma)
  const data = new Uint8ClampedArray(image.data.length)
  for (let at = 0; at < data.length; at += 3) {
    const red = curve[image.data[at]!]! * warm
    const green = curve[image.data[at + 1]!]!
    const blue = curve[image.data[at + 2]!]! * cold
    const luma = lumaOf(red, green, blue)
    data[at] = luma + (red - luma) * saturation
    data[at + 1] = luma + (green - luma) * saturation
    data[at + 2] = luma + (blue - luma) * saturation
  }
  return { ...image, data: new Uint8Array(data.buffer) }
}

/** How much of an advert is laid over: all of it faintly, what is written in it, or only the edges of that. */
const FAINTNESS = { min: 0.1, max: 0.5 } as const
const INK_STRENGTH = { min: 0.3, max: 1 } as const
/** Grey values from the background at which ink begins, and those over which it fades in. */
const INK = { from: 24, over: 64 } as const
const EDGE_MIN = 60

/**
 * A harmless picture with an advert hidden in it, as spammers do it: blended faintly over all of it, or its letters or their
 * outlines drawn over it in some colour.
 * @param image, advert RGB; the advert is stretched to the picture
 */
export function hideAdvert(image: Raster, advert: Raster, random: Random): Raster {
  const over = resizeRaster(advert, image.width, image.height).data
  const way = Math.floor(random() * 3)
  const strength =
    way === 0
      ? between(FAINTNESS.min, FAINTNESS.max, random)
      : between(INK_STRENGTH.min, INK_STRENGTH.max, random)
  const drawn = [random(), random(), random()].map(one => 255 * one)
  const plain = random() < 0.5 ? 0 : 255
  const colour = random() < 0.5 ? drawn : [plain, plain, plain]
  const keepsColour = way !== 2 && (way === 0 || random() < 0.4)
  const cover = way === 0 ? null : way === 1 ? inkOf(over) : edgesOf(over, image.width)
  const data = image.data.map((value, at) => {
    const share = strength * (cover === null ? 1 : cover[Math.floor(at / 3)]!)
    return (1 - share) * value + share * (keepsColour ? over[at]! : colour[at % 3]!) + 0.5
  })
  return { ...image, data }
}

/** How far each pixel is from the commonest half's brightness, 0–1. */
function inkOf(data: Uint8Array): Float32Array {
  const greys = greysOf(data)
  const paper = Float32Array.from(greys).sort()[greys.length >> 1]!
  return greys.map(grey => Math.min(1, Math.max(0, (Math.abs(grey - paper) - INK.from) / INK.over)))
}

function edgesOf(data: Uint8Array, width: number): Float32Array {
  const greys = greysOf(data)
  return greys.map((_, at) => {
    if (at < width || at >= greys.length - width) return 0
    const steep =
      Math.abs(greys[at + 1]! - greys[at - 1]!) + Math.abs(greys[at + width]! - greys[at - width]!)
    return Number(steep > EDGE_MIN)
  })
}

function greysOf(data: Uint8Array): Float32Array {
  return Float32Array.from({ length: data.length / 3 }, (_, i) =>
    lumaOf(data[3 * i]!, data[3 * i + 1]!, data[3 * i + 2]!),
  )
}

function lumaOf(red: number, green: number, blue: number): number {
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function between(min: number, max: number, random: Random): number {
  return min + (max - min) * random()
}
