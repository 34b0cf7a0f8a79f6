import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import {
  createLiveClient,
  type DraftScoreFrame,
  type LiveClient,
  type LiveClientOptions,
  LiveError,
  streamScores,
} from '../../client/index.ts'
import { defaultLimits } from '../../serving/limits.ts'
import type { Publish } from '../../serving/ports.ts'
import { createScoreFeed } from '../../serving/score-feed.ts'
import { createFakeLog, type FakeOptions, fakeServer, keyOf, scoreRecord } from '../serving/fake-parts.ts'
import { serveLive } from '../serving/live-server.ts'
import { SAMPLED, TRACE_ID, tracingInMemory } from '../support/traces.ts'

const clients: LiveClient[] = []
const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const client of clients.splice(0)) client.close()
  for (const close of closers.splice(0)) await close()
})

/** A client that comes back at once, unless told otherwise. */
function connect(url: string, options: Partial<LiveClientOptions> = {}) {
  const client = createLiveClient({
    url,
    key: keyOf('moderate'),
    webSocket: WebSocket,
    ...options,
    limits: { waitMinMs: 1, ...options.limits },
  })
  clients.push(client)
  const seen: string[] = []
  const states: string[] = []
  client.on('score', ({ contentId }) => void seen.push(contentId))
  client.on('cleared', ({ contentId }) => void seen.push(`-${contentId}`))
  client.on('state', ({ state }) => void states.push(state))
  return { client, seen, states }
}

const scores = (...ids: string[]) => ids.map(contentId => scoreRecord({ contentId }))
const subscribed = (client: LiveClient) => expect.poll(() => client.cursor).not.toBeNull()

describe('drafts', () => {
  it('are scored, and the latest text wins', async () => {
    const { url } = await serveLive()
    const { client } = connect(url)
    const answers = await Promise.all([
      client.score({ id: 'd', text: 'you idiot' }),
      client.score({ id: 'd', text: 'thanks' }),
    ])
    expect(answers[0]).toBeNull()
    expect(answers[1]).toMatchObject({ id: 'd', niceness: 7, label: 'kind' })
  })

  it('that the server refuses fail with its code, and the next text is scored', async () => {
    const { url } = await serveLive({ env: { NICR_TEXT_LENGTH: '20' } })
    const { client } = connect(url)
    const refused = await client
      .score({ id: 'd', text: 'thanks '.repeat(10) })
      .catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(LiveError)
    expect(refused).toMatchObject({ code: 'NICR_TEXT_TOO_LONG' })
    expect(await client.score({ id: 'd', text: 'thanks' })).toMatchObject({ niceness: 7 })
  })

  it('and outcomes say which trace of the page they belong to, if it has one', async () => {
    const { tracing, spans } = await tracingInMemory()
    const parents: (string | undefined)[] = []
    const publish: Publish = async (_topic, _key, _record, parent) => {
      parents.push(parent?.traceId)
      return { partition: 0, offset: 0 }
    }
    const { url } = await serveLive({ parts: { tracing, publish } })
    let traceparent: string | null = SAMPLED
    const { client } = connect(url, { traceparent: () => traceparent })
    await client.score({ id: 'd', text: 'thanks' })
    client.settle('d', 'DELETED')
    traceparent = null
    await client.score({ id: 'e', text: 'thanks' })
    client.settle('e', 'DELETED')
    await expect.poll(() => parents).toEqual([TRACE_ID, undefined])
    expect((await spans()).map(({ traceId }) => traceId)).toEqual([TRACE_ID])
  })

  it('that wait are sent again over the next socket', async () => {
    let hold = true
    const sockets: WebSocket[] = []
    const url = await rawServer((socket, frame) => {
      sockets.push(socket)
      if (frame.type === 'draft' && !hold) socket.send(draftScore(frame))
    })
    const { client } = connect(url)
    const answer = client.score({ id: 'd', text: 'thanks' })
    await expect.poll(() => sockets.length).toBe(1)
    hold = false
    sockets[0]!.terminate()
    expect(await answer).toMatchObject({ id: 'd', niceness: 7 })
  })

  it('fail when no answer comes', async () => {
    const url = await rawServer(() => {})
    const { client } = connect(url, { limits: { answerMs: 5 } })
    await expect(client.score({ id: 'd', text: 'thanks' })).rejects.toMatchObject({ code: 'NO_ANSWER' })
  })

  it('wait outside a socket that is full, where the latest replaces the others', async () => {
    const texts: unknown[] = []
    const url = await rawServer((socket, frame) => {
      texts.push(frame.text)
      socket.send(draftScore(frame))
    })
    let buffered = 0
    class SlowSocket extends WebSocket {}
    Object.defineProperty(SlowSocket.prototype, 'bufferedAmount', { get: () => buffered })
    const { client } = connect(url, { webSocket: SlowSocket })
    await client.score({ id: 'd', text: 'first' })
    buffered = Infinity
    const answers = Array.from({ length: 50 }, (_, i) => client.score({ id: 'd', text: `text ${i}` }))
    buffered = 0
    const given = (await Promise.all(answers)).filter(answer => answer !== null)
    expect(given).toHaveLength(1)
    expect(texts).toEqual(['first', 'text 49'])
  })

  it('that were settled before there was a socket reach it later, with what the author was shown', async () => {
    const { url, parts } = await serveLive()
    const { client } = connect(url)
    client.settle('d', 'MODIFIED', { contentId: 'c', nicenessFirst: 2, nicenessLast: 7.5, edits: 4 })
    await expect.poll(() => parts.published).toHaveLength(1)
    expect(parts.published[0]).toMatchObject({
      topic: 'draft-outcomes',
      key: 'd',
      record: { outcome: 'MODIFIED', contentId: 'c', nicenessFirst: 2, nicenessLast: 7.5, edits: 4 },
    })
  })
})

