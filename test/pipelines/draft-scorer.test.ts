import { Registry } from 'prom-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Champions } from '../../pipelines/champions.ts'
import { createDraftScorer } from '../../pipelines/draft-scorer.ts'
import { kinds } from '../../pipelines/kinds.ts'
import { scoreBatch } from '../../pipelines/runtime/inference/score-batch.ts'
import { RuntimeMetrics } from '../../pipelines/runtime/metrics.ts'

let champions: Champions
beforeAll(async () => {
  champions = await Champions.load({}, new RuntimeMetrics(new Registry()))
})
afterAll(() => champions.close())

const texts = [
  'thank you so much, that was really kind of you',
  'you are a stupid idiot and I hate you',
  'CLICK HERE to win free money: http://win.example',
  'ich habe heute leider keine Zeit, wir sehen uns morgen in der Schule',
  '',
  '👍 y0u 1d10t … so  s t u p i d',
]

const textKinds = Object.values(kinds).filter(({ input }) => input === 'TEXT')

describe('a draft', () => {
  it.each(texts)('has the scores of the stream, at once: %s', async text => {
    const scores = createDraftScorer(kind => champions.of(kind)).score(text, { language: null })
    expect(Array.isArray(scores)).toBe(true)
    for (const kind of textKinds) {
      const [streamed] = await scoreBatch(kind.scorer, champions.of(kind), [{ text, language: null }])
      const score = (await scores).find(one => one.kind === kind.kind)
      expect(score).toMatchObject({ status: streamed!.status })
      expect(score!.decision).toEqual(streamed!.status === 'SCORED' ? streamed!.decision : null)
    }
  })

  it.each(texts)('has the same value where its reasons are not asked for: %s', async text => {
    const drafts = createDraftScorer(kind => champions.of(kind))
    const whole = await drafts.score(text, { language: null })
    const plain = await drafts.score(text, {
      language: null,
      kinds: ['niceness', 'text-spam'],
      reasonsOf: ['niceness'],
    })
    expect(plain.map(({ kind }) => kind)).toEqual(['niceness', 'text-spam'])
    for (const { kind, decision } of plain) {
      const expected = whole.find(one => one.kind === kind)!.decision
      if (kind === 'niceness') expect(decision).toEqual(expected)
      else expect(decision).toEqual(expected === null ? null : { ...expected, reasons: [] })
    }
  })

  it('has the scores of the stream while a long one is typed', async () => {
    const drafts = createDraftScorer(kind => champions.of(kind))
    const draft = {}
    let text = ''
    for (let round = 0; round < 60; round++) {
      text += `${texts[round % 3]}. Then something else was said, number ${round}. `
      const scores = await drafts.score(text, { language: null, draft })
      expect(scores).toEqual(await drafts.score(text, { language: null }))
    }
    expect(text.length).toBeGreaterThan(4000)
  })

  it('is waited for where a model answers later, and the model is held until then', async () => {
    let holders = 0
    const drafts = createDraftScorer(kind => ({
      ...champions.of(kind),
      predict: async (inputs, detail) => champions.of(kind).predict(inputs, detail),
      hold() {
        holders++
        return () => void holders--
      },
    }))
    const scores = drafts.score(texts[0]!, { language: null })
    expect(holders).toBe(textKinds.length)
    expect((await scores).find(({ kind }) => kind === 'niceness')!.decision!.label).toBe('kind')
    expect(holders).toBe(0)
  })
})
