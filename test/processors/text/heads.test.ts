import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFeatureReader, featureSettings } from '../../../processors/text/features.ts'
import {
  fillShares,
  type HeadsModel,
  predictText,
  valueOfText as scoreOf,
} from '../../../processors/text/heads.ts'
import { applyLink } from '../../../processors/text/link.ts'
import type { TextInput } from '../../../processors/text/text-input.ts'
import { arbitraryText } from '../../support/arbitrary-text.ts'
import { links, wavyModel, wavyModels } from '../../support/heads-models.ts'

const read = createFeatureReader()

/** The text less what first occurs in a word, and less the word's pairs. */
function lessWord(input: TextInput, word: number): TextInput {
  const kept = [...input.owners.keys()].filter(i => {
    const owner = input.owners[i]!
    return owner >> 1 !== word && owner !== 2 * (word + 1) + 1
  })
  return { ...input, buckets: Int32Array.from(kept, i => input.buckets[i]!) }
}

/** One head, which knows nothing but the word. */
function wordModel(word: string): HeadsModel {
  const weights = new Int8Array(featureSettings.buckets)
  for (const bucket of read(word).buckets) weights[bucket] = -127
  return {
    heads: ['tone'],
    tones: 1,
    registers: 1,
    weights,
    scales: Float32Array.of(0.05),
    biases: Float32Array.of(0),
    dense: new Float32Array(featureSettings.dense.length),
    squashed: Float32Array.of(0),
    experts: Float32Array.of(1),
    offsets: Float32Array.of(0),
    link: links[1]!,
  }
}

const sumOf = (weights: Float32Array) => weights.reduce((sum, weight) => sum + weight, 0)

describe('predictText', () => {
  it.each(wavyModels.slice(0, 2))('shares the whole score out among the words ($name)', ({ model }) => {
    fc.assert(
      fc.property(arbitraryText, text => {
        const input = read(text)
        const { value, wordWeights } = predictText(model, input)
        const withoutWords = scoreOf(model, {
          ...input,
          buckets: new Int32Array(0),
          owners: new Int32Array(0),
        })
        expect(value).toBe(scoreOf(model, input))
        expect(sumOf(wordWeights)).toBeCloseTo(value - withoutWords, 3)
      }),
    )
  })

  it.each(wavyModels)('says what the value were without the features of a word ($name)', ({ model }) => {
    fc.assert(
      fc.property(arbitraryText, text => {
        const input = read(text)
        const { valueWithout } = predictText(model, input)
        for (let word = 0; word < input.spans.length / 2; word++)
          if (!input.owners.includes(2 * word)) expect(valueWithout(word)).toBeNull()
          else expect(valueWithout(word)).toBeCloseTo(scoreOf(model, lessWord(input, word)), 6)
      }),
      { numRuns: 50 },
    )
  })

  it.each(wavyModels)('answers any text at all with a number of the scale ($name)', ({ model }) => {
    const max = model.link.form === 'sigmoid' ? 1 : model.link.max
    for (const text of ['', ' ', '\ud83d', 'a'.repeat(1 << 20), 'you are '.repeat(1 << 17)]) {
      const { value, wordWeights } = predictText(model, read(text))
      expect(value).toBeGreaterThanOrEqual(0)
      expect(value).toBeLessThanOrEqual(max)
      expect(wordWeights.every(Number.isFinite)).toBe(true)
    }
  })

  it('says which word it was, and takes a repeat of it out too', () => {
    const { wordWeights } = predictText(wordModel('idiot'), read('you are an idiot today'))
    expect([...wordWeights].indexOf(Math.min(...wordWeights))).toBe(3)
    expect(wordWeights[0]).toBeCloseTo(0)
    const { value, valueWithout } = predictText(wordModel('xylophone'), read('xylophone. hello xylophone'))
    expect(value).toBeLessThan(applyLink(links[1]!, 0))
    expect(valueWithout(0)).toBeCloseTo(applyLink(links[1]!, 0))
    expect(valueWithout(3)).toBeNull()
  })

  it('keeps what it said of one text while it reads the next', () => {
    const model = wavyModel(3, links[0]!)
    const first = predictText(model, read('hello dear world'))
    const weights = [...first.wordWeights]
    predictText(model, read('something else entirely')).valueWithout(1)
    expect([...first.wordWeights]).toEqual(weights)
    expect(first.valueWithout(1)).toBeCloseTo(scoreOf(model, lessWord(read('hello dear world'), 1)), 6)
  })

  it.each(wavyModels)(
    'says the same of a word, to the last bit, however many texts came since ($name)',
    ({ model }) => {
      const input = read('you are a kind and a dear friend of mine, you are')
      const { valueWithout, wordWeights } = predictText(model, input)
      const askAll = () => Array.from(wordWeights, (_, word) => valueWithout(word))
      const atOnce = askAll()
      for (let other = 0; other < 2000; other++) {
        predictText(model, read(`text ${other} says ${'something else '.repeat(100)}`))
        if (other % 100 === 0) expect(askAll()).toEqual(atOnce)
      }
      expect(askAll()).toEqual(atOnce)
    },
  )
})

describe('fillShares', () => {
  it('shares of registers add up to 1, however far apart the margins', () => {
    const margin = fc.double({ min: -1e6, max: 1e6, noNaN: true })
    fc.assert(
      fc.property(fc.array(margin, { minLength: 1, maxLength: 12 }), margins => {
        const shares = new Float64Array(margins.length)
        fillShares(shares, Float64Array.from([5, ...margins]), 1)
        expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9)
      }),
    )
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