describe('scores', () => {
  it('come once each and in order over many broken sockets', async () => {
    const { url, log, app } = await serveLive()
    const { client, seen } = connect(url)
    client.subscribe({ all: true })
    await subscribed(client)
    const expected: string[] = []
    for (let round = 0; round < 15; round++) {
      const ids = Array.from({ length: 7 }, (_, i) => `${round}-${i}`)
      expected.push(...ids)
      log.append(...scores(...ids.slice(0, 3)))
      // Cut while frames are under way, and go on while nobody is there.
      for (const socket of app.websocketServer.clients) socket.terminate()
      log.append(...scores(...ids.slice(3)))
      if (round % 3 === 0) await expect.poll(() => seen.length).toBe(expected.length)
    }
    await expect.poll(() => seen.length).toBe(expected.length)
    expect(seen).toEqual(expected)
  })

  it('go on at another replica, after the wait that the closing one asked for', async () => {
    const first = await replica({})
    first.log.append(...scores('a'))
    const waits: number[] = []
    const { client, seen, states } = connect(first.url, { random: () => 0, limits: { waitHintMaxMs: 20 } })
    client.on('state', ({ state, detail }) => {
      if (state === 'WAITING') waits.push(detail.includes('retry-after=2') ? 1 : 0)
    })
    client.subscribe({ content: ['b', 'c'] })
    await subscribed(client)
    first.log.append(...scores('b'))
    await expect.poll(() => seen).toEqual(['b'])
    await first.app.close()
    const second = await replica({}, first.port)
    second.log.append(...scores('a', 'b', 'c', 'd'))
    await expect.poll(() => seen).toEqual(['b', 'c'])
    expect(waits[0]).toBe(1)
    expect(states.at(-1)).toBe('OPEN')
  })

  it('start at a cursor that was kept from an earlier client', async () => {
    const { url, log } = await serveLive()
    const first = connect(url)
    first.client.subscribe({ authors: ['ann'] })
    await subscribed(first.client)
    log.append(...scores('a'))
    await expect.poll(() => first.seen).toEqual(['a'])
    first.client.close()
    log.append(...scores('b'))
    const second = connect(url, { cursor: first.client.cursor! })
    await expect.poll(() => second.client.state).toBe('OPEN')
    second.client.subscribe({ authors: ['ann'] })
    await expect.poll(() => second.seen).toEqual(['b'])
  })

  it('report a gap where the server no longer remembers, and go on from now', async () => {
    let now = 0
    const { url, log, app } = await serveLive({ now: () => now })
    const { client, seen } = connect(url, { limits: { waitMinMs: 200 } })
    const gaps: string[] = []
    client.on('gap', ({ code }) => void gaps.push(code))
    client.subscribe({ all: true })
    await subscribed(client)
    for (const socket of app.websocketServer.clients) socket.terminate()
    await expect.poll(() => client.state).toBe('WAITING')
    log.append(...scores('lost'))
    now += defaultLimits.windowMs + 1
    client.retryNow()
    await expect.poll(() => gaps).toEqual(['NICR_CURSOR_EXPIRED'])
    await expect.poll(() => client.state).toBe('OPEN')
    log.append(...scores('next'))
    await expect.poll(() => seen).toEqual(['next'])
  })

  it('are not followed any more after unsubscribing, nor beyond the limit', async () => {
    const { url, log } = await serveLive()
    const { client, seen } = connect(url, { limits: { contentMax: 2 } })
    client.subscribe({ content: ['a', 'b'] })
    expect(() => client.subscribe({ content: ['c'] })).toThrow(RangeError)
    await subscribed(client)
    client.unsubscribe({ content: ['a'] })
    // The server takes frames in order, so the answer to a draft says that it has unsubscribed.
    await client.score({ id: 'd', text: 'thanks' })
    log.append(...scores('a', 'b'))
    await expect.poll(() => seen).toEqual(['b'])
  })
})

