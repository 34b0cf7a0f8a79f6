import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { type FakeParts, frameReader, keyOf, scoreRecord, typed } from './fake-parts.ts'
import { closed, connect, follow, open, refused, scoresOf, serveLive } from './live-server.ts'

describe('the upgrade', () => {
  it.each([
    ['no key', {}, 401, 'NICR_KEY_MISSING'],
    ['a wrong key', { 'x-api-key': 'nonsense' }, 401, 'NICR_KEY_INVALID'],
    ['a key that may not read', { 'x-api-key': keyOf('publish') }, 403, 'NICR_ROLE_MISSING'],
    [
      'a page of another origin',
      { 'x-api-key': keyOf('read'), origin: 'https://evil.example' },
      403,
      'NICR_ORIGIN_NOT_ALLOWED',
    ],
  ])('is refused for %s', async (_name, headers, status, code) => {
    const { url } = await serveLive()
    expect(await refused(new WebSocket(url, 'nicr.v1', { headers }))).toEqual({ status, code })
  })

  it('of a page of another origin is told to the operator, once for each origin', async () => {
    const { url, app, parts } = await serveLive({ env: { NICR_ALLOWED_ORIGINS: 'https://forum.example' } })
    const open = async (origin: string) =>
      refused(new WebSocket(url, 'nicr.v1', { headers: { 'x-api-key': keyOf('read'), origin } }))
    for (const origin of ['https://new.example', 'https://new.example']) await open(origin)
    const call = async (headers: Record<string, string>) => app.inject({ url: '/v1/models', headers })
    await call({ origin: 'https://other.example' })
    await call({ origin: 'https://other.example' })
    await call({ origin: 'https://forum.example' })
    // Of its own pages, behind a proxy that changes the host.
    await call({ origin: 'https://nicr.example', 'sec-fetch-site': 'same-origin' })
    const lines = parts.logLines.map(line => JSON.parse(line)).filter(({ origin }) => origin !== undefined)
    expect(lines).toEqual(
      ['https://new.example', 'https://other.example'].map(origin =>
        expect.objectContaining({
          level: 40,
          code: 'NICR_ORIGIN_NOT_ALLOWED',
          origin,
          msg: expect.stringContaining('NICR_ALLOWED_ORIGINS'),
        }),
      ),
    )
  })

  it('names a bounded number of origins in the log', async () => {
    const { app, parts } = await serveLive()
    for (let i = 0; i < 150; i++)
      await app.inject({ url: '/livez', headers: { origin: `https://${i}.example` } })
    const lines = parts.logLines.filter(line => line.includes('NICR_ORIGIN_NOT_ALLOWED'))
    expect(lines).toHaveLength(100)
    expect(lines.at(-1)).toContain('further origins are not logged')
  })

  it('is refused where the server is full', async () => {
    const { url } = await serveLive({ limits: { socketsMax: 1 } })
    await connect(url)
    const second = new WebSocket(url, { headers: { 'x-api-key': keyOf('read') } })
    expect(await refused(second)).toEqual({ status: 503, code: 'NICR_SOCKET_LIMIT' })
  })

  it('is refused to an author with too many sockets, until one is closed; other authors are let in', async () => {
    const { url, app } = await serveLive({ limits: { socketsPerAuthorMax: 1 } })
    const socketOf = async (author: string) => {
      const headers = { 'x-api-key': keyOf('publish') }
      const made = await app.inject({ method: 'POST', url: '/v1/tickets', headers, payload: { author } })
      return new WebSocket(url, made.json().protocols)
    }
    const isLetIn = async (socket: WebSocket) => {
      const answer = await new Promise(resolve =>
        socket.once('open', () => resolve(true)).once('error', resolve),
      )
      if (answer === true) open.push(socket)
      return answer === true
    }
    const first = await socketOf('ann')
    expect(await isLetIn(first)).toBe(true)
    expect(await refused(await socketOf('ann'))).toEqual({ status: 429, code: 'NICR_RATE_LIMITED' })
    expect(await isLetIn(await socketOf('bob'))).toBe(true)
    first.close()
    await expect.poll(async () => isLetIn(await socketOf('ann'))).toBe(true)
  })

  it('takes a ticket as a sub-protocol, never sends it back, and lets it read its author only', async () => {
    const { url, app, log } = await serveLive()
    const made = await app.inject({
      method: 'POST',
      url: '/v1/tickets',
      headers: { 'x-api-key': keyOf('publish') },
      payload: { author: 'ann' },
    })
    const socket = new WebSocket(url, made.json().protocols)
    open.push(socket)
    const client = { socket, ...frameReader(socket), closed: closed(socket) }
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    expect(socket.protocol).toBe('nicr.v1')
    client.send({ type: 'subscribe', authors: ['bob'] })
    expect(await client.next(typed('error'))).toMatchObject({ code: 'NICR_ROLE_MISSING' })
    await follow(client, { authors: ['ann'], content: ['b'] })
    log.append(scoreRecord({ contentId: 'b', author: 'bob' }), scoreRecord({ contentId: 'a', author: 'ann' }))
    await client.next(typed('score'))
    expect(scoresOf(client.frames)).toEqual(['a'])
  })

  it('is no plain GET', async () => {
    const { app } = await serveLive()
    const answer = await app.inject({ url: '/v1/live', headers: { 'x-api-key': keyOf('read') } })
    expect(answer.json()).toMatchObject({ status: 400, code: 'NICR_REQUEST_INVALID' })
  })
})

