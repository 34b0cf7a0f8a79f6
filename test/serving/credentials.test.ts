import { describe, expect, it } from 'vitest'
import { fakeServer, keyOf } from './fake-parts.ts'
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

  it('takes the tickets of another replica with the same secret, and of no other', async () => {
    const other = await fakeServer()
    const foreign = await fakeServer({ parts: { ticketSecret: Buffer.alloc(32, 'another') } })
    const { get } = await serveHttp()
    const ticketOf = async ({ app }: typeof other) => {
      const headers = { 'x-api-key': keyOf('read') }
      const made = await app.inject({ method: 'POST', url: '/v1/tickets', headers, payload: {} })
      await app.close()
      return (made.json() as { ticket: string }).ticket
    }
    const ask = async (ticket: string) => get('/v1/models', { authorization: `Bearer ${ticket}` })
    expect((await ask(await ticketOf(other))).statusCode).toBe(200)
    expect((await ask(await ticketOf(foreign))).json().code).toBe('NICR_TICKET_INVALID')
  })

  it('makes no ticket for a ticket, which would never end', async () => {
    const { post } = await serveHttp()
    const { ticket } = (await post('/v1/tickets', { author: 'ann' })).json() as { ticket: string }
    const again = await post('/v1/tickets', { author: 'ann' }, { authorization: `Bearer ${ticket}` })
    expect(again.json()).toMatchObject({ status: 403, code: 'NICR_ROLE_MISSING' })
  })

  it('writes who got a ticket and who was refused, and neither key nor ticket', async () => {
    const { post, get, parts } = await serveHttp()
    const { ticket } = (await post('/v1/tickets', { author: 'ann' })).json() as { ticket: string }
    await get('/v1/models', { 'x-api-key': 'my-secret-key' })
    await post('/v1/content', { text: 'my secret text' }, { authorization: `Bearer ${keyOf('read')}` })
    const lines = parts.logLines.map(line => JSON.parse(line) as { audit?: string })
    expect(lines.filter(line => line.audit !== undefined)).toMatchObject([
      { audit: 'ticket-issued', key: 'admin', author: 'ann', scopes: ['read'], ttlMs: 60_000 },
      { audit: 'credential-refused', code: 'NICR_KEY_INVALID', key: null, route: '/v1/models' },
      { audit: 'credential-refused', code: 'NICR_ROLE_MISSING', key: 'read', route: '/v1/content' },
    ])
    expect(parts.logLines.join()).not.toContain('secret')
    expect(parts.logLines.join()).not.toContain(ticket)
  })

  it('counts clients behind a trusted proxy each by itself, and believes no other proxy', async () => {
    const answersOf = async (env: Record<string, string>) => {
      const { app } = await fakeServer({ env, limits: { requestsPerAddressMax: 1 } })
      const ask = (client: string) =>
        app.inject({ url: '/livez', headers: { 'x-forwarded-for': client }, remoteAddress: '10.0.0.9' })
      const answers = [await ask('192.0.2.1'), await ask('192.0.2.2'), await ask('192.0.2.2')]
      await app.close()
      return answers.map(answer => answer.statusCode)
    }
    expect(await answersOf({ NICR_TRUSTED_PROXIES: '10.0.0.0/8' })).toEqual([200, 200, 429])
    expect(await answersOf({})).toEqual([200, 429, 429])
  })

  it('takes its limits from the environment', async () => {
    const { post, get } = await serveHttp({ env: { NICR_REQUESTS_PER_KEY: '2', NICR_BODY_BYTES: '1024' } })
    const large = await post('/sentiment-analysis', { text: 'x'.repeat(2_000) })
    expect(large.json()).toMatchObject({ status: 413, code: 'NICR_BODY_TOO_LARGE' })
    expect((await get('/v1/models')).headers).toMatchObject({
      'ratelimit-limit': '2',
      'ratelimit-remaining': '0',
    })
    expect((await get('/v1/models')).json()).toMatchObject({ status: 429, code: 'NICR_RATE_LIMITED' })
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