describe('a stream', () => {
  it('gives a reader slower than the scores every one, and holds no more than its queue', async () => {
    const { url, log } = await serveLive()
    const { client, states } = connect(url)
    const expected = Array.from({ length: 60 }, (_, i) => `c${i}`)
    const read: string[] = []
    const reading = (async () => {
      for await (const frame of streamScores(client, { all: true }, { queueMax: 8 })) {
        read.push(frame.type === 'gap' ? 'gap' : frame.contentId)
        if (read.length === 1) await expect.poll(() => client.state).toBe('PAUSED')
        if (read.length === expected.length) return
      }
    })()
    await subscribed(client)
    log.append(...scores(...expected))
    await reading
    expect(read).toEqual(expected)
    expect(states.filter(state => state === 'PAUSED').length).toBeGreaterThan(2)
  })
})

describe('coming back', () => {
  it('asks for a ticket before each socket, and tries again where there was none', async () => {
    const { url, app } = await serveLive()
    let asked = 0
    const { client } = connect(url, {
      ticket: async () => {
        if (++asked === 1) throw new Error('the platform is away')
        const { body } = await app.inject({
          method: 'POST',
          url: '/v1/tickets',
          headers: { authorization: `Bearer ${keyOf('read')}` },
          payload: {},
        })
        return (JSON.parse(body) as { ticket: string }).ticket
      },
    })
    const details: string[] = []
    client.on('state', ({ detail }) => void details.push(detail))
    await expect.poll(() => client.state).toBe('OPEN')
    expect(asked).toBe(2)
    expect(details).toContain('the platform is away')
  })

  it('says what is missing where there is no WebSocket', () => {
    if ('WebSocket' in globalThis) return
    expect(() => createLiveClient({ url: 'http://127.0.0.1:1' })).toThrow(/package ws/)
  })
})

/** A replica of its own, so that one can follow another on the same port. */
async function replica(options: FakeOptions, port = 0) {
  const feed = createScoreFeed({ now: Date.now, limits: defaultLimits })
  const log = createFakeLog(feed)
  const { app } = await fakeServer({ ...options, parts: { scores: feed } })
  closers.push(() => app.close())
  await app.listen({ port, host: '127.0.0.1' })
  const { port: taken } = app.server.address() as AddressInfo
  return { app: app as FastifyInstance, log, port: taken, url: `http://127.0.0.1:${taken}` }
}

interface RawFrame {
  readonly type: string
  readonly id: string
  readonly seq: number
  readonly text?: string
}

/** A server that answers as the test says. */
async function rawServer(answer: (socket: WebSocket, frame: RawFrame) => void): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'nicr.v1' })
  closers.push(() => {
    for (const socket of server.clients) socket.terminate()
    server.close()
  })
  await new Promise(resolve => server.once('listening', resolve))
  server.on('connection', socket =>
    socket.on('message', data => answer(socket, JSON.parse(String(data)) as RawFrame)),
  )
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function draftScore({ id, seq }: RawFrame): string {
  const frame: DraftScoreFrame = {
    type: 'draft-score',
    id,
    seq,
    niceness: 7,
    spam: 0,
    label: 'kind',
    status: 'SCORED',
    reasons: [],
    model: '1',
    decidedBy: null,
    language: 'en',
  }
  return JSON.stringify(frame)
}
