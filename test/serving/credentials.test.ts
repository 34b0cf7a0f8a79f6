import { describe, expect, it } from 'vitest'
import { keyOf } from './fake-parts.ts'
import { serveHttp } from './http-server.ts'

describe('keys and roles', () => {
  it.each([
    ['/v1/models', 'read', 200],
    ['/v1/models', 'moderate', 200],
    ['/v1/models', 'admin', 200],
    ['/v1/models', 'publish', 403],
    ['/v1/models', 'label', 403],
  ] as const)('%s with the role %s: %i', async (url, role, status) => {
    const { get } = await serveHttp()
    expect((await get(url, { authorization: `Bearer ${keyOf(role)}` })).statusCode).toBe(status)
  })

  it('lets nobody publish who may only read', async () => {
    const { post, parts } = await serveHttp()
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
    const { get } = await serveHttp()
    const answer = await get('/v1/models', headers as Record<string, string>)
    expect(answer.json()).toMatchObject({ status: 401, code })
    expect(answer.headers['www-authenticate']).toContain('Bearer')
  })

  it.each(['/livez', '/readyz', '/metrics', '/openapi.json', '/'])('asks for no key at %s', async url => {
    const { get, parts } = await serveHttp()
    parts.scores.positioned()
    expect((await get(url, {})).statusCode).toBe(200)
  })

  it('makes tickets of the key’s own roles, which end', async () => {
    let now = 1_000_000
    const { post, get } = await serveHttp({ now: () => now })
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
    const { post, get } = await serveHttp()
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
    const { app } = await serveHttp({ env: { NICR_ALLOWED_ORIGINS: 'https://forum.example' } })
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
