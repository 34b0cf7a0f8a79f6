import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Raster } from '../../../processors/images/raster.ts'
import { cropRaster, resizeRaster, shrinkToPixels, toGrey } from '../../../processors/images/resize.ts'

const side = fc.integer({ min: 1, max: 40 })
const raster = fc
  .tuple(side, side, fc.constantFrom(1, 3))
  .chain(([width, height, channels]) =>
    fc
      .uint8Array({ minLength: width * height * channels, maxLength: width * height * channels })
      .map((data): Raster => ({ width, height, channels: channels as 1 | 3, data })),
  )

describe('resizeRaster', () => {
  it('leaves a plain picture plain, and no value beyond those of the picture', () => {
    fc.assert(
      fc.property(raster, side, side, (image, width, height) => {
        const scaled = resizeRaster(image, width, height)
        expect(scaled.data).toHaveLength(width * height * image.channels)
        expect(Math.max(...scaled.data)).toBeLessThanOrEqual(Math.max(...image.data))
        expect(Math.min(...scaled.data)).toBeGreaterThanOrEqual(Math.min(...image.data))
      }),
    )
  })

  it('keeps the mean where it shrinks by any factor', () => {
    fc.assert(
      fc.property(raster, fc.double({ min: 0.05, max: 1, noNaN: true }), (image, scale) => {
        const to = (length: number) => Math.max(1, Math.round(length * scale))
        const mean = (data: Uint8Array) => data.reduce((sum, value) => sum + value, 0) / data.length
        const scaled = resizeRaster(image, to(image.width), to(image.height))
        expect(Math.abs(mean(scaled.data) - mean(image.data))).toBeLessThan(0.6)
      }),
    )
  })

  it('puts what lies between two pixels between their values', () => {
    const image: Raster = { width: 2, height: 1, channels: 1, data: Uint8Array.of(0, 100) }
    expect([...resizeRaster(image, 4, 1).data]).toEqual([0, 25, 75, 100])
  })
})

it('shrinkToPixels keeps the shape and never enlarges', () => {
  const image: Raster = { width: 400, height: 100, channels: 1, data: new Uint8Array(40_000) }
  expect(shrinkToPixels(image, 10_000)).toMatchObject({ width: 200, height: 50 })
  expect(shrinkToPixels(image, 50_000)).toBe(image)
})

it('toGrey weighs the colours as the eye does', () => {
  const image: Raster = {
    width: 3,
    height: 1,
    channels: 3,
    data: Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255),
  }
  expect([...toGrey(image).data]).toEqual([54, 182, 18])
})

it('cropRaster cuts at the edges of the picture', () => {
  const image: Raster = { width: 3, height: 3, channels: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9) }
  expect([...cropRaster(image, 1, 1, 9, 1).data]).toEqual([5, 6])
  expect(cropRaster(image, 7, 7, 2, 2)).toMatchObject({ width: 1, height: 1 })
})
