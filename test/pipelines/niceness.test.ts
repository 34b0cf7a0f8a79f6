import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadModel } from '../../pipelines/model-registry.ts'
import { niceness } from '../../pipelines/niceness.ts'
import { type Scored, scoreBatch } from '../../pipelines/runtime/inference/score-batch.ts'
import { type Decision, type Model, REASONS_MAX, type Scorable } from '../../processors/scorer.ts'
import { arbitraryText, splitsPair } from '../support/arbitrary-text.ts'

let model: Model<unknown, unknown>
beforeAll(async () => {
  model = await loadModel('niceness@champion')
})

async function score(content: Scorable): Promise<Scored> {
  return (await scoreBatch(niceness.scorer, model as never, [content]))[0]!
}
async function decide(text: string): Promise<Decision> {
  const scored = await score({ text })
  if (scored.status !== 'SCORED') throw new Error(`${text} is ${scored.status}`)
  return scored.decision
}

describe('what the committed champion makes of ordinary sentences', () => {
  it.each([
    'Thank you so much for your help yesterday!',
    'Thanks a lot, I really appreciate what you did for us.',
    'What a wonderful idea, you should be proud of yourself.',
    'Congratulations on the new baby, we love you both.',
    'That was kind of you, thank you for taking the time.',
  ])('is above 7: %s', async text => {
    expect((await decide(text)).value).toBeGreaterThan(7)
  })

  it.each([
    'You are an idiot and a liar.',
    'Shut up, you stupid moron.',
    'Go away, you disgusting piece of garbage.',
    'You are a disgusting liar and everyone hates you.',
    'I hate you, you worthless idiot.',
  ])('is below 3: %s', async text => {
    expect((await decide(text)).value).toBeLessThan(3)
  })

  it('calls a milder insult unkind', async () => {
    expect((await decide('What a pathetic loser you are.')).label).toBe('unkind')
  })

  it.each([
    'The meeting is at ten in the main building.',
    'The bus to the station leaves every half hour.',
    'We moved the tables into the other room on Monday.',
    'Which of the two files is the newer one?',
    'The report has forty pages and three annexes.',
  ])('is near 5: %s', async text => {
    const { value } = await decide(text)
    expect(value).toBeGreaterThan(3.5)
    expect(value).toBeLessThan(6.7)
  })

  it.each([
    'My grandmother died last night and I feel so empty.',
    'I am so lonely and sad since we moved here.',
    'I lost my job and I am scared about the rent.',
    'Since the operation I cry every evening.',
    'I failed the exam again and I feel hopeless.',
  ])('is unhappy, not unkind: %s', async text => {
    expect((await decide(text)).value).toBeGreaterThan(4)
  })
})

describe('its scorer', () => {
  it('says why, in the author’s own words and places', async () => {
    const text = 'Well 👍 STU\u200bPIIIID idea, but thank you!'
    const { reasons } = await decide(text)
    const named = reasons.map(reason => reason.text)
    expect(named).toContain('STU\u200bPIIIID')
    expect(named).toContain('thank')
    for (const { start, end, text: words } of reasons) expect(text.slice(start!, end!)).toBe(words)
    expect(reasons.find(reason => reason.text === 'thank')!.weight).toBeGreaterThan(0)
    expect(reasons.find(reason => reason.text === 'STU\u200bPIIIID')!.weight).toBeLessThan(0)
  })

  it('says what the score would be without each word', async () => {
    const text = 'Thank you for the summary, you idiot.'
    const { value, reasons } = await decide(text)
    const without = (word: string) => reasons.find(reason => reason.text === word)?.without ?? Number.NaN
    expect(without('Thank')).toBeLessThan(value)
    expect(without('idiot')).toBeGreaterThan(value + 1)
  })

  it('gives few, sound reasons for any text, heaviest first', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryText, async text => {
        const scored = await score({ text })
        if (scored.status !== 'SCORED') return
        const { value, reasons } = scored.decision
        expect(value >= 0 && value <= 10).toBe(true)
        expect(reasons.length).toBeLessThanOrEqual(REASONS_MAX)
        reasons.forEach((reason, i) => {
          const [start, end] = [reason.start!, reason.end!]
          expect(start >= 0 && start < end && end <= text.length).toBe(true)
          if (reason.without !== null) expect(reason.without! >= 0 && reason.without! <= 10).toBe(true)
          expect(splitsPair(text, start) || splitsPair(text, end)).toBe(false)
          if (i > 0) expect(Math.abs(reason.weight)).toBeLessThanOrEqual(Math.abs(reasons[i - 1]!.weight))
        })
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    ['', undefined, { status: 'EMPTY', language: null }],
    [' \n\u200b\u3164 ', 'de-AT', { status: 'EMPTY', language: 'de' }],
    ['Du bist ein Trottel', 'de-AT', { status: 'UNSUPPORTED', language: 'de' }],
    ['Ты молодец, спасибо', undefined, { status: 'UNSUPPORTED', language: 'ru' }],
    ['ありがとう', 'und', { status: 'UNSUPPORTED', language: 'ja' }],
    ['谢谢你', 'en', { status: 'UNSUPPORTED', language: 'en' }],
  ])('does not guess at %j in %s', async (text, language, expected) => {
    expect(await score({ text, language: language ?? null })).toEqual(expected)
  })

  it.each(['12345', '😂😂', '\ud83d', '!!!', 'Thanks, спс'])('scores %j', async text => {
    expect((await score({ text, language: 'EN_us' })).status).toBe('SCORED')
  })
})
