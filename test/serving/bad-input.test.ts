import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { type FakeOptions, keyOf, typed } from './fake-parts.ts'
import { closed, connect, open, refused, serveLive } from './live-server.ts'
import { clientFrame, connectRaw, headOf, upgradeOf } from './raw-http.ts'

/** Each bad input, with what it gets; a neighbour on the same server types all the while and is answered. */
type Served = Awaited<ReturnType<typeof serveBeside>>

/** A server, and a socket on it that scores a draft whenever it is asked how it does. */
async function serveBeside(options: FakeOptions = {}) {
  const served = await serveLive(options)
  const neighbour = await connect(served.url)
  let seq = 0
  const isAnswered = async () => {
    const mine = ++seq
    neighbour.send({ type: 'draft', id: 'neighbour', seq: mine, text: 'thank you' })
    const answer = await neighbour.next(frame => frame.type === 'draft-score' && frame.seq === mine)
    expect(answer.niceness).toBe(7)
  }
  await isAnswered()
  return { ...served, neighbour, isAnswered }
}

async function expectNeighbour({ neighbour, isAnswered }: Served): Promise<void> {
  await isAnswered()
  expect(neighbour.frames.filter(typed('error'))).toEqual([])
  expect(neighbour.socket.readyState).toBe(WebSocket.OPEN)
}

const draft = { type: 'draft', id: 'd', seq: 0, text: 'a' }

