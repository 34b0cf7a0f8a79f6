import { describe, expect, it } from 'vitest'
import { loadModel } from '../../pipelines/model-registry.ts'
import { scoreBatch } from '../../pipelines/runtime/inference/score-batch.ts'
import { textSpam } from '../../pipelines/text-spam.ts'

async function decide(text: string) {
  const model = await loadModel('text-spam@champion')
  const [scored] = await scoreBatch(textSpam.scorer, model as never, [{ text }])
  if (scored?.status !== 'SCORED') throw new Error(`${text} was not scored`)
  return scored.decision
}

describe('text-spam with the committed champion', () => {
  it.each([
    'WINNER! You have been chosen for a free prize. Call 09012345678 now to claim your £900 reward',
    'Check out my new channel and subscribe please http://example.com/watch',
    'URGENT: your mobile number has won a cash prize, text CLAIM to 80080',
  ])('calls spam: %s', async text => {
    const { value, label, probability } = await decide(text)
    expect(label).toBe('spam')
    expect(probability).toBe(value)
    expect(value).toBeGreaterThan(0.8)
  })

  it.each([
    'See you at the station at nine then',
    'I love this song, it was played at our wedding',
    'No, you are wrong about that',
  ])('lets pass: %s', async text => {
    const { value, label, probability } = await decide(text)
    expect(label).toBe('ham')
    expect(probability).toBeCloseTo(1 - value, 12)
    expect(value).toBeLessThan(0.2)
  })

  it('goes by the threshold of the version', () => {
    const prediction = { value: 0.7, wordWeights: new Float32Array(0), valueWithout: () => 0 }
    const prepared = textSpam.scorer.prepare({ text: 'hello' })
    if (prepared.status !== 'READY') throw new Error('hello is scored')
    const card = (threshold: number) => ({ kind: 'text-spam', version: '9', settings: { threshold } })
    expect(textSpam.scorer.decide({ text: 'hello' }, prepared.input, prediction, card(0.6))!.label).toBe(
      'spam',
    )
    expect(textSpam.scorer.decide({ text: 'hello' }, prepared.input, prediction, card(0.8))!.label).toBe(
      'ham',
    )
  })
})
