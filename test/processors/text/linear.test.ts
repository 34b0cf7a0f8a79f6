import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFeatureReader, featureSettings } from '../../../processors/text/features.ts'
import {
  applyLink,
  type LinearTextModel,
  type Link,
  marginOf,
  predictText,
} from '../../../processors/text/linear.ts'
import { arbitraryText } from '../../support/arbitrary-text.ts'

const read = createFeatureReader()
const links: Link[] = [
  { form: 'sigmoid' },
  { form: 'piecewise', knots: [-1, 0, 0.5], slopes: [5, -3, 8], min: 0, max: 10 },
]
/** Weights that look random and are the same every time. */
const weights = Float32Array.from({ length: featureSettings.buckets }, (_, bucket) =>
  Math.sin(bucket * 12.9898),
)
const models = links.map((link): LinearTextModel => ({ weights, bias: 0.1, link }))

describe('predictText', () => {
  it.each(models)('shares the whole score out among the words ($link.form)', model => {
    fc.assert(
      fc.property(arbitraryText, text => {
        const input = read(text)
        const { value, wordWeights } = predictText(model, input)
        const total = wordWeights.reduce((sum, weight) => sum + weight, 0)
        expect(value).toBe(applyLink(model.link, marginOf(model, input)))
        expect(total).toBeCloseTo(value - applyLink(model.link, model.bias), 3)
      }),
    )
  })

  it('says which word it was', () => {
    const text = 'you are an idiot today'
    const alone = new Float32Array(featureSettings.buckets)
    for (const bucket of read('idiot').buckets) alone[bucket] = -3
    const { wordWeights } = predictText({ weights: alone, bias: 0, link: links[1]! }, read(text))
    expect([...wordWeights].indexOf(Math.min(...wordWeights))).toBe(3)
    expect(wordWeights[0]).toBeCloseTo(0)
  })
})

describe('applyLink', () => {
  it.each(links)('rises and stays on the scale ($form)', link => {
    let before = -1
    for (let margin = -1000; margin <= 1000; margin += 0.37) {
      const value = applyLink(link, margin)
      expect(value).toBeGreaterThanOrEqual(before)
      expect(value).toBeLessThanOrEqual(10)
      before = value
    }
  })
})
