import { describe, expect, it } from 'vitest'
import { imageScorer } from '../../../processors/images/image-scorer.ts'
import { aSeenImage } from '../../support/seen-images.ts'

const scorer = imageScorer({ kind: 'image-spam', negative: 'ham', positive: 'spam' })
const card = { kind: 'image-spam', version: '1', settings: {} }

describe('the reason of a near-copy', () => {
  it.each([
    ['', 'like a tagged picture'],
    ['posted by 6 authors', 'posted by 6 authors'],
  ])('named %j reads %j', (name, text) => {
    const seen = aSeenImage({ copyOf: { entry: 'e', name, similarity: 1, weight: 0.5 } })
    const { reasons } = scorer.decide({ text: '' }, { images: [seen] }, { probabilities: [0.1] }, card)!
    expect(reasons.map(one => one.text)).toContain(text)
  })
})
