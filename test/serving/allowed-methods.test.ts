import { type AddressInfo, createConnection } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { createAddresses } from '../../serving/allowed-methods.ts'
import { serveHttp } from './http-server.ts'

describe('addresses', () => {
  it('are matched as fastify matches them', () => {
    const addresses = createAddresses()
    addresses.add({ method: 'GET', url: '/v1/scores/:contentId' })
    addresses.add({ method: ['POST'], url: '/v1/comments::analyze' })
    expect(addresses.methodsOf('/v1/scores/a%2Fb')).toEqual(['GET'])
    expect(addresses.methodsOf('/v1/scores/a/b')).toEqual([])
    expect(addresses.methodsOf('/v1/comments:analyze')).toEqual(['POST'])
  })

  it.each([
    ['DELETE', '/v1/content', 'POST, OPTIONS'],
    ['PATCH', '/v1/models', 'GET, HEAD, OPTIONS'],
    ['POST', '/v1/scores/some-id', 'GET, HEAD, OPTIONS'],
    ['GET', '/sentiment-analysis', 'POST, OPTIONS'],
    ['TRACE', '/livez', 'GET, HEAD, OPTIONS'],
  ] as const)('%s %s is 405, and Allow says what is taken', async (method, url, allow) => {
    const { app } = await serveHttp()
    // Neither a key nor a readable body is needed to be told so.
    const answer = await app.inject({
      method: method as 'GET',
      url: `${url}?a=b`,
      headers: { 'content-type': 'a/b' },
    })
    expect(answer.json()).toMatchObject({ status: 405, code: 'NICR_METHOD_NOT_ALLOWED' })
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(answer.headers.allow).toBe(allow)
  })

  it('answer OPTIONS with what they take, and 404 where there is nothing', async () => {
    const { app } = await serveHttp()
    const there = await app.inject({ method: 'OPTIONS', url: '/v1/votes' })
    expect([there.statusCode, there.headers.allow, there.body]).toEqual([204, 'POST, OPTIONS', ''])
    const nothing = await app.inject({ method: 'OPTIONS', url: '/v1/nothing' })
    expect(nothing.json()).toMatchObject({ status: 404, code: 'NICR_NOT_FOUND' })
  })

  it('answer OPTIONS of the whole server, and of whole URLs as proxies send them', async () => {
    const { app } = await serveHttp()
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    for (const [target, allow] of [
      ['*', 'GET, HEAD, POST, OPTIONS'],
      ['http://platform.example/v1/votes', 'POST, OPTIONS'],
    ]) {
      const socket = createConnection(port, '127.0.0.1')
      socket.write(`OPTIONS ${target} HTTP/1.1\r\nhost: platform.example\r\nconnection: close\r\n\r\n`)
      const answer = await text(socket)
      expect(answer).toMatch(/^HTTP\/1\.1 204 /)
      expect(answer).toContain(`allow: ${allow}\r\n`)
    }
  })

  it('leave preflights of pages to cors, whose origins may call', async () => {
    const { app } = await serveHttp({ env: { NICR_ALLOWED_ORIGINS: 'https://platform.example' } })
    const preflight = (origin: string) =>
      app.inject({
        method: 'OPTIONS',
        url: '/v1/votes',
        headers: { origin, 'access-control-request-method': 'POST' },
      })
    const allowed = await preflight('https://platform.example')
    expect(allowed.headers['access-control-allow-origin']).toBe('https://platform.example')
    expect(allowed.headers['access-control-allow-headers']).toContain('idempotency-key')
    expect((await preflight('https://other.example')).headers).not.toHaveProperty(
      'access-control-allow-origin',
    )
  })

  it('answer HEAD as GET, without a body', async () => {
    const { app } = await serveHttp()
    for (const [url, status] of [
      ['/livez', 200],
      ['/openapi.json', 200],
      ['/v1/models', 401],
      ['/v1/nothing', 404],
    ] as const) {
      const answer = await app.inject({ method: 'HEAD', url })
      expect([url, answer.statusCode, answer.body]).toEqual([url, status, ''])
      expect(Number(answer.headers['content-length'])).toBeGreaterThan(0)
    }
  })

  it('that are unknown count towards the rate of their sender', async () => {
    const { app } = await serveHttp({ limits: { requestsPerAddressMax: 1 } })
    const statuses = []
    for (const method of ['GET', 'DELETE', 'OPTIONS'] as const)
      statuses.push((await app.inject({ method, url: '/v1/nothing' })).statusCode)
    expect(statuses).toEqual([404, 429, 429])
  })
})
