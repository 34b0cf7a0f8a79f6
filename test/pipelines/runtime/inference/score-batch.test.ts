import { describe, expect, it } from 'vitest'
import { scoreBatch } from '../../../../pipelines/runtime/inference/score-batch.ts'
import type { Model, Scorer } from '../../../../processors/scorer.ts'

/** Scores a text by its length; nothing to say of an empty one. */
const scorer: Scorer<string, number> = {
  kind: 'length',
  prepare: ({ text }) =>
    text === '' ? { status: 'EMPTY', language: null } : { status: 'READY', input: text, language: 'en' },
  decide: (_content, _input, value) => ({ value, label: 'any', probability: null, reasons: [] }),
}
const card = { kind: 'length', version: '1', settings: {} }
const texts = ['abc', '', 'a', '', 'ab'].map(text => ({ text }))

describe('scoreBatch', () => {
  it.each([
    ['at once', (inputs: readonly string[]) => inputs.map(input => input.length)],
    ['later', async (inputs: readonly string[]) => inputs.map(input => input.length)],
  ])('keeps the order with a model that answers %s', async (_name, predict) => {
    const model: Model<string, number> = { card, predict, close: async () => {} }
    const scored = await scoreBatch(scorer, model, texts)
    expect(scored.map(one => (one.status === 'SCORED' ? one.decision.value : one.status))).toEqual([
      3,
      'EMPTY',
      1,
      'EMPTY',
      2,
    ])
  })

  it('asks the model once a batch, and not for nothing', async () => {
    const calls: (readonly string[])[] = []
    const predict = (inputs: readonly string[]) => {
      calls.push(inputs)
      return inputs.map(() => 0)
    }
    const model: Model<string, number> = { card, predict, close: async () => {} }
    await scoreBatch(scorer, model, texts)
    await scoreBatch(scorer, model, [{ text: '' }])
    await scoreBatch(scorer, model, [])
    expect(calls).toEqual([['abc', 'a', 'ab']])
  })

  it('does not pass off one text’s prediction as another’s', async () => {
    const model: Model<string, number> = { card, predict: () => [1], close: async () => {} }
    await expect(scoreBatch(scorer, model, texts)).rejects.toThrow('answered 1 of 3')
  })
})
