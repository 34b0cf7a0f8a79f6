import { describe, expect, it } from 'vitest'
import { NicrError } from '../../schemas/errors.ts'
import { createFakeLog, scoreRecord } from './fake-parts.ts'
import { serveHttp } from './http-server.ts'

describe('POST /sentiment-analysis', () => {
  it('tells the niceness of a text, with its reasons and the model', async () => {
    const { post } = await serveHttp()
    const answer = await post('/sentiment-analysis', { text: 'thanks, you are no idiot' })
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toMatchObject({ label: 'plain', model: '1', language: null, status: 'SCORED' })
    expect(answer.json().niceness).toBeCloseTo(4.6)
    expect(answer.json().reasons).toEqual([
      { start: 0, end: 6, weight: 2, source: 'TEXT', text: 'thanks', without: expect.closeTo(2.6) },
      { start: 19, end: 24, weight: -2.4, source: 'TEXT', text: 'idiot', without: 7 },
    ])
  })

  it('answers several texts in their order', async () => {
    const { post } = await serveHttp()
    const answer = await post('/sentiment-analysis', { texts: ['thanks', '', 'idiot'] })
    expect(answer.json().map((one: { label: string | null }) => one.label)).toEqual(['kind', null, 'unkind'])
  })

  it('takes a lone surrogate as any other character', async () => {
    const { post } = await serveHttp()
    const answer = await post('/sentiment-analysis', '{"text":"thanks \\ud83d idiot"}')
    expect(answer.json().reasons[1]).toMatchObject({ start: 9, text: 'idiot' })
  })
})

describe('POST /v1/score', () => {
  it('answers every kind, and which spam kind decided', async () => {
    const { post } = await serveHttp()
    const answer = (await post('/v1/score', { text: 'click here, free money' })).json()
    expect(answer).toMatchObject({
      decidedBy: 'text-spam',
      scores: { niceness: { value: 5 }, 'text-spam': { label: 'spam' } },
    })
    expect(answer.spam).toBe(answer.scores['text-spam'].value)
  })

  it('never takes toxicity for spam', async () => {
    const { post } = await serveHttp()
    const answer = (await post('/v1/score', { text: 'you idiot' })).json()
    expect(answer.scores.toxicity).toMatchObject({ label: 'toxic', value: 0.97 })
    expect(answer).toMatchObject({ spam: 0.02, decidedBy: 'text-spam' })
  })

  it('answers only the kinds asked for, and names those there are', async () => {
    const { post } = await serveHttp()
    expect(Object.keys((await post('/v1/score', { text: 'hi', kinds: ['niceness'] })).json().scores)).toEqual(
      ['niceness'],
    )
    const unknown = (await post('/v1/score', { text: 'hi', kinds: ['sarcasm'] })).json()
    expect(unknown).toMatchObject({ code: 'NICR_KIND_UNKNOWN', status: 404 })
    expect(unknown.detail).toContain('text-spam')
  })
})

describe('GET /v1/scores/:contentId', () => {
  it('answers what was just pushed without asking history', async () => {
    const history = {
      scoresOf: async () => {
        throw new Error('history was asked')
      },
    }
    const { get, parts } = await serveHttp({ parts: { history } })
    createFakeLog(parts.scores).append(
      scoreRecord({ contentId: 'c/1', revision: 3, value: 8.5 }),
      scoreRecord({
        contentId: 'c/1',
        revision: 3,
        kind: 'text-spam',
        value: 0.2,
        probability: 0.2,
        label: 'ham',
      }),
      scoreRecord({ contentId: 'c/1', revision: 3, kind: 'toxicity', value: 0.6, label: 'toxic' }),
    )
    const answer = await get('/v1/scores/c%2F1')
    expect(answer.json()).toMatchObject({
      contentId: 'c/1',
      revision: 3,
      niceness: 8.5,
      spam: 0.2,
      decidedBy: 'text-spam',
    })
    expect(answer.json().scores.niceness).toMatchObject({
      value: 8.5,
      label: 'kind',
      status: 'SCORED',
      model: '1',
      eventAt: 1003,
    })
  })

  it('takes from history what the feed never saw, and the newer of both', async () => {
    const stored = [
      scoreRecord({ contentId: 'c', value: 1 }),
      scoreRecord({ contentId: 'c', kind: 'text-spam', value: 0.9 }),
      scoreRecord({ contentId: 'c', kind: 'image-spam', value: 0.95 }),
    ]
    const { get, parts } = await serveHttp({
      parts: { history: { scoresOf: async id => (id === 'c' ? stored : []) } },
    })
    createFakeLog(parts.scores).append(scoreRecord({ contentId: 'c', value: 2, modelVersion: '2' }))
    expect((await get('/v1/scores/c')).json()).toMatchObject({
      niceness: 2,
      spam: 0.95,
      decidedBy: 'image-spam',
    })
    expect((await get('/v1/scores/unknown')).json()).toMatchObject({
      status: 404,
      code: 'NICR_SCORE_NOT_FOUND',
    })
  })

  it('is 404 for what was deleted, though history still has it', async () => {
    const { get, parts } = await serveHttp({
      parts: { history: { scoresOf: async () => [scoreRecord({ contentId: 'c' })] } },
    })
    createFakeLog(parts.scores).append(
      scoreRecord({ contentId: 'c', revision: 1, status: 'CLEARED', value: null }),
    )
    expect((await get('/v1/scores/c')).statusCode).toBe(404)
  })

  it('answers from the feed while ClickHouse is down, and says so for the rest', async () => {
    const history = {
      scoresOf: async () => {
        throw new NicrError('NICR_CLICKHOUSE_UNAVAILABLE', 'ClickHouse does not answer')
      },
    }
    const { get, parts } = await serveHttp({ parts: { history } })
    createFakeLog(parts.scores).append(scoreRecord({ contentId: 'c' }))
    expect((await get('/v1/scores/c')).json()).toMatchObject({ niceness: 7, spam: null })
    expect((await get('/v1/scores/d')).json()).toMatchObject({
      status: 503,
      code: 'NICR_CLICKHOUSE_UNAVAILABLE',
    })
  })

  it('shows a ticket only its own author’s scores', async () => {
    const { get, post, parts } = await serveHttp({})
    createFakeLog(parts.scores).append(scoreRecord({ contentId: 'c', author: 'bob' }))
    const { ticket } = (await post('/v1/tickets', { author: 'ann' })).json() as { ticket: string }
    expect((await get('/v1/scores/c', { authorization: `Bearer ${ticket}` })).statusCode).toBe(404)
  })
})
