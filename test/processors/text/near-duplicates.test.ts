import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NearDuplicates } from '../../../processors/text/near-duplicates.ts'
import { arbitraryText } from '../../support/arbitrary-text.ts'
import { createWriter } from '../../support/stored-community.ts'

const writer = createWriter(3)
const resembles = (one: string, other: string) => {
  const texts = new NearDuplicates()
  texts.add(one)
  return texts.add(other).length > 0
}

describe('texts that say nearly the same', () => {
  it('are found by one word of many, by case, signs, digits and disguises', () => {
    const text = writer.text(30)
    const oneWordOther = text.split(' ').with(12, 'glorping').join(' ')
    for (const other of [
      text,
      text.toUpperCase(),
      `${text} 123 !!!`,
      text.replaceAll('a', 'а'),
      oneWordOther,
    ])
      expect(resembles(text, other), other).toBe(true)
  })

  it('are not short texts that differ in a word, nor any that share half of their words', () => {
    expect(resembles('I like this', 'I hate this')).toBe(false)
    for (let i = 0; i < 200; i++) {
      const half = writer.text(12)
      expect(resembles(`${half} ${writer.text(12)}`, `${half} ${writer.text(12)}`)).toBe(false)
    }
  })

  it('are told by number among thousands of others, each time', () => {
    const texts = new NearDuplicates()
    const added = Array.from({ length: 5000 }, () => writer.text(25))
    const found = added.map(text => texts.add(text))
    expect(found.filter(one => one.length > 0)).toEqual([])
    let missed = 0
    added.slice(0, 300).forEach((text, i) => {
      if (
        !texts
          .add(
            text
              .split(' ')
              .with(i % 25, 'x')
              .join(' '),
          )
          .includes(i)
      )
        missed++
    })
    // One word of 25 gone leaves about 0.9 of the 5-grams in common.
    expect(missed).toBeLessThanOrEqual(3)
  })

  it('are a text and itself, whatever it holds', () => {
    fc.assert(
      fc.property(arbitraryText, text => {
        expect(resembles(text, text)).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  it('keep emoji apart where there is nothing else', () => {
    expect(resembles('👍👍', '👎👎')).toBe(false)
    expect(resembles('100', '200')).toBe(false)
  })
})
