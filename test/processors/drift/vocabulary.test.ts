import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  createVocabulary,
  openVocabulary,
  unknownShare,
  VOCABULARY_WORDS_MAX,
} from '../../../processors/drift/vocabulary.ts'

const open = (words: readonly string[]) => openVocabulary(createVocabulary(words))!

it('knows every word it was made of', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 40 }), { maxLength: 300 }), words => {
      const vocabulary = open(words)
      expect(words.filter(word => !vocabulary.has(word))).toEqual([])
    }),
  )
})

it.each([1000, 52_000, VOCABULARY_WORDS_MAX])(
  'of %i words takes one other word in a hundred for its own at most, and stays below 200 KB',
  count => {
    const words = Array.from({ length: count }, (_, i) => `w${spelt(i)}`)
    const stored = createVocabulary(words)
    expect(stored.bits.length).toBeLessThan(200_000)
    const vocabulary = openVocabulary(stored)!
    const others = Array.from({ length: 50_000 }, (_, i) => `x${spelt(i)}`)
    expect(others.filter(word => vocabulary.has(word)).length / others.length).toBeLessThan(0.011)
  },
)

it('takes a digit for any digit, as the models do', () => {
  expect(open(['win1000', 'covid19']).has('win5000')).toBe(true)
  expect(open(['win1000', 'covid19']).has('won5000')).toBe(false)
})

it('counts the distinct words that were never learned; mentions are no words, and without words there is no share', () => {
  const vocabulary = open(['the', 'cat', 'sat'])
  expect(unknownShare(new Set(['the', 'cat', 'glorps', 'sat']), vocabulary)).toBe(0.25)
  expect(unknownShare(new Set(['@glorp', 'the', 'glorps']), vocabulary)).toBe(0.5)
  expect(unknownShare(new Set(['@glorp']), vocabulary)).toBeNaN()
  expect(unknownShare(new Set(), vocabulary)).toBeNaN()
  expect(unknownShare(new Set(['the']), undefined)).toBeNaN()
})

it('opens no bits that are none of its own', () => {
  for (const bits of [
    '',
    'AAAA',
    Buffer.alloc(129).toString('base64'),
    Buffer.alloc(1 << 18).toString('base64'),
  ])
    expect(openVocabulary({ words: 1, bits })).toBeNull()
})

/** Letters for a number: no digits, which are all the same. */
function spelt(number: number): string {
  return number.toString(26).replace(/\d/g, digit => 'qrstuvwxyz'[Number(digit)]!)
}