describe('the life of sockets', () => {
  it('ends with 1001 and a hint when the server stops, also for a client that does not answer', async () => {
    const { app: server, url } = await serveLive({ limits: { drainMs: 50 } })
    const client = await connect(url)
    const dead = await connect(url)
    dead.socket.pause()
    const stopped = server.close()
    expect(await client.closed).toEqual({ code: 1001, reason: expect.stringContaining('retry-after') })
    await stopped
  })

  it('ends where pings are not answered', async () => {
    const { url, parts } = await serveLive({ limits: { pingMs: 400 } })
    const client = await connect(url)
    const gone = await connect(url)
    gone.socket.pause()
    await expect.poll(async () => metricOf(parts, 'nicr_live_sockets'), { timeout: 10_000 }).toBe(1)
    client.send({ type: 'draft', id: 'd', seq: 0, text: 'thanks' })
    expect(await client.next(typed('draft-score'))).toBeDefined()
  })

  it('holds a slow reader to its bound, then gives it all it missed, in order; others do not wait', async () => {
    const { app, url, log } = await serveLive({ limits: { bufferedBytesMax: 20_000 } })
    const [slow, quick] = [await connect(url), await connect(url)]
    await follow(slow, { all: true })
    await follow(quick, { all: true })
    slow.socket.pause()
    const long = [
      {
        start: 0,
        end: 1,
        weight: 1,
        source: 'TEXT' as const,
        image: null,
        box: null,
        text: 'x'.repeat(2000),
        without: null,
      },
    ]
    const ids = Array.from({ length: 4000 }, (_, i) => `c${i}`)
    for (const contentId of ids) {
      log.append(scoreRecord({ contentId, reasons: long }))
      if (contentId.endsWith('00')) await new Promise(setImmediate)
    }
    await quick.next(frame => frame.contentId === 'c3999')
    expect(scoresOf(quick.frames)).toEqual(ids)
    const buffered = [...app.websocketServer.clients].map(socket => socket.bufferedAmount)
    expect(Math.max(...buffered)).toBeGreaterThan(20_000)
    expect(Math.max(...buffered)).toBeLessThan(30_000)
    slow.socket.resume()
    await slow.next(frame => frame.contentId === 'c3999')
    expect(scoresOf(slow.frames)).toEqual(ids)
  }, 20_000)

  it('ends with 1013 for a reader whose place has left the window', async () => {
    const { url, log } = await serveLive({ limits: { bufferedBytesMax: 20_000, windowBytesMax: 50_000 } })
    const slow = await connect(url)
    await follow(slow, { all: true })
    slow.socket.pause()
    const long = [
      {
        start: 0,
        end: 1,
        weight: 1,
        source: 'TEXT' as const,
        image: null,
        box: null,
        text: 'x'.repeat(2000),
        without: null,
      },
    ]
    for (let i = 0; i < 4000; i++) {
      log.append(scoreRecord({ contentId: `c${i}`, reasons: long }))
      if (i % 100 === 0) await new Promise(setImmediate)
    }
    slow.socket.resume()
    expect((await slow.closed).code).toBe(1013)
  }, 20_000)
})

async function metricOf(parts: FakeParts, name: string): Promise<number> {
  const line = (await parts.metrics.metrics()).split('\n').find(one => one.startsWith(`${name} `))
  return Number(line?.split(' ')[1])
}
