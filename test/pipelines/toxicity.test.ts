import { describe, expect, it } from 'vitest'
import { loadModel } from '../../pipelines/model-registry.ts'
import { scoreBatch } from '../../pipelines/runtime/inference/score-batch.ts'
import { toxicity } from '../../pipelines/toxicity.ts'

async function decide(text: string) {
  const model = await loadModel('toxicity@champion')
  const [scored] = await scoreBatch(toxicity.scorer, model as never, [{ text }])
  if (scored?.status !== 'SCORED') throw new Error(`${text} was not scored`)
  return scored.decision
}

describe('toxicity with the committed champion', () => {
  it.each([
    'You are a stupid, disgusting idiot.',
    'Shut the fuck up, you pathetic loser.',
    'What a bitch, fuck her and all her friends.',
  ])('names toxic: %s', async text => {
    const { value, label, probability } = await decide(text)
    expect(label).toBe('toxic')
    expect(probability).toBe(value)
    expect(value).toBeGreaterThan(0.8)
  })

  it.each([
    'Thank you for explaining this so patiently.',
    'Could you send me the minutes of the last meeting?',
    'I disagree, the second proposal is cheaper.',
  ])('names civil: %s', async text => {
    const { value, label, probability } = await decide(text)
    expect(label).toBe('civil')
    expect(probability).toBeCloseTo(1 - value, 12)
  })
})
