import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cornersOf, findTextRegions, type TextMap } from '../../../processors/images/text-regions.ts'
import { warpLine } from '../../../processors/images/warp-line.ts'

/** A map on which only a turned rectangle is text. */
function mapOf(size: number, length: number, thickness: number, angle: number): TextMap {
  const data = new Float32Array(size * size)
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const [dx, dy] = [x + 0.5 - size / 2, y + 0.5 - size / 2]
      const along = dx * Math.cos(angle) + dy * Math.sin(angle)
      const across = dy * Math.cos(angle) - dx * Math.sin(angle)
      if (Math.abs(along) <= length / 2 && Math.abs(across) <= thickness / 2) data[y * size + x] = 0.9
    }
  return { width: size, height: size, data }
}

describe('findTextRegions', () => {
  it('finds a line at any angle, grown on all sides', () => {
    const angles = fc.double({ min: -1.5, max: 1.5, noNaN: true })
    fc.assert(
      fc.property(
        angles,
        fc.integer({ min: 50, max: 90 }),
        fc.integer({ min: 6, max: 14 }),
        (angle, length, thickness) => {
          const regions = findTextRegions(mapOf(120, length, thickness, angle), 240, 240)
          expect(regions).toHaveLength(1)
          const [region] = regions
          expect(Math.abs(region!.centreX - 120)).toBeLessThan(3)
          expect(Math.abs(region!.centreY - 120)).toBeLessThan(3)
          expect(Math.abs(Math.sin(region!.angle - angle))).toBeLessThan(0.06)
          expect(region!.thickness).toBeGreaterThan(2 * thickness)
          expect(region!.length).toBeGreaterThan(2 * length)
          expect(region!.score).toBeCloseTo(0.9)
        },
      ),
    )
  })

  it('keeps neighbours that do not touch apart, and drops specks and doubts', () => {
    const width = 60
    const data = new Float32Array(width * 30)
    const fill = (x0: number, x1: number, y0: number, y1: number, value: number) => {
      for (let y = y0; y < y1; y++) data.fill(value, y * width + x0, y * width + x1)
    }
    fill(2, 25, 3, 8, 0.8)
    fill(30, 58, 3, 8, 0.8)
    fill(2, 40, 15, 20, 0.35)
    fill(50, 51, 20, 21, 0.9)
    const regions = findTextRegions({ width, height: 30, data }, width, 30)
    expect(regions.map(({ centreX }) => Math.round(centreX))).toEqual([44, 14])
  })

  it('keeps the largest of more regions than are read', () => {
    const width = 100
    const data = new Float32Array(width * 100)
    for (let y = 0; y < 100; y += 8)
      for (let row = y; row < y + 4; row++) data.fill(0.9, row * width, row * width + 20 + (y >> 1))
    const settings = { threshold: 0.3, scoreMin: 0.5, growth: 1.5, regionsMax: 2 }
    const regions = findTextRegions({ width, height: 100, data }, width, 100, settings)
    expect(regions.map(({ centreY }) => Math.round(centreY))).toEqual([98, 90])
  })
})

describe('warpLine', () => {
  it('lays a turned line flat, its start to the left', () => {
    const [width, height] = [80, 80]
    const data = new Uint8Array(width * height)
    const region = { centreX: 40, centreY: 40, length: 40, thickness: 10, angle: 0.6 }
    // Brightness grows along the line and does not change across it.
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        data[y * width + x] = 128 + 2 * ((x + 0.5 - 40) * Math.cos(0.6) + (y + 0.5 - 40) * Math.sin(0.6))
    const line = warpLine({ width, height, channels: 1, data }, region, 40, 10)
    for (const row of [0, 5, 9])
      for (const column of [2, 20, 37])
        expect(Math.abs(line.data[row * 40 + column]! - (128 + 2 * (column + 0.5 - 20)))).toBeLessThan(3)
  })

  it('continues the edge of the picture where the line reaches out of it', () => {
    const image = { width: 4, height: 4, channels: 3, data: new Uint8Array(48).fill(77) } as const
    const region = { centreX: 0, centreY: 4, length: 30, thickness: 8, angle: -0.3 }
    expect(new Set(warpLine(image, region, 64, 48).data)).toEqual(new Set([77]))
  })
})

it('cornersOf goes round the region from the upper start', () => {
  const corners = cornersOf({ centreX: 10, centreY: 5, length: 8, thickness: 2, angle: 0 })
  expect(corners).toEqual([
    { x: 6, y: 4 },
    { x: 14, y: 4 },
    { x: 14, y: 6 },
    { x: 6, y: 6 },
  ])
})
