import type { FastifyInstance } from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { errorTable, NicrError } from '../../schemas/errors.ts'
import { createFakeLog, type FakeOptions, fakeServer, keyOf, scoreRecord, wordScorer } from './fake-parts.ts'

let app: FastifyInstance | undefined
afterEach(async () => {
  await app?.close()
  app = undefined
})

async function serve(options: FakeOptions = {}) {
  const server = await fakeServer(options)
  app = server.app
  const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
    server.app.inject({
      method: 'POST',
      url,
      headers: { authorization: `Bearer ${keyOf('admin')}`, 'content-type': 'application/json', ...headers },
      payload: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const get = (url: string, headers: Record<string, string> = { 'x-api-key': keyOf('admin') }) =>
    server.app.inject({ method: 'GET', url, headers })
  return { ...server, post, get }
}

describe('POST /sentiment-analysis', () => {
  it('tells the niceness of a text, with its reasons and the model', async () => {
    const { post } = await serve()
    const answer = await post('/sentiment-analysis', { text: 'thanks, you are no idiot' })
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toMatchObject({ label: 'plain', model: '1', language: null, status: 'SCORED' })
    expect(answer.json().niceness).toBeCloseTo(4.6)
    expect(answer.json().reasons).toEqual([
      { start: 0, end: 6, weight: 2, source: 'TEXT', text: 'thanks' },
      { start: 19, end: 24, weight: -2.4, source: 'TEXT', text: 'idiot' },
    ])
  })

  it('answers several texts in their order', async () => {
    const { post } = await serve()
    const answer = await post('/sentiment-analysis', { texts: ['thanks', '', 'idiot'] })
    expect(answer.json().map((one: { label: string | null }) => one.label)).toEqual(['kind', null, 'unkind'])
  })

  it('takes a lone surrogate as any other character', async () => {
    const { post } = await serve()
    const answer = await post('/sentiment-analysis', '{"text":"thanks \\ud83d idiot"}')
    expect(answer.json().reasons[1]).toMatchObject({ start: 9, text: 'idiot' })
  })

  it('gives up on a model that hangs', async () => {
    const drafts = { ...wordScorer, score: () => new Promise<never>(() => {}) }
    const { post } = await serve({ parts: { drafts }, limits: { scoringMs: 20 } })
    expect((await post('/sentiment-analysis', { text: 'hello' })).json().code).toBe('NICR_SCORING_TIMEOUT')
  })
})

describe('POST /v1/score', () => {
  it('answers every kind, and which spam kind decided', async () => {
    const { post } = await serve()
    const answer = (await post('/v1/score', { text: 'click here, free money' })).json()
    expect(answer).toMatchObject({
      decidedBy: 'text-spam',
      scores: { niceness: { value: 5 }, 'text-spam': { label: 'spam' } },
    })
    expect(answer.spam).toBe(answer.scores['text-spam'].value)
  })

  it('answers only the kinds asked for, and names those there are', async () => {
    const { post } = await serve()
    expect(Object.keys((await post('/v1/score', { text: 'hi', kinds: ['niceness'] })).json().scores)).toEqual(
      ['niceness'],
    )
    const unknown = (await post('/v1/score', { text: 'hi', kinds: ['sarcasm'] })).json()
    expect(unknown).toMatchObject({ code: 'NICR_KIND_UNKNOWN', status: 404 })
    expect(unknown.detail).toContain('text-spam')
  })
})

describe('bad requests', () => {
  const tooLong = JSON.stringify({ text: 'x'.repeat(10_000_000) })
  it.each([
    ['not JSON', '/sentiment-analysis', '{"text": my secret', 400, 'NICR_BODY_INVALID'],
    ['no body', '/sentiment-analysis', '', 400, 'NICR_BODY_INVALID'],
    ['a wrong type', '/sentiment-analysis', { text: 5 }, 400, 'NICR_BODY_INVALID'],
    ['an unknown field', '/sentiment-analysis', { text: 'a', texd: 'my secret' }, 400, 'NICR_BODY_INVALID'],
    ['neither text nor texts', '/sentiment-analysis', {}, 400, 'NICR_BODY_INVALID'],
    ['too many texts', '/sentiment-analysis', { texts: Array(129).fill('a') }, 400, 'NICR_BODY_INVALID'],
    [
      'a text beyond the limit',
      '/sentiment-analysis',
      { text: 'x'.repeat(100_001) },
      413,
      'NICR_TEXT_TOO_LONG',
    ],
    ['a text of 10 MB', '/sentiment-analysis', tooLong, 413, 'NICR_BODY_TOO_LARGE'],
    ['content of 10 MB', '/v1/content', tooLong, 413, 'NICR_BODY_TOO_LARGE'],
    ['content without a text', '/v1/content', { author: 'ann' }, 400, 'NICR_BODY_INVALID'],
    ['a deletion of nothing', '/v1/content', { action: 'DELETED' }, 400, 'NICR_BODY_INVALID'],
    ['a revision that is no int', '/v1/content', { text: 'a', revision: 2 ** 31 }, 400, 'NICR_BODY_INVALID'],
    ['a moment that is none', '/v1/content', { text: 'a', at: 'yesterday...' }, 400, 'NICR_BODY_INVALID'],
    ['a vote of two', '/v1/votes', { contentId: 'a', voter: 'b', value: 2 }, 400, 'NICR_BODY_INVALID'],
    ['a report of nothing', '/v1/reports', { kind: 'niceness' }, 400, 'NICR_BODY_INVALID'],
    [
      'a report with the text of published content',
      '/v1/reports',
      { kind: 'niceness', contentId: 'a', text: 'my secret' },
      400,
      'NICR_BODY_INVALID',
    ],
    [
      'an outcome that is none',
      '/v1/draft-outcomes',
      { draftId: 'd', outcome: 'LOST' },
      400,
      'NICR_BODY_INVALID',
    ],
    ['an address that is none', '/v1/nothing', {}, 404, 'NICR_NOT_FOUND'],
    ['a prototype', '/sentiment-analysis', '{"text":"a","__proto__":{"b":1}}', 400, 'NICR_BODY_INVALID'],
  ] as const)('%s is a problem with its code', async (_name, url, body, status, code) => {
    const { post, parts } = await serve()
    const answer = await post(url, body)
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(answer.json()).toMatchObject({
      type: `urn:nicr:error:${code}`,
      title: errorTable[code].meaning,
      status,
      code,
    })
    expect(answer.statusCode).toBe(status)
    expect(answer.json().detail).not.toBe('')
    expect(answer.body).not.toContain('my secret')
    expect(parts.published).toEqual([])
  })

  it('says which content type it takes', async () => {
    const { post } = await serve()
    const answer = await post('/sentiment-analysis', 'hello', { 'content-type': 'text/plain' })
    expect(answer.json()).toMatchObject({ status: 415, code: 'NICR_MEDIA_TYPE_UNSUPPORTED' })
  })

  it('answers a bug with the id of the request, and logs it without the draft', async () => {
    const drafts = {
      ...wordScorer,
      score: async (text: string) => {
        throw new TypeError(`cannot read ${text}`)
      },
    }
    const { post, parts } = await serve({ parts: { drafts } })
    const answer = await post('/sentiment-analysis', { text: 'my secret' })
    expect(answer.json()).toMatchObject({ status: 500, code: 'NICR_INTERNAL' })
    const log = parts.logLines.join('\n')
    expect(log).toContain('TypeError')
    expect(log + answer.body + (await parts.metrics.metrics())).not.toContain('secret')
  })

  it('limits how often one key asks, and says so in headers', async () => {
    const { get } = await serve({ limits: { requestsPerKeyMax: 2 } })
    expect((await get('/v1/models')).headers).toMatchObject({
      'ratelimit-limit': '2',
      'ratelimit-remaining': '1',
    })
    await get('/v1/models')
    const answer = await get('/v1/models')
    expect(answer.json()).toMatchObject({ status: 429, code: 'NICR_RATE_LIMITED' })
    expect(answer.headers['retry-after']).toBeDefined()
    expect((await get('/v1/models', { 'x-api-key': keyOf('read') })).statusCode).toBe(200)
  })
})

describe('keys and roles', () => {
  it.each([
    ['/v1/models', 'read', 200],
    ['/v1/models', 'moderate', 200],
    ['/v1/models', 'admin', 200],
    ['/v1/models', 'publish', 403],
    ['/v1/models', 'label', 403],
  ] as const)('%s with the role %s: %i', async (url, role, status) => {
    const { get } = await serve()
    expect((await get(url, { authorization: `Bearer ${keyOf(role)}` })).statusCode).toBe(status)
  })

  it('lets nobody publish who may only read', async () => {
    const { post, parts } = await serve()
    const answer = await post('/v1/content', { text: 'a' }, { authorization: `Bearer ${keyOf('read')}` })
    expect(answer.json()).toMatchObject({ status: 403, code: 'NICR_ROLE_MISSING' })
    expect(parts.published).toEqual([])
  })

  it.each([
    [{}, 'NICR_KEY_MISSING'],
    [{ authorization: 'Bearer nonsense' }, 'NICR_KEY_INVALID'],
    [{ authorization: 'Basic YTpi' }, 'NICR_KEY_MISSING'],
    [{ 'x-api-key': 'a.b' }, 'NICR_TICKET_INVALID'],
  ])('refuses %j', async (headers, code) => {
    const { get } = await serve()
    const answer = await get('/v1/models', headers as Record<string, string>)
    expect(answer.json()).toMatchObject({ status: 401, code })
    expect(answer.headers['www-authenticate']).toContain('Bearer')
  })

  it.each(['/livez', '/readyz', '/metrics', '/openapi.json', '/'])('asks for no key at %s', async url => {
    const { get, parts } = await serve()
    parts.scores.positioned()
    expect((await get(url, {})).statusCode).toBe(200)
  })

  it('makes tickets of the key’s own roles, which end', async () => {
    let now = 1_000_000
    const { post, get } = await serve({ now: () => now })
    const made = await post('/v1/tickets', { author: 'ann', scopes: ['read'], ttl: 60 })
    expect(made.statusCode).toBe(201)
    const headers = { authorization: `Bearer ${made.json().ticket}` }
    expect((await get('/v1/models', headers)).statusCode).toBe(200)
    now += 60_000
    expect((await get('/v1/models', headers)).json().code).toBe('NICR_TICKET_INVALID')
    const beyond = await post(
      '/v1/tickets',
      { scopes: ['moderate'] },
      { authorization: `Bearer ${keyOf('read')}` },
    )
    expect(beyond.json().code).toBe('NICR_ROLE_MISSING')
  })

  it('refuses a ticket that was altered', async () => {
    const { post, get } = await serve()
    const { ticket } = (await post('/v1/tickets', {})).json() as { ticket: string }
    const [payload, mac] = ticket.split('.') as [string, string]
    const forged = Buffer.from(Buffer.from(payload, 'base64url').toString().replace('read', 'admi')).toString(
      'base64url',
    )
    expect((await get('/v1/models', { authorization: `Bearer ${forged}.${mac}` })).json().code).toBe(
      'NICR_TICKET_INVALID',
    )
  })

  it('lets pages of named origins call, and no others', async () => {
    const { app } = await serve({ env: { NICR_ALLOWED_ORIGINS: 'https://forum.example' } })
    const preflight = (origin: string) =>
      app.inject({
        method: 'OPTIONS',
        url: '/sentiment-analysis',
        headers: { origin, 'access-control-request-method': 'POST' },
      })
    expect((await preflight('https://forum.example')).headers['access-control-allow-origin']).toBe(
      'https://forum.example',
    )
    expect((await preflight('https://evil.example')).headers['access-control-allow-origin']).toBeUndefined()
  })
})

describe('publishing', () => {
  it('writes the whole record, with what was left out filled in', async () => {
    const { post, parts } = await serve({ now: () => 123_456 })
    const answer = await post('/v1/content', { text: 'hello', author: 'ann' })
    expect(answer.statusCode).toBe(202)
    const { id } = answer.json() as { id: string }
    expect(id).toMatch(/^[0-9a-f-]{36}$/)
    expect(answer.json()).toEqual({ id, revision: 0, partition: 0, offset: 0 })
    expect(parts.published).toEqual([
      {
        topic: 'content',
        key: id,
        record: {
          id,
          kind: 'POST',
          action: 'CREATED',
          revision: 0,
          author: 'ann',
          authorSince: null,
          thread: null,
          parent: null,
          language: null,
          text: 'hello',
          images: [],
          at: 123_456,
        },
      },
    ])
  })

  it.each([
    [
      '/v1/votes',
      { contentId: 'c', voter: 'v', value: -1, at: '2026-01-01T00:00:00Z' },
      'votes',
      'c',
      { value: -1, at: 1_767_225_600_000 },
    ],
    [
      '/v1/reports',
      { draftId: 'd', kind: 'niceness', text: 'as I chose', expected: 7 },
      'reports',
      'd',
      { text: 'as I chose', contentId: null },
    ],
    [
      '/v1/draft-outcomes',
      { draftId: 'd', outcome: 'MODIFIED', nicenessFirst: 2, nicenessLast: 7, edits: 3 },
      'draft-outcomes',
      'd',
      { edits: 3 },
    ],
    [
      '/v1/content',
      { id: 'c', action: 'DELETED', revision: 2 },
      'content',
      'c',
      { text: '', action: 'DELETED' },
    ],
  ] as const)('%s: %j', async (url, body, topic, key, fields) => {
    const { post, parts } = await serve()
    expect((await post(url, body)).statusCode).toBe(202)
    expect(parts.published).toMatchObject([{ topic, key, record: fields }])
  })

  it('publishes once for one Idempotency-Key, and refuses it for another body', async () => {
    const { post, parts } = await serve()
    const headers = { 'idempotency-key': 'once' }
    const [first, second] = await Promise.all([
      post('/v1/content', { text: 'a' }, headers),
      post('/v1/content', { text: 'a' }, headers),
    ])
    expect(second.json()).toEqual(first.json())
    expect([first, second].filter(answer => answer.headers['idempotency-replayed'] === 'true')).toHaveLength(
      1,
    )
    expect(parts.published).toHaveLength(1)
    expect((await post('/v1/content', { text: 'b' }, headers)).json().code).toBe('NICR_IDEMPOTENCY_CONFLICT')
    expect((await post('/v1/content', { text: 'a' }, { 'idempotency-key': 'other' })).json().id).not.toBe(
      first.json().id,
    )
  })

  it('says when Kafka does not answer, and tries the same key again', async () => {
    let down = true
    const publish = async () => {
      if (down) throw new NicrError('NICR_KAFKA_UNAVAILABLE', 'no broker answers')
      return { partition: 1, offset: 9 }
    }
    const { post } = await serve({ parts: { publish } })
    const headers = { 'idempotency-key': 'k' }
    expect((await post('/v1/content', { text: 'a' }, headers)).json()).toMatchObject({
      status: 503,
      code: 'NICR_KAFKA_UNAVAILABLE',
    })
    down = false
    expect((await post('/v1/content', { text: 'a' }, headers)).json()).toMatchObject({
      partition: 1,
      offset: 9,
    })
  })
})

describe('GET /v1/scores/:contentId', () => {
  it('answers what was just pushed without asking history', async () => {
    const history = {
      scoresOf: async () => {
        throw new Error('history was asked')
      },
    }
    const { get, parts } = await serve({ parts: { history } })
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
    const { get, parts } = await serve({
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
    const { get, parts } = await serve({
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
    const { get, parts } = await serve({ parts: { history } })
    createFakeLog(parts.scores).append(scoreRecord({ contentId: 'c' }))
    expect((await get('/v1/scores/c')).json()).toMatchObject({ niceness: 7, spam: null })
    expect((await get('/v1/scores/d')).json()).toMatchObject({
      status: 503,
      code: 'NICR_CLICKHOUSE_UNAVAILABLE',
    })
  })

  it('shows a ticket only its own author’s scores', async () => {
    const { get, post, parts } = await serve({})
    createFakeLog(parts.scores).append(scoreRecord({ contentId: 'c', author: 'bob' }))
    const { ticket } = (await post('/v1/tickets', { author: 'ann' })).json() as { ticket: string }
    expect((await get('/v1/scores/c', { authorization: `Bearer ${ticket}` })).statusCode).toBe(404)
  })
})

describe('what describes the server', () => {
  it('is ready once every part and its own feed are', async () => {
    const { get, parts } = await serve()
    expect((await get('/readyz')).json()).toMatchObject({ ready: false })
    expect((await get('/readyz')).statusCode).toBe(503)
    parts.scores.positioned()
    const answer = await get('/readyz')
    expect(answer.statusCode).toBe(200)
    expect(answer.json().parts.map((one: { part: string }) => one.part)).toEqual([
      'kafka',
      'score-feed',
      'server',
    ])
  })

  it('describes every endpoint in OpenAPI 3.1, with the schemas that validate', async () => {
    const { get } = await serve()
    const document = (await get('/openapi.json')).json()
    expect(document.openapi).toBe('3.1.0')
    const operations = Object.entries(document.paths as Record<string, object>).flatMap(([path, one]) =>
      Object.keys(one).map(method => `${method} ${path}`),
    )
    expect(operations.sort()).toEqual([
      'get /livez',
      'get /metrics',
      'get /readyz',
      'get /v1/models',
      'get /v1/scores/{contentId}',
      'post /sentiment-analysis',
      'post /v1/content',
      'post /v1/draft-outcomes',
      'post /v1/reports',
      'post /v1/score',
      'post /v1/tickets',
      'post /v1/votes',
    ])
    const vote = document.paths['/v1/votes'].post
    expect(vote.requestBody.content['application/json'].schema.required).toEqual([
      'contentId',
      'voter',
      'value',
    ])
    expect(vote['x-nicr-roles']).toEqual(['publish'])
  })

  it('counts requests by route, never by id', async () => {
    const { get } = await serve()
    await get('/v1/scores/some-id')
    const metrics = (await get('/metrics')).body
    expect(metrics).toContain(
      'nicr_http_request_duration_seconds_count{method="GET",route="/v1/scores/:contentId",status="404"} 1',
    )
    expect(metrics).not.toContain('some-id')
  })

  it('serves the page with strict headers', async () => {
    const { get } = await serve()
    const page = await get('/', {})
    expect(page.headers['content-type']).toMatch(/^text\/html/)
    const policy = String(page.headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toContain('unsafe')
    expect(page.headers['x-content-type-options']).toBe('nosniff')
  })
})
