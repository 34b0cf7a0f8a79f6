import { describe, expect, it } from 'vitest'
import { sentencesOf } from '../../../serving/perspective/sentences.ts'

describe('sentences', () => {
  it('are joined beyond the limit, so that no part of a text goes unscored', () => {
    const text = 'One. Two. Three.  Four. \n\n'
    const parts = (max: number) => sentencesOf(text, max).map(({ begin, end }) => text.slice(begin, end))
    expect(parts(9)).toEqual(['One.', 'Two.', 'Three.', 'Four.'])
    expect(parts(2)).toEqual(['One.', 'Two. Three.  Four.'])
    expect(sentencesOf(' \n ', 2)).toEqual([])
  })
})
