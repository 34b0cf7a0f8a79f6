import fc from 'fast-check'
import { francAll } from 'franc-min'
import { describe, expect, it } from 'vitest'
import { createTrigramReader } from '../../../processors/text/letter-trigrams.ts'
import { foreignSentences } from './foreign-sentences.ts'

const languages = ['eng', 'spa', 'deu', 'fra', 'por', 'tur', 'vie', 'hun']
const reader = createTrigramReader(languages)

function byFranc(text: string): number[] {
  const ranked = new Map(francAll(text, { only: languages, minLength: 1 }))
  return languages.map(language => ranked.get(language)!)
}

describe('the letter trigrams of a text', () => {
  it('are as near to languages as franc has it', () => {
    for (const line of Object.values(foreignSentences).flatMap(lines => lines.trim().split('\n'))) {
      if (/[^\p{Script=Latin}\p{M}\s\p{P}\p{S}]/u.test(line)) continue
      expect([...reader.read(line)]).toEqual(byFranc(line))
    }
  })

  it('also where words, signs and blanks are any', () => {
    const piece = fc.constantFrom(
      ...[
        'a',
        'die',
        'THE',
        'ción',
        'wort',
        'İşte',
        'ß',
        'đường',
        'xqzj',
        ' ',
        '  ',
        '\t',
        '\u00a0',
        '\u2003',
      ],
      ...['. ', '!?', '@', '_', '~', '7', 'é', 'e\u0301', 'ﬁ', 'Ⅳ'],
    )
    const text = fc.array(piece, { minLength: 1, maxLength: 120 }).map(pieces => `the ${pieces.join('')}`)
    fc.assert(
      fc.property(text, one => {
        const read = one.slice(0, 500)
        expect([...reader.read(read)]).toEqual(byFranc(read))
      }),
      { numRuns: 500 },
    )
  })

  it('are nothing to go by in a text without any', () => {
    for (const text of ['', ' ', '7 !?']) expect([...reader.read(text)]).toEqual(languages.map(() => 1))
  })
})
