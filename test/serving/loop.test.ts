import { describe, expect, it } from 'vitest'
import { NicrError } from '../../schemas/errors.ts'
import { keyOf } from './fake-parts.ts'
import { serveHttp } from './http-server.ts'
import { aVersionPage, inShadow, promotions } from './loop-stories.ts'

const NOW = Date.UTC(2026, 2, 1, 12)
const withKey = (role: 'read' | 'admin' | 'moderate') => ({ authorization: `Bearer ${keyOf(role)}` })

describe('GET /v1/loop', () => {
  it('answers where the loop is, of all kinds or one, and whether the key may act', async () => {
    const asked: unknown[] = []
    const loop = {
      overview: async (kind?: string) => {
        asked.push(kind)
        return inShadow
      },
      promotions: async () => promotions,
    }
    const { get } = await serveHttp({ parts: { loop } })
    const answer = await get('/v1/loop', withKey('read'))
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toEqual({ admin: false, kinds: JSON.parse(JSON.stringify(inShadow)) })
    expect((await get('/v1/loop?kind=niceness')).json().admin).toBe(true)
    expect(asked).toEqual([undefined, 'niceness'])
    expect((await get('/v1/loop?kind=rudeness')).json().code).toBe('NICR_KIND_UNKNOWN')
  })

  it('says so where ClickHouse is away', async () => {
    const away = async () => {
      throw new NicrError('NICR_CLICKHOUSE_UNAVAILABLE', 'it is away')
    }
    const { get } = await serveHttp({ parts: { loop: { overview: away, promotions: away } } })
    for (const url of ['/v1/loop', '/v1/models/history']) expect((await get(url)).statusCode).toBe(503)
  })
})

describe('POST /v1/automation', () => {
  it('writes who paused what and why, and says so in the audit without the words', async () => {
    const { post, parts } = await serveHttp({ now: () => NOW })
    const body = { kind: 'niceness', paused: true, reason: 'The guideline changes.' }
    const answer = await post('/v1/automation', body)
    expect(answer.statusCode).toBe(202)
    const said = { ...body, by: 'admin', at: NOW, id: answer.json().id }
    expect(answer.json()).toEqual(said)
    expect(parts.published).toEqual([{ topic: 'automation', key: 'niceness', record: said }])
    const audited = parts.logLines.map(line => JSON.parse(line)).filter(({ audit }) => audit !== undefined)
    expect(audited).toMatchObject([
      { audit: 'loop-paused', key: 'admin', name: 'admin', kind: 'niceness', record: said.id },
    ])
    expect(JSON.stringify(audited)).not.toContain('guideline')
    await post('/v1/automation', { kind: 'niceness', paused: false })
    expect(parts.published[1]!.record).toMatchObject({ paused: false, reason: '' })
  })

  it.each([
    ['an unknown kind', { kind: 'rudeness', paused: true }, 404, 'NICR_KIND_UNKNOWN'],
    ['neither', { kind: 'niceness' }, 400, 'NICR_BODY_INVALID'],
    ['another’s name', { kind: 'niceness', paused: true, by: 'somebody else' }, 400, 'NICR_BODY_INVALID'],
    ['a novel', { kind: 'niceness', paused: true, reason: 'x'.repeat(1001) }, 400, 'NICR_BODY_INVALID'],
  ])('refuses %s', async (_what, body, status, code) => {
    const { post, parts } = await serveHttp()
    const answer = await post('/v1/automation', body)
    expect([answer.statusCode, answer.json().code]).toEqual([status, code])
    expect(parts.published).toEqual([])
  })

  it('is for admins, and so is asking for a training', async () => {
    const { post, parts } = await serveHttp()
    for (const role of ['read', 'moderate'] as const) {
      for (const [url, body] of [
        ['/v1/automation', { kind: 'niceness', paused: true }],
        ['/v1/retrain-requests', { kind: 'niceness' }],
      ] as const)
        expect((await post(url, body, withKey(role))).json().code).toBe('NICR_ROLE_MISSING')
    }
    expect(parts.published).toEqual([])
  })
})

