import { describe, expect, it } from 'vitest'
import { cleanLine, contrastOf } from '../../../processors/images/clean-line.ts'
import { alphabetOf, decodeCtc, joinParts } from '../../../processors/images/ctc.ts'
import type { Raster } from '../../../processors/images/raster.ts'
import { inReadingOrder, readTextOf } from '../../../processors/images/reading-order.ts'
import { splitLine } from '../../../processors/images/split-line.ts'
import type { TextRegion } from '../../../processors/images/text-regions.ts'

const alphabet = alphabetOf(['a', 'b', '字', '：'])

/** Steps of [class, probability]; what is left goes to the second class named, or to the blank. */
function stepsOf(steps: readonly (readonly [index: number, probability: number, other?: number])[]) {
  const classes = alphabet.characters.length
  const data = new Float32Array(steps.length * classes)
  steps.forEach(([index, probability, other = 0], step) => {
    data[step * classes + index] = probability
    data[step * classes + other]! += 1 - probability
  })
  return { steps: steps.length, classes, data }
}

describe('decodeCtc', () => {
  it('drops blanks and repeats, keeps letters doubled across a blank, and folds wide signs', () => {
    const decoded = decodeCtc(
      stepsOf([
        [1, 1],
        [1, 1],
        [0, 1],
        [1, 0.6],
        [2, 1],
        [4, 1],
      ]),
      alphabet,
    )
    expect(decoded.text).toBe('aab:')
    expect(decoded.confidence).toBeCloseTo(3.6 / 4)
  })

  it('puts a space where one was half seen between letters, and none at the ends', () => {
    const half = [0, 0.9, 5] as const
    expect(decodeCtc(stepsOf([half, [1, 1], half, [2, 1], [0, 1], [1, 1], half]), alphabet).text).toBe('a ba')
  })

  it('reads a stray ideograph among letters as the likeliest letter, and a line of ideographs as it is', () => {
    expect(
      decodeCtc(
        stepsOf([
          [1, 1],
          [2, 1],
          [3, 0.6, 1],
          [0, 1],
          [1, 1],
          [2, 1],
        ]),
        alphabet,
      ).text,
    ).toBe('abaab')
    expect(
      decodeCtc(
        stepsOf([
          [3, 0.9],
          [0, 1],
          [3, 0.9],
        ]),
        alphabet,
      ).text,
    ).toBe('字字')
  })

  it('says nothing of blanks', () => {
    expect(
      decodeCtc(
        stepsOf([
          [0, 1],
          [0, 1],
        ]),
        alphabet,
      ),
    ).toEqual({ text: '', confidence: 0 })
  })
})

it('joinParts weighs the confidence of parts by their letters', () => {
  const joined = joinParts([
    { text: 'abc', confidence: 1 },
    { text: '', confidence: 0 },
    { text: 'd', confidence: 0.2 },
  ])
  expect(joined.text).toBe('abc d')
  expect(joined.confidence).toBeCloseTo(0.8)
})

const region = (centreX: number, centreY: number, angle = 0): TextRegion => ({
  centreX,
  centreY,
  length: 100,
  thickness: 20,
  angle,
  score: 1,
})

describe('inReadingOrder', () => {
  it('goes down the lines, and from the left within one, also on a tilted page', () => {
    const cells = [0, 1, 2].flatMap(row => [0, 1].map(column => ({ row, column })))
    for (const tilt of [-0.5, 0, 0.4]) {
      const parts = cells.map(({ row, column }) => {
        const [u, v] = [column * 130, row * 30 + column * 4]
        const [x, y] = [u * Math.cos(tilt) - v * Math.sin(tilt), u * Math.sin(tilt) + v * Math.cos(tilt)]
        return { region: region(x, y, tilt), text: `${row}${column}`, confidence: 1 }
      })
      const order = inReadingOrder([...parts].reverse()).map(({ text }) => text)
      expect(order).toEqual(['00', '01', '10', '11', '20', '21'])
    }
  })

  it('boxes stay within the picture, and what was not read is left out', () => {
    const parts = [
      { region: region(10, 10), text: 'cut', confidence: 0.5 },
      { region: region(100, 60), text: '', confidence: 0 },
    ]
    const read = readTextOf(parts, { width: 200, height: 100 }, true)
    expect(read).toMatchObject({ text: 'cut', confidence: 0.5 })
    expect(read.lines.map(({ box }) => box)).toEqual([
      { x: 0, y: 0, width: expect.closeTo(0.315), height: expect.closeTo(0.23) },
    ])
  })
})

/** Words of bars 4 pixels wide, 4 apart, on a plain ground. */
function barsOf(words: readonly number[], gap: number, grey = 20): Raster {
  const width = words.reduce((sum, bars) => sum + bars * 8 + gap, 0)
  const data = new Uint8Array(width * 48).fill(230)
  let from = 0
  for (const bars of words) {
    for (let bar = 0; bar < bars; bar++)
      for (let row = 10; row < 38; row++)
        data.fill(grey, row * width + from + bar * 8, row * width + from + bar * 8 + 4)
    from += bars * 8 + gap
  }
  return { width, height: 48, channels: 1, data }
}

describe('splitLine', () => {
  it('cuts a long line between words only, and loses no column', () => {
    const line = barsOf([12, 9, 14, 12, 16, 10], 14)
    const parts = splitLine(line)
    expect(parts.length).toBeGreaterThan(1)
    expect(parts.reduce((sum, { width }) => sum + width, 0)).toBe(line.width)
    // No part begins or ends in a word.
    for (const { data, width } of parts.slice(0, -1))
      for (const column of [width - 1, width - 5]) expect(data[20 * width + column]).toBe(230)
  })

  it('leaves a line without gaps whole', () => {
    const line = barsOf([80], 0)
    expect(splitLine(line).map(({ width }) => width)).toEqual([line.width])
  })
})

describe('cleanLine', () => {
  it('makes faint light text on a dark ground black on white', () => {
    const faint = barsOf([20], 40, 200)
    const dark: Raster = { ...faint, data: faint.data.map(value => 255 - value) }
    const clean = cleanLine(dark)
    expect(clean.data[20 * clean.width + 1]).toBe(0)
    expect(clean.data[2 * clean.width + 1]).toBe(255)
    expect(contrastOf(dark)).toBeLessThan(contrastOf(clean))
  })

  it('takes off a stroke through the line and leaves the letters', () => {
    const struck = barsOf([10, 10, 10], 24)
    for (let row = 24; row < 27; row++) struck.data.fill(20, row * struck.width, (row + 1) * struck.width)
    const clean = cleanLine(struck)
    expect(clean.data[25 * clean.width + 6]).toBe(255)
    expect(clean.data[25 * clean.width + 1]).toBe(0)
  })
})
