import { afterEach, describe, expect, it, vi } from 'vitest'
import { NicrError } from '../../schemas/errors.ts'
import { defaultLimits } from '../../serving/limits.ts'
import type { DraftScorer } from '../../serving/ports.ts'
import { createFakeLog, scoreRecord, wordScorer } from './fake-parts.ts'
import { serveHttp } from './http-server.ts'

/** Never a hang: each answer comes when its limit says, on a clock that the test turns. */

const never = () => new Promise<never>(() => {})

/** Models that do not answer for one kind. */
function scorerWithout(slow: string, fail: () => Promise<never>): DraftScorer {
  return {
    ...wordScorer,
    score: async (text, wish) => (wish.kinds?.includes(slow) ? fail() : wordScorer.score(text, wish)),
  }
}

/** Turns the clock until a request is answered; says at what time that was. */
async function answeredAt<T>(asked: PromiseLike<T>): Promise<{ answer: T; ms: number }> {
  let answer: { value: T } | undefined
  void asked.then(value => (answer = { value }))
  for (let ms = 0; ; ms += 100) {
    // Requests and their hooks run on immediates, which the fake clock leaves alone.
    for (let i = 0; i < 20; i++) await new Promise(resolve => setImmediate(resolve))
    if (answer !== undefined) return { answer: answer.value, ms }
    if (ms > 60_000) throw new Error('no answer within a minute')
    await vi.advanceTimersByTimeAsync(100)
  }
}

/** A server whose timers stand still. */
async function serveStill(options: Parameters<typeof serveHttp>[0]) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  return serveHttp(options)
}
afterEach(() => vi.useRealTimers())

describe('a kind without an answer', () => {
  it('that is too slow is degraded at the deadline, and the others are answered', async () => {
    const { post, parts } = await serveStill({ parts: { drafts: scorerWithout('toxicity', never) } })
    const { answer, ms } = await answeredAt(post('/v1/score', { text: 'thanks' }))
    expect(ms).toBe(defaultLimits.scoringMs)
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toMatchObject({
      degraded: true,
      spam: 0.02,
      scores: {
        niceness: { status: 'SCORED', value: 7, code: null },
        toxicity: { status: 'DEGRADED', value: null, reasons: [], model: null, code: 'NICR_SCORING_TIMEOUT' },
      },
    })
    expect(await parts.metrics.metrics()).toContain(
      'nicr_scores_degraded_total{kind="toxicity",code="NICR_SCORING_TIMEOUT"} 1',
    )
  })

  it('makes a sentiment a degraded answer too, one a text', async () => {
    const { post } = await serveStill({ parts: { drafts: scorerWithout('niceness', never) } })
    const { answer, ms } = await answeredAt(post('/sentiment-analysis', { texts: ['hello', 'you'] }))
    expect(ms).toBe(defaultLimits.scoringMs)
    const degraded = { niceness: null, label: null, status: 'DEGRADED', code: 'NICR_SCORING_TIMEOUT' }
    expect(answer.json()).toMatchObject([degraded, degraded])
  })

  it.each([
    [
      'has no model',
      scorerWithout('niceness', async () => {
        throw new NicrError('NICR_MODEL_NOT_FOUND', 'this process holds no model of the kind niceness')
      }),
    ],
    ['is not served', { ...wordScorer, kinds: ['toxicity'] }],
  ])('that %s is degraded at once', async (_name, drafts) => {
    const { post } = await serveHttp({ parts: { drafts } })
    const answer = await post('/sentiment-analysis', { text: 'hello' })
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toMatchObject({ niceness: null, status: 'DEGRADED', code: 'NICR_MODEL_NOT_FOUND' })
  })
})

describe('a broker that is away', () => {
  it('is told of in time, with what to do', async () => {
    const { post } = await serveStill({ parts: { publish: never } })
    const { answer, ms } = await answeredAt(post('/v1/content', { text: 'a' }, { 'idempotency-key': 'k' }))
    expect(ms).toBe(defaultLimits.publishMs)
    expect(answer.json()).toMatchObject({ status: 503, code: 'NICR_KAFKA_UNAVAILABLE' })
    expect(answer.json().detail).toContain('Idempotency-Key')
    expect(answer.headers['retry-after']).toBe('1')
  })

  it('lets only so many records wait, answered or not', async () => {
    let acknowledge = () => {}
    const publish = () =>
      new Promise<{ partition: number; offset: number }>(resolve => {
        acknowledge = () => resolve({ partition: 0, offset: 0 })
      })
    const { post } = await serveStill({ parts: { publish }, limits: { publishesPendingMax: 1 } })
    await answeredAt(post('/v1/content', { text: 'a' }))
    const second = await answeredAt(post('/v1/content', { text: 'b' }))
    expect(second).toMatchObject({ ms: 0, answer: { statusCode: 503 } })
    acknowledge()
    const third = answeredAt(post('/v1/content', { text: 'c' }))
    expect((await third).answer.json().detail).toContain('did not acknowledge')
  })
})

describe('parts that hang', () => {
  it('leave a read with what the feed has, marked, or with a code', async () => {
    const { get, parts } = await serveStill({ parts: { history: { scoresOf: never } } })
    createFakeLog(parts.scores).append(scoreRecord({ contentId: 'c' }))
    const known = await answeredAt(get('/v1/scores/c'))
    expect(known.ms).toBe(defaultLimits.historyMs)
    expect(known.answer.json()).toMatchObject({ niceness: 7, degraded: true })
    const unknown = await answeredAt(get('/v1/scores/d'))
    expect(unknown.answer.json()).toMatchObject({ status: 503, code: 'NICR_CLICKHOUSE_UNAVAILABLE' })
  })

  it.each([
    ['/v1/models', { models: never }],
    ['/readyz', { readiness: never }],
  ])('do not hold up %s', async (url, parts) => {
    const { get } = await serveStill({ parts })
    const { answer, ms } = await answeredAt(get(url))
    expect(ms).toBe(defaultLimits.answerMs)
    expect(answer.json()).toMatchObject({ status: 503, code: 'NICR_ANSWER_TIMEOUT' })
  })
})