describe('POST /v1/retrain-requests', () => {
  it('asks for the champion of the promotions to be replaced, for two weeks', async () => {
    const models = async () => [
      {
        kind: 'niceness',
        version: '3',
        promoted: '4',
        challenger: null,
        since: null,
        previous: null,
        languages: ['en'],
        metrics: {},
        versions: [],
      },
    ]
    const { post, parts } = await serveHttp({ now: () => NOW, parts: { models } })
    const answer = await post('/v1/retrain-requests', { kind: 'niceness', reason: 'New slang.' })
    expect(answer.statusCode).toBe(202)
    const asked = {
      policy: 'manual',
      kind: 'niceness',
      reason: 'New slang.',
      by: 'admin',
      modelVersion: '4',
      requestedAt: NOW,
      expiresAt: NOW + 14 * 86_400_000,
    }
    expect(answer.json()).toMatchObject(asked)
    expect(parts.published).toMatchObject([
      { topic: 'retrain-requests', key: 'niceness', record: { ...asked, evidence: [{ source: 'person' }] } },
    ])
    expect(parts.logLines.join()).toContain('loop-requested')
  })
})

describe('GET /v1/models/history', () => {
  it('answers promotions, and what was live at a time in ms or ISO 8601', async () => {
    const asked: unknown[] = []
    const loop = {
      overview: async () => [],
      promotions: async (query: unknown) => {
        asked.push(query)
        return promotions
      },
    }
    const { get } = await serveHttp({ parts: { loop } })
    const answer = await get(`/v1/models/history?kind=niceness&at=${NOW}&limit=5`, withKey('read'))
    expect(answer.json()).toEqual(JSON.parse(JSON.stringify(promotions)))
    await get('/v1/models/history?at=2026-03-01T12:00:00Z')
    expect(asked).toEqual([
      { kind: 'niceness', at: NOW, limit: 5 },
      { at: NOW, limit: 200 },
    ])
  })

  it.each(['at=yesterday', 'at=2026-03-01T12:00:00', 'limit=0', 'limit=1001', 'alias=CHAMPION'])(
    'refuses %s',
    async query => {
      const { get } = await serveHttp()
      expect((await get(`/v1/models/history?${query}`)).statusCode).toBe(400)
    },
  )
})

describe('GET /v1/models/:kind/:version', () => {
  it('answers all that is known of a version, also by what it is', async () => {
    const asked: unknown[] = []
    const page = aVersionPage('4')
    const version = async (wish: unknown) => {
      asked.push(wish)
      return page
    }
    const live = { version: '3', promoted: '4', challenger: null, since: null, previous: null }
    const models = async () => [{ kind: 'niceness', ...live, languages: ['en'], metrics: {}, versions: [] }]
    const { get } = await serveHttp({ parts: { version, models } })
    expect((await get('/v1/models/niceness/4', withKey('read'))).json()).toEqual(
      JSON.parse(JSON.stringify(page)),
    )
    await get('/v1/models/niceness/champion')
    expect(asked).toEqual([
      { kind: 'niceness', version: '4' },
      { kind: 'niceness', version: '4' },
    ])
    expect((await get('/v1/models/niceness/challenger')).json().code).toBe('NICR_MODEL_NOT_FOUND')
  })

  it.each([
    ['/v1/models/rudeness/1', 404, 'NICR_KIND_UNKNOWN'],
    ['/v1/models/niceness/99', 404, 'NICR_MODEL_NOT_FOUND'],
    ['/v1/models/niceness/..%2F..%2Fetc', 404, 'NICR_MODEL_NOT_FOUND'],
  ])('refuses %s', async (url, status, code) => {
    const { get } = await serveHttp()
    const answer = await get(url)
    expect([answer.statusCode, answer.json().code]).toEqual([status, code])
  })

  it('does not say where a broken version lies', async () => {
    const version = async () => {
      throw new NicrError('NICR_MODEL_INVALID', '/srv/secret/niceness/4/manifest.json: seed is no number')
    }
    const { get } = await serveHttp({ parts: { version } })
    const answer = await get('/v1/models/niceness/4')
    expect(answer.json().code).toBe('NICR_MODEL_INVALID')
    expect(answer.body).not.toContain('secret')
  })
})