describe('a frame that cannot be used', () => {
  it.each<[name: string, frame: string | Buffer, code: string]>([
    ['not JSON', '{"type":"draft", my secret', 'NICR_FRAME_INVALID'],
    ['empty', '', 'NICR_FRAME_INVALID'],
    ['no object', '[1]', 'NICR_FRAME_INVALID'],
    ['binary', Buffer.from(JSON.stringify(draft)), 'NICR_FRAME_INVALID'],
    ['an unknown type', '{"type":"my secret"}', 'NICR_FRAME_INVALID'],
    ['a type of the prototype', '{"type":"constructor"}', 'NICR_FRAME_INVALID'],
    ['a missing field', '{"type":"draft","id":"d"}', 'NICR_FRAME_INVALID'],
    ['a wrong type', JSON.stringify({ ...draft, text: 5 }), 'NICR_FRAME_INVALID'],
    [
      'nested deeply',
      `{"type":"draft","a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
      'NICR_FRAME_INVALID',
    ],
    ['a text too long', JSON.stringify({ ...draft, text: 'x'.repeat(100_001) }), 'NICR_TEXT_TOO_LONG'],
    ['nothing to follow', '{"type":"subscribe"}', 'NICR_FRAME_INVALID'],
    ['a cursor that is none', '{"type":"resume","cursor":"%%%"}', 'NICR_FRAME_INVALID'],
  ])('%s: an error frame, and the socket stays open', async (_name, frame, code) => {
    const served = await serveBeside()
    const bad = await connect(served.url, 'read')
    bad.socket.send(frame, { binary: Buffer.isBuffer(frame) })
    expect(await bad.next(typed('error'))).toMatchObject({ code, detail: expect.stringMatching(/./) })
    bad.send(draft)
    expect(await bad.next(typed('draft-score'))).toMatchObject({ id: 'd' })
    await expectNeighbour(served)
    expect(JSON.stringify(bad.frames) + served.parts.logLines.join()).not.toContain('secret')
  })

  it('a draft with a lone surrogate is scored like any other', async () => {
    const served = await serveBeside()
    const odd = await connect(served.url, 'read')
    odd.socket.send('{"type":"draft","id":"d\\ud800","seq":0,"text":"thank you \\udc00\\ud83d"}')
    const answer = await odd.next(typed('draft-score'))
    expect(answer).toMatchObject({ id: 'd\ud800', niceness: 7 })
    const { app } = served
    const headers = { 'x-api-key': keyOf('read'), 'content-type': 'application/json' }
    const payload = '{"text":"thank you \\ud800"}'
    const scored = await app.inject({ method: 'POST', url: '/sentiment-analysis', headers, payload })
    expect(scored.json()).toMatchObject({ niceness: 7 })
    await expectNeighbour(served)
  })

  it('of 10 MB: the socket is closed with 1009', async () => {
    const served = await serveBeside()
    const bad = await connect(served.url, 'read')
    bad.send({ ...draft, text: 'x'.repeat(10_000_000) })
    expect(await bad.closed).toMatchObject({ code: 1009 })
    await expectNeighbour(served)
  })

  it('of bytes that are not UTF-8: the socket is closed with 1007', async () => {
    const served = await serveBeside()
    const bad = await connect(served.url, 'read')
    bad.socket.send(Buffer.from([0x22, 0xff, 0xfe]), { binary: false })
    expect(await bad.closed).toMatchObject({ code: 1007 })
    await expectNeighbour(served)
  })

  it('without the mask that clients owe: the socket is closed with 1002', async () => {
    const served = await serveBeside()
    const raw = connectRaw(served.port, upgradeOf('/v1/live', `x-api-key: ${keyOf('read')}`))
    await new Promise(resolve => raw.socket.once('data', resolve))
    raw.socket.write(Buffer.from([0x81, 0x01, 0x61]))
    // A close frame of two bytes, which are the code.
    expect(await raw.answer).toContain(String.fromCharCode(0x88, 2, 1002 >> 8, 1002 & 0xff))
    await expectNeighbour(served)
  })
})

describe('a flood', () => {
  it('of frames is ignored with one warning, then the socket is closed with 1008', async () => {
    const served = await serveBeside({ limits: { framesPerSecondMax: 10, framesBurstMax: 20 } })
    const flood = await connect(served.url, 'read')
    for (let i = 0; i < 100; i++) flood.send({ ...draft, seq: i })
    expect(await flood.next(typed('error'))).toMatchObject({ code: 'NICR_RATE_LIMITED' })
    for (let i = 0; i < 400; i++) flood.send('junk')
    expect(await flood.closed).toMatchObject({ code: 1008 })
    await expectNeighbour(served)
  })

  it('of pings counts like one of frames', async () => {
    const served = await serveBeside({ limits: { framesPerSecondMax: 10, framesBurstMax: 20 } })
    const flood = await connect(served.url, 'read')
    const pongs: string[] = []
    flood.socket.on('pong', data => pongs.push(data.toString()))
    for (let i = 0; i < 400; i++) flood.socket.ping(String(i))
    expect(await flood.closed).toMatchObject({ code: 1008 })
    expect(pongs[0]).toBe('0')
    expect(pongs.length).toBeLessThan(50)
    await expectNeighbour(served)
  })

  it('of requests with wrong keys is refused by address, without a word in the log of each', async () => {
    const limits = { requestsPerAddressMax: 20, refusalsLoggedMax: 3 }
    const served = await serveBeside({ limits })
    const guess = (key: string) => served.app.inject({ url: '/v1/models', headers: { 'x-api-key': key } })
    const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => guess(`wrong-${i}`)))
    const codes = answers.map(answer => (answer.json() as { code: string }).code)
    expect(codes.filter(code => code === 'NICR_KEY_INVALID')).toHaveLength(20)
    expect(codes.filter(code => code === 'NICR_RATE_LIMITED')).toHaveLength(10)
    const lines = served.parts.logLines.filter(line => line.includes('credential-refused'))
    expect(lines).toHaveLength(3)
    expect(lines.join()).not.toContain('wrong-')
    expect((await guess(keyOf('read'))).statusCode).toBe(200)
    await expectNeighbour(served)
  })

  it('of connections from one address is refused with 429, and other addresses are let in', async () => {
    const served = await serveBeside({ limits: { connectionsPerAddressMax: 3 } })
    const idle = [connectRaw(served.port), connectRaw(served.port)]
    const vote = JSON.stringify({ contentId: 'c', voter: 'v', value: 1 })
    const request = headOf(
      'POST /v1/votes HTTP/1.1',
      'host: a',
      `x-api-key: ${keyOf('admin')}`,
      'content-type: application/json',
      `content-length: ${vote.length}`,
    ).concat(vote)
    const refused = connectRaw(served.port, request)
    const answer = await refused.answer
    expect(answer).toMatch(/^HTTP\/1\.1 429 /)
    expect(answer).toContain('NICR_RATE_LIMITED')
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1)
    expect(served.parts.published).toEqual([])
    for (const { socket } of idle) socket.destroy()
    await expect
      .poll(async () => (await fetch(`http://127.0.0.1:${served.port}/livez`)).status, { timeout: 5_000 })
      .toBe(200)
    await expectNeighbour(served)
  })
})

it('a connection that was closed leaves room for the next', async () => {
  const { port } = await serveLive({ limits: { connectionsPerAddressMax: 1 } })
  const says = headOf('GET /livez HTTP/1.1', 'host: a', 'connection: close')
  for (let i = 0; i < 3; i++)
    await expect.poll(() => connectRaw(port, says).answer).toMatch(/^HTTP\/1\.1 200 /)
})

describe('slow loris', () => {
  const limits = { headersMs: 200, requestMs: 400, connectionsCheckMs: 50 }
  const head = ['POST /sentiment-analysis HTTP/1.1', 'host: a', `x-api-key: ${keyOf('read')}`]
  it.each([
    ['says nothing', ''],
    ['never ends its headers', 'GET /livez HTTP/1.1\r\nhost: a\r\nx-slow: '],
    [
      'never ends its body',
      headOf(...head, 'content-type: application/json', 'content-length: 90').concat('{'),
    ],
  ])('a connection that %s is answered with 408 and closed', async (_name, says) => {
    const served = await serveBeside({ limits })
    const slow = connectRaw(served.port, says)
    const drip = setInterval(() => says !== '' && slow.socket.writable && slow.socket.write('a'), 50)
    slow.socket.on('close', () => clearInterval(drip))
    const answer = await slow.answer
    expect(answer).toMatch(/^HTTP\/1\.1 408 /)
    expect(answer).toContain('NICR_REQUEST_TIMEOUT')
    await expectNeighbour(served)
  })

  it('headers without end are answered with 431', async () => {
    const served = await serveBeside()
    const { answer } = connectRaw(
      served.port,
      `GET /livez HTTP/1.1\r\nhost: a\r\nx-long: ${'a'.repeat(20_000)}`,
    )
    expect(await answer).toMatch(/^HTTP\/1\.1 431 [\s\S]*NICR_HEADERS_TOO_LARGE/)
    await expectNeighbour(served)
  })
})

describe('an upgrade', () => {
  it.each(['/', '/livez', '/metrics', '/openapi.json', '/page.js', '/v1/models', '/v1/tickets'])(
    'at %s is refused before it is made, with a key and without',
    async path => {
      const served = await serveBeside()
      const url = served.url.replace('/v1/live', path)
      for (const headers of [{}, { 'x-api-key': keyOf('admin') }]) {
        const { status, code } = await refused(new WebSocket(url, { headers }))
        expect({ path, status, code }).toMatchObject(
          path === '/v1/tickets'
            ? { status: 405, code: 'NICR_METHOD_NOT_ALLOWED' }
            : { status: 400, code: 'NICR_REQUEST_INVALID' },
        )
      }
      await expectNeighbour(served)
    },
  )

  it('by POST does nothing', async () => {
    const served = await serveBeside()
    const says = upgradeOf('/v1/votes', `x-api-key: ${keyOf('admin')}`).replace('GET', 'POST')
    const { answer } = connectRaw(served.port, says)
    expect(await answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*NICR_REQUEST_INVALID/)
    expect(served.parts.published).toEqual([])
    await expectNeighbour(served)
  })

  it('that is no good handshake is refused', async () => {
    const served = await serveBeside()
    const says = upgradeOf('/v1/live', `x-api-key: ${keyOf('read')}`).replace('version: 13', 'version: 1')
    expect(await connectRaw(served.port, says).answer).toMatch(/^HTTP\/1\.1 4\d\d /)
    await expectNeighbour(served)
  })
})

describe('a socket whose other side is gone', () => {
  it('is cut after a ping without answer, while those that answer stay', async () => {
    const served = await serveBeside({ limits: { pingMs: 300 } })
    const raw = connectRaw(served.port, upgradeOf('/v1/live', `x-api-key: ${keyOf('read')}`))
    // It takes bytes in, but says nothing any more, as a network that lost the way back would.
    expect(await raw.answer).toMatch(/^HTTP\/1\.1 101 /)
    await expectNeighbour(served)
  })

  it('that was cut in the middle of a frame leaves nothing behind', async () => {
    const served = await serveBeside()
    const raw = connectRaw(served.port, upgradeOf('/v1/live', `x-api-key: ${keyOf('read')}`))
    await new Promise(resolve => raw.socket.once('data', resolve))
    raw.socket.write(clientFrame(1, '{"type":"draft"').subarray(0, 8))
    raw.socket.resetAndDestroy()
    await expect
      .poll(async () => (await served.parts.metrics.metrics()).match(/^nicr_live_sockets (\d+)/m)?.[1])
      .toBe('1')
    await expectNeighbour(served)
  })
})

describe('sockets of a page', () => {
  it.each(['https://evil.example', 'null', 'http://127.0.0.1.evil.example', 'file://'])(
    'of the origin %s are refused, a ticket or not',
    async origin => {
      const served = await serveBeside({ env: { NICR_ALLOWED_ORIGINS: 'https://forum.example' } })
      const made = await served.app.inject({
        method: 'POST',
        url: '/v1/tickets',
        headers: { 'x-api-key': keyOf('read') },
        payload: {},
      })
      const { protocols } = made.json() as { protocols: string[] }
      const answer = await refused(new WebSocket(served.url, protocols, { headers: { origin } }))
      expect(answer).toEqual({ status: 403, code: 'NICR_ORIGIN_NOT_ALLOWED' })
      const allowed = new WebSocket(served.url, protocols, { headers: { origin: 'https://forum.example' } })
      open.push(allowed)
      await new Promise((resolve, reject) => allowed.once('open', resolve).once('error', reject))
      allowed.close()
      await closed(allowed)
      await expectNeighbour(served)
    },
  )
})
