import { describe, expect, it } from 'vitest'
import { crop, drawResaving, hideAdvert, tone } from '../../../jobs/images/augment.ts'
import { createRandom } from '../../../jobs/random.ts'
import { resave } from '../../../pipelines/images/resave.ts'
import type { Raster } from '../../../processors/images/raster.ts'

/** A slope of greys from left to right. */
function slope(width: number, height: number): Raster {
  const data = Uint8Array.from({ length: 3 * width * height }, (_, at) =>
    Math.round((200 * (Math.floor(at / 3) % width)) / width),
  )
  return { width, height, channels: 3, data }
}

/** Black bars on white paper: upright, 6 pixels wide, in the middle third. */
function advert(width: number, height: number): Raster {
  const data = new Uint8Array(3 * width * height).fill(255)
  for (let y = Math.floor(height / 3); y < (2 * height) / 3; y++)
    for (let x = 0; x < width; x++) if (x % 18 < 6) data.fill(0, 3 * (y * width + x), 3 * (y * width + x) + 3)
  return { width, height, channels: 3, data }
}

const seeds = Array.from({ length: 24 }, (_, i) => i + 1)

function meanDifference(one: Raster, other: Raster): number {
  return one.data.reduce((sum, value, at) => sum + Math.abs(value - other.data[at]!), 0) / one.data.length
}

describe('pictures that are sent on', () => {
  const image = slope(120, 80)

  it('come at half to one and a half times their size, as JPEG or PNG, all by the seed', async () => {
    const drawn = seeds.map(seed => drawResaving(image, createRandom(seed)))
    expect(seeds.map(seed => drawResaving(image, createRandom(seed)))).toEqual(drawn)
    expect(Math.min(...drawn.map(({ width }) => width))).toBeGreaterThanOrEqual(60)
    expect(Math.max(...drawn.map(({ width }) => width))).toBeLessThanOrEqual(180)
    expect(new Set(drawn.map(({ quality }) => quality === null)).size).toBe(2)
    for (const resaving of drawn.slice(0, 4)) {
      const saved = await resave(image, resaving)
      expect([saved.width, saved.height]).toEqual([resaving.width, resaving.height])
      // A slope is one at any size.
      expect(saved.data[0]!).toBeLessThan(12)
      expect(Math.abs(saved.data.at(-1)! - 200)).toBeLessThan(12)
    }
  })

  it('keep what is seen in them in other tones', () => {
    for (const seed of seeds) {
      const { data } = tone(image, createRandom(seed))
      const [left, middle, right] = [0, 60, 119].map(x => data[3 * x + 1]!)
      expect(left).toBeLessThan(middle!)
      expect(middle).toBeLessThan(right!)
    }
    expect(tone(image, createRandom(1)).data).not.toEqual(tone(image, createRandom(2)).data)
  })

  it('lose little at their edges, if any', () => {
    const sizes = seeds
      .map(seed => crop(image, createRandom(seed)))
      .map(({ width, height }) => width * height)
    expect(Math.min(...sizes)).toBeGreaterThan(0.7 * 120 * 80)
    expect(sizes.filter(size => size === 120 * 80).length).toBeGreaterThan(4)
  })
})

describe('adverts hidden in harmless pictures', () => {
  it('change them a little, blended over all or only where something is written', () => {
    const image = slope(120, 90)
    const hidden = seeds.map(seed => hideAdvert(image, advert(240, 180), createRandom(seed)))
    for (const one of hidden) {
      const changed = meanDifference(one, image)
      expect(changed).toBeGreaterThan(0.5)
      expect(changed).toBeLessThan(100)
    }
    // Above the bars there is nothing but paper.
    const untouched = hidden.filter(one =>
      one.data.subarray(0, 3 * 120 * 20).every((value, at) => value === image.data[at]),
    )
    expect(untouched.length).toBeGreaterThan(4)
    expect(untouched.length).toBeLessThan(seeds.length - 2)
  })
})
