import { describe, expect, it } from 'vitest'
import { imageFeatureNames, imageFeatures } from '../../../processors/images/image-features.ts'
import type { Raster } from '../../../processors/images/raster.ts'
import { resizeRaster } from '../../../processors/images/resize.ts'

const noText = { width: 1, height: 1, data: new Float32Array(1) }

/** Soft hills of colour, at any size the same. */
function hills(width: number, height: number): Raster {
  const data = new Uint8Array(3 * width * height)
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at += 3) {
      const [across, down] = [x / width, y / height]
      data[at] = 128 + 90 * Math.sin(9 * across + 4 * down)
      data[at + 1] = 128 + 90 * Math.sin(7 * down - 3 * across)
      data[at + 2] = 128 + 90 * Math.cos(11 * across * down)
    }
  return { width, height, channels: 3, data }
}

/** White strokes laid over a picture, as faint as `opacity` says. */
function struck(image: Raster, opacity: number): Raster {
  const data = image.data.map((value, at) => {
    const [x, y] = [Math.floor(at / 3) % image.width, Math.floor(at / 3 / image.width)]
    const isStroke = Math.floor(x / 3) % 4 === 0 && Math.floor(y / 8) % 3 === 1
    return isStroke ? Math.round((1 - opacity) * value + opacity * 255) : value
  })
  return { ...image, data }
}

function distance(one: Float32Array, other: Float32Array): number {
  return Math.sqrt(one.reduce((sum, value, i) => sum + (value - other[i]!) ** 2, 0))
}

describe('imageFeatures', () => {
  it('has a name of its own for each feature', () => {
    expect(new Set(imageFeatureNames).size).toBe(imageFeatureNames.length)
    expect(imageFeatures(hills(40, 30), noText)).toHaveLength(imageFeatureNames.length)
  })

  it.each([
    [1, 1, 3],
    [1, 1, 1],
    [3, 2, 3],
    [1, 3000, 3],
    [3000, 1, 1],
    [200, 200, 3],
  ] as const)(
    'answers finite numbers for a blank picture of %i × %i, %i channels',
    (width, height, channels) => {
      for (const value of [0, 255]) {
        const data = new Uint8Array(width * height * channels).fill(value)
        const features = imageFeatures({ width, height, channels, data }, noText)
        expect([...features].filter(one => !Number.isFinite(one))).toEqual([])
      }
    },
  )

  it('is blind to size: a large picture and the same one scaled down are nearer than one that is written on', () => {
    const large = hills(960, 720)
    const features = imageFeatures(large, noText)
    const same = distance(features, imageFeatures(resizeRaster(large, 480, 360), noText))
    const written = distance(features, imageFeatures(struck(large, 0.3), noText))
    expect(same).toBeLessThan(0.3 * written)
  })

  it('sees faint strokes over a small photo', () => {
    const small = hills(240, 180)
    const again = { ...small, data: small.data.map((value, at) => Math.min(255, value + (at % 2))) }
    const noise = distance(imageFeatures(small, noText), imageFeatures(again, noText))
    expect(distance(imageFeatures(small, noText), imageFeatures(struck(small, 0.1), noText))).toBeGreaterThan(
      noise,
    )
  })
})
