import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalise } from '../../../processors/text/normalise.ts'
import { arbitraryText, splitsPair } from '../../support/arbitrary-text.ts'

function read(text: string): string {
  const { codes, length } = normalise(text)
  return String.fromCharCode(...codes.subarray(0, length))
}

/** Made of what disguises are made of, so that one disguise often stands inside another. */
const disguisedText = fc
  .array(
    fc.oneof(
      fc.constantFrom(..."abcdeilmnoprstuxyz0134578@$!*|€ -_.,'&;<>/#:=()аеорсυΝνТтᎢՕшɡ０зΥѕ"),
      fc.constantFrom(
        'amp;',
        '&lt;',
        '<b>',
        '</b>',
        '  ',
        '\u200b',
        'f r e e',
        'b***',
        '.com',
        'http://',
        '@ss',
      ),
    ),
    { maxLength: 24 },
  )
  .map(parts => parts.join(''))

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
    ['👍🏽 🤷🏻\u200d♂️ ❤️', '👍 🤷 ❤'],
    ['Øl, Łódź, İzmir, straße', 'ol, lodz, izmir, strasse'],
    ['dearㅤuser', 'dear user'],
    ['Tom &amp;amp; &#39;Jo&#39;', "tom & 'jo'"],
    ['<p>Hi<br />you</p> 1 < 2 > 0 &lt;b&gt;', ' hi you 1 < 2 > 0 '],
    ['v1agra 0n1in3 pre-appr0v3d', 'viagra online pre-approved'],
    ['f**k this s***', 'fuck this shit'],
    ['F.R.E.E s t o p  n o w', 'free stop now'],
    ['тhе рrizе', 'the prize'],
    ['Это слово', 'это слово'],
    ['3ОО', '300'],
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
      fc.property(fc.oneof(arbitraryText, disguisedText), text => {
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
      fc.property(fc.oneof(arbitraryText, disguisedText), text => {
        const once = read(text)
        expect(read(once)).toBe(once)
      }),
      { numRuns: 3000 },
    )
    const everyPoint = Array.from({ length: 0x110000 }, (_, point) => String.fromCodePoint(point))
    for (let start = 0; start < everyPoint.length; start += 4096) {
      const once = read(everyPoint.slice(start, start + 4096).join('. '))
      expect(read(once)).toBe(once)
    }
  })

  it('takes twice the time for twice the text, whatever it repeats', () => {
    const units = [
      '<',
      '<a',
      '&amp',
      'a.',
      'a-',
      'a_b@',
      'www.',
      'i ',
      'a b ',
      'f r e e ',
      '1a1',
      'f*',
      'аa ',
      '(:',
      '\u0301',
      '<<b>',
    ]
    const costOf = (text: string) => {
      const start = performance.now()
      normalise(text)
      return performance.now() - start
    }
    for (const unit of units) {
      const [small, large] = [unit.repeat(20_000), unit.repeat(160_000)]
      const least = Math.min(costOf(small), costOf(small), costOf(small))
      // Eight times the text: 64 times the time would be quadratic. The rest is room for a busy machine.
      expect(costOf(large), unit).toBeLessThan(32 * least + 200)
    }
  })
})
