import { type AddressInfo, createConnection } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { errorTable } from '../../schemas/errors.ts'
import { keyOf, wordScorer } from './fake-parts.ts'
import { serveHttp } from './http-server.ts'

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
    ['a moment that is none', '/v1/content', { text: 'a', at: '2026-99-01' }, 400, 'NICR_BODY_INVALID'],
    [
      'a moment without its zone',
      '/v1/content',
      { text: 'a', at: '2026-11-24T08:15:00' },
      400,
      'NICR_BODY_INVALID',
    ],
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
    const { post, parts } = await serveHttp()
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
    const { post } = await serveHttp()
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
    const { post, parts } = await serveHttp({ parts: { drafts } })
    const answer = await post('/sentiment-analysis', { text: 'my secret' })
    expect(answer.json()).toMatchObject({ status: 500, code: 'NICR_INTERNAL' })
    const log = parts.logLines.join('\n')
    expect(log).toContain('TypeError')
    expect(log + answer.body + (await parts.metrics.metrics())).not.toContain('secret')
  })

  it('limits how often one key asks, and says so in headers', async () => {
    const { get } = await serveHttp({ limits: { requestsPerKeyMax: 2 } })
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

  it('answers bytes that are not HTTP, and an address that is no URL', async () => {
    const { app, get } = await serveHttp()
    expect((await get('/v1/scores/%ff')).json()).toMatchObject({ status: 400, code: 'NICR_REQUEST_INVALID' })
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    const socket = createConnection(port, '127.0.0.1')
    socket.write('hello there\r\n\r\n')
    const answer = await text(socket)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer).toContain('application/problem+json')
    expect(answer).toContain('NICR_REQUEST_INVALID')
  })

  it('answers a request that expects what it does not know as any other', async () => {
    const { app } = await serveHttp()
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    const socket = createConnection(port, '127.0.0.1')
    socket.write('GET /v1/models HTTP/1.1\r\nhost: a\r\nexpect: miracles\r\nconnection: close\r\n\r\n')
    expect(await text(socket)).toContain('NICR_KEY_MISSING')
  })
})
