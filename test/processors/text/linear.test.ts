import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFeatureReader, featureSettings, type TextInput } from '../../../processors/text/features.ts'
import {
  applyLink,
  type LinearTextModel,
  type Link,
  marginOf,
  predictText,
} from '../../../processors/text/linear.ts'
import { arbitraryText } from '../../support/arbitrary-text.ts'

const read = createFeatureReader()

/** The text less what first occurs in a word, and less the word's pairs. */
function lessWord(input: TextInput, word: number): TextInput {
  const kept = [...input.owners.keys()].filter(i => {
    const owner = input.owners[i]!
    return owner >> 1 !== word && owner !== 2 * (word + 1) + 1
  })
  return { ...input, buckets: Int32Array.from(kept, i => input.buckets[i]!) }
}

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

  it.each(models)('says what the value were without the features of a word ($link.form)', model => {
    fc.assert(
      fc.property(arbitraryText, text => {
        const input = read(text)
        const { valueWithout } = predictText(model, input)
        for (let word = 0; word < input.spans.length / 2; word++) {
          if (!input.owners.includes(2 * word)) expect(valueWithout(word)).toBeNull()
          else
            expect(valueWithout(word)).toBeCloseTo(
              applyLink(model.link, marginOf(model, lessWord(input, word))),
              6,
            )
        }
      }),
    )
  })

  it('leaves no trace of a word that is said once, as if it had not been written', () => {
    const model = models[0]!
    const { valueWithout } = predictText(model, read('xylophone'))
    expect(valueWithout(0)).toBe(applyLink(model.link, model.bias))
    const pair = predictText(model, read('hello xylophone'))
    expect(pair.valueWithout(1)).toBeCloseTo(predictText(model, read('hello')).value, 6)
  })

  it('takes a repeat of the word out too, but for its pairs', () => {
    const text = 'xylophone. hello xylophone'
    const alone = new Float32Array(featureSettings.buckets)
    for (const bucket of read('xylophone').buckets) alone[bucket] = -3
    const { value, valueWithout } = predictText({ weights: alone, bias: 0, link: links[1]! }, read(text))
    expect(value).toBe(0)
    expect(valueWithout(0)).toBe(applyLink(links[1]!, 0))
    expect(valueWithout(3)).toBeNull()
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
