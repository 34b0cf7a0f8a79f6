import { describe, expect, it } from 'vitest'
import {
  afterFirstLook,
  isText,
  isWorthwhile,
  mayHoldWatermarks,
  secondReadings,
  withoutWatermarks,
} from '../../../processors/images/reading-policy.ts'
import type { TextRegion } from '../../../processors/images/text-regions.ts'

const line = (angle: number, length = 300, thickness = 40): TextRegion => ({
  centreX: 400,
  centreY: 300,
  length,
  thickness,
  angle,
  score: 0.9,
})
const image = { width: 1200, height: 900 }
const map = (highest: number) => {
  const data = new Float32Array(384 * 288)
  data[5000] = highest
  return { width: 384, height: 288, data }
}

describe('after the first look', () => {
  it('a picture without a trace of text is left', () => {
    expect(afterFirstLook(image, map(0.1), [])).toEqual({ next: 'NOTHING' })
  })

  it('a trace is looked at closer, unless the picture was seen whole', () => {
    expect(afterFirstLook(image, map(0.6), [])).toMatchObject({ next: 'LOOK' })
    expect(afterFirstLook({ width: 384, height: 288 }, map(0.6), [])).toEqual({ next: 'NOTHING' })
  })

  it('thick lines are read at once, thin ones looked at closer, the thinner the closer within bounds', () => {
    expect(afterFirstLook(image, map(0.9), [line(0, 600, 60)])).toEqual({ next: 'READ' })
    const pixels = [36, 25, 3].map(thickness => {
      const then = afterFirstLook(image, map(0.9), [line(0, 600, thickness)])
      return then.next === 'LOOK' ? then.pixels : 0
    })
    expect(pixels[0]).toBeGreaterThan(384 * 288)
    expect(pixels[1]).toBeGreaterThan(pixels[0]!)
    expect(pixels[2]).toBeLessThanOrEqual(704 * 704)
  })
})

describe('withoutWatermarks', () => {
  it('leaves out faint lines across the text, however many, with their pieces', () => {
    const text = [line(0.02), line(0)]
    const marks = Array.from({ length: 12 }, () => line(-0.6, 500))
    const piece = line(0, 30, 25)
    const regions = [...marks, ...text, piece]
    expect(mayHoldWatermarks(regions)).toBe(true)
    expect(withoutWatermarks(regions, [...marks.map(() => 40), 180, 170, 35])).toEqual(text)
  })

  it('keeps strong lines at any angle, and faint text that nothing crosses', () => {
    const crossed = [line(0), line(0.5)]
    expect(withoutWatermarks(crossed, [150, 140])).toEqual(crossed)
    const parallel = [line(0), line(0.01), line(0, 30, 25)]
    expect(mayHoldWatermarks(parallel)).toBe(false)
    expect(withoutWatermarks(parallel, [200, 40, 30])).toEqual(parallel)
  })

  it('keeps a watermark that is all there is to read', () => {
    const marks = [line(-0.5), line(-0.5)]
    expect(withoutWatermarks(marks, [30, 28])).toEqual(marks)
  })
})

it('sure lines are not read again, and what has no letters is no text', () => {
  expect(secondReadings(0.99)).toEqual([])
  expect(secondReadings(0.3)).toContain('UPSIDE_DOWN')
  expect(isWorthwhile('UPSIDE_DOWN', 0.95)).toBe(false)
  expect(isText('|—.', 0.9)).toBe(false)
  expect(isText('ok', 0.9)).toBe(true)
  expect(isText('ok', 0.2)).toBe(false)
})

it('tesseract, slow to start, is asked of half-read lines: neither of good ones nor of texture', () => {
  expect(secondReadings(0.6)).toContain('CLEANED')
  expect([0, 0.3, 0.6, 0.8].map(confidence => isWorthwhile('CLEANED', confidence))).toEqual([
    false,
    false,
    true,
    false,
  ])
})
