import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalise, normalisedString } from '../../../processors/text/normalise.ts'
import { arbitraryText, splitsPair } from '../../support/arbitrary-text.ts'

const read = (text: string) => normalisedString(normalise(text))

describe('normalise', () => {
  it.each([
    ['Thank YOU', 'thank you'],
    ['sooooo goooood!!!!!!', 'soo good!!!'],
    ['1000000', '1000000'],
    ['id\u200bi\u00adot', 'idiot'],
    ['caf\u00e9 cafe\u0301', 'cafe cafe'],
    ['ＦＲＥＥ 𝐟𝐫𝐞𝐞 ⓕⓡⓔⓔ', 'free free free'],
    ['don’t “quote” — me', 'don\'t "quote" - me'],
    ['a \t\r\n\u00a0\u3000 b', 'a b'],
    ['I\u0307İ', 'ii'],
    ['\ud83d', '\ud83d'],
    ['', ''],
  ])('reads %j as %j', (text, expected) => {
    expect(read(text)).toBe(expected)
  })

  it('points back at what the author wrote', () => {
    const text = 'so ＣＯ\u200bＯＯＯL 👍'
    const { starts, ends, codes, length } = normalise(text)
    const first = codes.indexOf('c'.charCodeAt(0))
    const last = codes.subarray(0, length).indexOf('l'.charCodeAt(0))
    expect(text.slice(starts[first], ends[last])).toBe('ＣＯ\u200bＯＯＯL')
    expect(text.slice(starts[length - 1], ends[length - 1])).toBe('👍')
  })

  it('takes any string, and the map never leaves it, goes back or parts a pair', () => {
    fc.assert(
      fc.property(arbitraryText, text => {
        const { starts, ends, length } = normalise(text)
        for (let i = 0; i < length; i++) {
          const [start, end] = [starts[i]!, ends[i]!]
          expect(start).toBeLessThan(end)
          expect(end).toBeLessThanOrEqual(text.length)
          expect(start).toBeGreaterThanOrEqual(i === 0 ? 0 : starts[i - 1]!)
          expect(splitsPair(text, start) || splitsPair(text, end)).toBe(false)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(arbitraryText, text => {
        const once = read(text)
        expect(read(once)).toBe(once)
      }),
      { numRuns: 500 },
    )
    const everyPoint = Array.from({ length: 0x110000 }, (_, point) => String.fromCodePoint(point))
    for (let start = 0; start < everyPoint.length; start += 4096) {
      const once = read(everyPoint.slice(start, start + 4096).join('. '))
      expect(read(once)).toBe(once)
    }
  })
})
