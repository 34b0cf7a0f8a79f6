import { expect, it } from 'vitest'
import { WordCounter } from '../../jobs/count-reference.ts'
import { openVocabulary } from '../../processors/drift/vocabulary.ts'
import { createFeatureReader } from '../../processors/text/features.ts'

const read = createFeatureReader()

function vocabularyOf(texts: readonly string[], wordsMax?: number) {
  const counter = new WordCounter(wordsMax)
  for (const text of texts) counter.add(text, read(text))
  return openVocabulary(counter.vocabulary())!
}

it('learns words of two rows or more, not those of one, and no mention of a person', () => {
  const vocabulary = vocabularyOf(['once Twice @anna', 'twice rare rare @anna'])
  expect(['twice'].filter(word => !vocabulary.has(word))).toEqual([])
  expect(['once', 'rare', 'Twice', '@anna'].filter(word => vocabulary.has(word))).toEqual([])
})

it('keeps what is frequent where there are more words than it counts', () => {
  const letters = [...'abcdefghijklmnopqrstuvwxyz']
  const rare = letters.flatMap(first => letters.map(second => `word${first}${second}`))
  const texts = rare.flatMap(word => [`the ${word}`, `the ${word}`])
  const vocabulary = vocabularyOf(texts, 100)
  expect(vocabulary.has('the')).toBe(true)
  expect(vocabulary.words).toBeLessThanOrEqual(100)
})
