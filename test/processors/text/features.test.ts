import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFeatureReader, featureSettings } from '../../../processors/text/features.ts'
import { arbitraryText, splitsPair } from '../../support/arbitrary-text.ts'

const read = createFeatureReader()
const wordsOf = (text: string) => {
  const { spans } = read(text)
  return Array.from({ length: spans.length / 2 }, (_, word) =>
    text.slice(spans[2 * word], spans[2 * word + 1]),
  )
}

describe('createFeatureReader', () => {
  it('finds words and signs where the author wrote them', () => {
    expect(wordsOf("Don't shout!!! It's 10€, ok? 👍👍 :)")).toEqual([
      "Don't",
      'shout',
      '!!!',
      "It's",
      '10',
      '€',
      ',',
      'ok',
      '?',
      '👍',
      '👍',
      ':)',
    ])
    expect(wordsOf('i\u200bd\u200biot caf\u0065\u0301')).toEqual(['i\u200bd\u200biot', 'cafe\u0301'])
  })

  it('takes links, addresses, mentions, emoticons and emoji for one word each', () => {
    expect(wordsOf('See https://foo.example.com/a?b=1, or bit.ly/Xyz. ask jo.doe@mail.com')).toEqual([
      'See',
      'https://foo.example.com/a?b=1',
      ',',
      'or',
      'bit.ly/Xyz',
      '.',
      'ask',
      'jo.doe@mail.com',
    ])
    expect(wordsOf("@some_1 :-) :'( <3 xD 👍🏽🇫🇷 #fun")).toEqual([
      '@some_1',
      ':-)',
      ":'(",
      '<3',
      'xD',
      '👍🏽',
      '🇫🇷',
      '#',
      'fun',
    ])
    expect(wordsOf('well...so.what is it.in')).toContain('what')
    expect(read('go to http://x.example/aaa').buckets).toEqual(read('go to http://x.example/bbb').buckets)
    expect(read('go to shop.com').buckets).not.toEqual(read('go to bank.com').buckets)
    expect(read('@jo hi :)').buckets).toEqual(read('@al hi =)').buckets)
    expect(read('i <3 it').buckets).toEqual(read('i ❤️ it').buckets)
    expect(read('call 12345').buckets).not.toEqual(read('call 123456789').buckets)
  })

  it('gives a word the same features whatever its case, stretching and disguise', () => {
    expect(read('IDIOOOOT').buckets).toEqual(read('idiooot').buckets)
    expect(read('ｉｄ\u200dｉｏｔ').buckets).toEqual(read('idiot').buckets)
    expect(read('call 0906123').buckets).toEqual(read('call 1234567').buckets)
    expect(read('good not').buckets).not.toEqual(read('not good').buckets)
  })

  it('counts letters by script', () => {
    expect(read('hello мир')).toMatchObject({ latinLetters: 5, foreignLetters: 3 })
    expect(read(' \u200b\n').buckets).toHaveLength(0)
  })

  it('names each feature once, within the buckets, with an owner among the words', () => {
    fc.assert(
      fc.property(arbitraryText, text => {
        const { buckets, owners, spans } = read(text)
        expect(new Set(buckets).size).toBe(buckets.length)
        expect(owners).toHaveLength(buckets.length)
        expect(buckets.every(bucket => bucket >= 0 && bucket < featureSettings.buckets)).toBe(true)
        expect(owners.every(owner => owner >= 0 && owner >> 1 < spans.length / 2 && owner !== 1)).toBe(true)
        for (let word = 0; word < spans.length / 2; word++) {
          const [start, end] = [spans[2 * word]!, spans[2 * word + 1]!]
          expect(start < end && end <= text.length).toBe(true)
          expect(splitsPair(text, start) || splitsPair(text, end)).toBe(false)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('leaves no trace of one text in the next', () => {
    fc.assert(
      fc.property(arbitraryText, arbitraryText, (text, other) => {
        const before = read(text)
        read(other)
        expect(read(text)).toEqual(before)
      }),
    )
  })

  it('reads a text of ten million characters', () => {
    const { buckets } = read('spam ham '.repeat(1_200_000))
    expect(buckets.length).toBeLessThan(100)
    expect(read('x1y2z3'.repeat(1_000_000)).spans).toHaveLength(2)
  })
})
