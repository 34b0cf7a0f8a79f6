import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { NicrError } from '../../schemas/errors.ts'
import type { KindScore } from '../../serving/ports.ts'
import {
  createFakeLog,
  type FakeOptions,
  type FakeParts,
  type Frame,
  fakeServer,
  frameReader,
  keyOf,
  scoreRecord,
  typed,
  wordScorer,
} from './fake-parts.ts'

let app: FastifyInstance | undefined
const open: WebSocket[] = []
afterEach(async () => {
  for (const socket of open.splice(0)) socket.terminate()
  await app?.close()
  app = undefined
})

async function serve(options: FakeOptions = {}) {
  const server = await fakeServer(options)
  app = server.app
  await server.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = server.app.server.address() as AddressInfo
  const log = createFakeLog(server.parts.scores)
  return { ...server, log, port, url: `ws://127.0.0.1:${port}/v1/live` }
}

/** A socket with a key of `role`, open. */
async function connect(url: string, role: Parameters<typeof keyOf>[0] = 'moderate') {
  const socket = new WebSocket(url, 'nicr.v1', { headers: { authorization: `Bearer ${keyOf(role)}` } })
  open.push(socket)
  const reader = frameReader(socket)
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  return { socket, ...reader, closed: closed(socket) }
}

function closed(socket: WebSocket): Promise<{ code: number; reason: string }> {
  return new Promise(resolve =>
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })),
  )
}

/** Status and problem code of a refused upgrade. */
function refused(socket: WebSocket): Promise<{ status: number; code: string }> {
  return new Promise((resolve, reject) => {
    socket.once('open', () => reject(new Error('the socket opened')))
    socket.once('unexpected-response', (_request, response) => {
      let body = ''
      response.on('data', chunk => {
        body += String(chunk)
      })
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, code: (JSON.parse(body) as { code: string }).code }),
      )
    })
  })
}

async function follow(client: Awaited<ReturnType<typeof connect>>, wish: object): Promise<Frame> {
  client.send({ type: 'subscribe', ...wish, ack: true })
  return client.next(typed('subscribed'))
}

const scoresOf = (frames: readonly Frame[]) => frames.filter(typed('score')).map(frame => frame.contentId)

describe('subscriptions', () => {
  it('push the scores of a content, an author or all, each once, in the fields of the contract', async () => {
    const { url, log } = await serve()
    const client = await connect(url)
    await follow(client, { content: ['a'], authors: ['bob'] })
    log.append(
      scoreRecord({ contentId: 'other' }),
      scoreRecord({ contentId: 'a', revision: 2, author: 'bob', value: 8.25, reasons: [] }),
      scoreRecord({ contentId: 'b', author: 'bob' }),
    )
    await client.next(frame => frame.contentId === 'b')
    expect(scoresOf(client.frames)).toEqual(['a', 'b'])
    expect(client.frames.find(typed('score'))).toEqual({
      type: 'score',
      contentId: 'a',
      revision: 2,
      kind: 'niceness',
      status: 'SCORED',
      value: 8.25,
      label: 'kind',
      probability: null,
      reasons: [],
      model: '1',
      author: 'bob',
      language: 'en',
      eventAt: 1002,
      scoredAt: 2000,
      cursor: expect.any(String),
    })
  })

  it('end with unsubscribe', async () => {
    const { url, log } = await serve()
    const client = await connect(url)
    await follow(client, { content: ['a', 'b'] })
    client.send({ type: 'unsubscribe', content: ['a'], ack: true })
    await client.next(typed('unsubscribed'))
    log.append(scoreRecord({ contentId: 'a' }), scoreRecord({ contentId: 'b' }))
    await client.next(typed('score'))
    expect(scoresOf(client.frames)).toEqual(['b'])
  })

  it('say once that a content was deleted', async () => {
    const { url, log } = await serve()
    const client = await connect(url)
    await follow(client, { all: true })
    const cleared = { contentId: 'a', revision: 1, status: 'CLEARED', value: null } as const
    log.append(
      scoreRecord({ contentId: 'a' }),
      scoreRecord(cleared),
      scoreRecord({ ...cleared, kind: 'text-spam' }),
      scoreRecord({ contentId: 'z' }),
    )
    await client.next(frame => frame.contentId === 'z')
    expect(client.frames.map(frame => frame.type)).toEqual(['subscribed', 'score', 'cleared', 'score'])
  })

  it('to all are for moderators, and are bounded in number', async () => {
    const { url } = await serve({ limits: { contentSubscriptionsMax: 2 } })
    const client = await connect(url, 'read')
    client.send({ type: 'subscribe', all: true })
    expect(await client.next(frame => frame.code === 'NICR_ROLE_MISSING')).toBeDefined()
    client.send({ type: 'subscribe', content: ['a', 'b', 'c'] })
    expect(await client.next(frame => frame.code === 'NICR_SUBSCRIPTION_LIMIT')).toBeDefined()
  })
})

describe('resume', () => {
  it.each(['subscribe first', 'resume first'])('brings what was missed, once (%s)', async order => {
    const { url, log } = await serve()
    const first = await connect(url)
    await follow(first, { all: true })
    log.append(scoreRecord({ contentId: 'a' }))
    const { cursor } = await first.next(typed('score'))
    first.socket.terminate()
    log.append(scoreRecord({ contentId: 'b' }), scoreRecord({ contentId: 'c' }))
    const second = await connect(url)
    const frames = [
      { type: 'subscribe', all: true },
      { type: 'resume', cursor },
    ]
    for (const frame of order === 'subscribe first' ? frames : frames.reverse()) second.send(frame)
    await second.next(frame => frame.contentId === 'c')
    log.append(scoreRecord({ contentId: 'd' }))
    await second.next(frame => frame.contentId === 'd')
    expect(scoresOf(second.frames)).toEqual(['b', 'c', 'd'])
  })

  it('goes on from the cursor of a subscription that saw no score yet', async () => {
    const { url, log } = await serve()
    const first = await connect(url)
    const { cursor } = await follow(first, { content: ['a'] })
    first.socket.terminate()
    log.append(scoreRecord({ contentId: 'a' }))
    const second = await connect(url)
    second.send({ type: 'subscribe', content: ['a'] })
    second.send({ type: 'resume', cursor })
    expect(await second.next(typed('score'))).toMatchObject({ contentId: 'a' })
  })

  it('refuses a cursor that the window no longer covers, and one that is none', async () => {
    const { url, log } = await serve({ limits: { windowBytesMax: 2000 } })
    const client = await connect(url)
    const { cursor } = await follow(client, { all: true })
    for (let i = 0; i < 50; i++) log.append(scoreRecord({ contentId: `c${i}` }))
    client.send({ type: 'resume', cursor: 'nonsense' })
    expect(await client.next(frame => frame.code === 'NICR_FRAME_INVALID')).toBeDefined()
    client.send({ type: 'resume', cursor })
    expect(await client.next(frame => frame.code === 'NICR_CURSOR_EXPIRED')).toBeDefined()
    log.append(scoreRecord({ contentId: 'still there' }))
    expect(await client.next(frame => frame.contentId === 'still there')).toBeDefined()
  })
})

describe('drafts', () => {
  it('are answered with their niceness, spam and reasons', async () => {
    const { url } = await serve()
    const client = await connect(url, 'read')
    client.send({ type: 'draft', id: 'd', seq: 4, text: 'thanks, click here' })
    const answer = await client.next(typed('draft-score'))
    expect(answer).toMatchObject({
      id: 'd',
      seq: 4,
      niceness: 7,
      label: 'kind',
      model: '1',
      status: 'SCORED',
      decidedBy: 'text-spam',
    })
    expect(answer.spam).toBeCloseTo(0.47)
    expect(answer.reasons).toEqual([{ start: 0, end: 6, weight: 2, source: 'TEXT', text: 'thanks' }])
  })

  it('answer the latest text only, however slow the scorer is', async () => {
    const scored: string[] = []
    const release: (() => void)[] = []
    const drafts = {
      ...wordScorer,
      async score(
        text: string,
        language: string | null,
        kinds?: readonly string[],
      ): Promise<readonly KindScore[]> {
        scored.push(text)
        await new Promise<void>(resolve => void release.push(resolve))
        return wordScorer.score(text, language, kinds)
      },
    }
    const { url, parts } = await serve({ parts: { drafts } })
    const client = await connect(url)
    for (let seq = 0; seq < 5; seq++) client.send({ type: 'draft', id: 'd', seq, text: `thanks ${seq}` })
    client.send({ type: 'draft', id: 'other', seq: 0, text: 'idiot' })
    await expect.poll(() => release.length).toBe(2)
    for (const go of release.splice(0)) go()
    await expect.poll(() => release.length).toBe(1)
    release[0]!()
    await client.next(frame => frame.id === 'd')
    expect(scored).toEqual(['thanks 0', 'idiot', 'thanks 4'])
    expect(client.frames.map(frame => [frame.id, frame.seq])).toEqual([
      ['other', 0],
      ['d', 4],
    ])
    const metrics = await parts.metrics.metrics()
    expect(metrics).toContain('nicr_drafts_scored_total 2')
    expect(metrics).toContain('nicr_drafts_skipped_total 4')
  })

  it('leave an outcome with the scores that were shown, and nothing of their text', async () => {
    const { url, parts } = await serve({ now: () => 77 })
    const client = await connect(url)
    for (const [seq, text] of ['you idiot', 'you, secretly idiot', 'thanks'].entries()) {
      client.send({ type: 'draft', id: 'd', seq, text })
      await client.next(frame => frame.seq === seq)
    }
    client.send({ type: 'outcome', id: 'd', outcome: 'MODIFIED', contentId: 'c' })
    await expect.poll(() => parts.published.length).toBe(1)
    expect(parts.published[0]).toEqual({
      topic: 'draft-outcomes',
      key: 'd',
      record: {
        draftId: 'd',
        contentId: 'c',
        outcome: 'MODIFIED',
        nicenessFirst: 2.6,
        nicenessLast: 7,
        edits: 2,
        modelVersion: '1',
        at: 77,
      },
    })
  })

  it('keep their text out of logs, errors and metrics, also where scoring fails', async () => {
    const drafts = {
      ...wordScorer,
      score: async (text: string): Promise<never> => {
        throw text.startsWith('bug') ? new TypeError(text) : new NicrError('NICR_SCORING_TIMEOUT', 'too slow')
      },
    }
    const { url, parts } = await serve({ parts: { drafts } })
    const client = await connect(url)
    client.send({ type: 'draft', id: 'd', seq: 0, text: 'bug secret' })
    client.send({ type: 'draft', id: 'e', seq: 0, text: 'secret' })
    client.send('{"type":"draft","text":"secret')
    client.send({ type: 'draft', id: 'f', seq: 'secret', text: 'secret' })
    await client.next(frame => frame.code === 'NICR_INTERNAL' && frame.id === 'd' && frame.seq === 0)
    await client.next(frame => frame.code === 'NICR_SCORING_TIMEOUT')
    await expect.poll(() => client.frames.filter(frame => frame.code === 'NICR_FRAME_INVALID').length).toBe(2)
    expect(
      JSON.stringify(client.frames) + parts.logLines.join() + (await parts.metrics.metrics()),
    ).not.toContain('secret')
    expect(parts.logLines.join()).toContain('TypeError')
    expect(parts.published).toEqual([])
  })
})

describe('bad frames', () => {
  it.each([
    ['not JSON', '{"type":', 'NICR_FRAME_INVALID'],
    ['no object', '7', 'NICR_FRAME_INVALID'],
    ['an unknown type', '{"type":"shout"}', 'NICR_FRAME_INVALID'],
    ['a type of every object', '{"type":"constructor"}', 'NICR_FRAME_INVALID'],
    ['a missing field', '{"type":"draft","id":"d","seq":1}', 'NICR_FRAME_INVALID'],
    ['a negative seq', '{"type":"draft","id":"d","seq":-1,"text":""}', 'NICR_FRAME_INVALID'],
    ['an outcome that is none', '{"type":"outcome","id":"d","outcome":"LOST"}', 'NICR_FRAME_INVALID'],
    ['an empty wish', '{"type":"subscribe"}', 'NICR_FRAME_INVALID'],
    [
      'a text beyond the limit',
      JSON.stringify({ type: 'draft', id: 'd', seq: 1, text: 'x'.repeat(100_001) }),
      'NICR_TEXT_TOO_LONG',
    ],
  ])('%s gets an error frame, and the socket stays open', async (_name, data, code) => {
    const { url } = await serve()
    const client = await connect(url)
    client.socket.send(data)
    expect(await client.next(typed('error'))).toMatchObject({ code, detail: expect.stringMatching(/./) })
    client.send({ type: 'draft', id: 'after', seq: 0, text: 'thanks \ud83d' })
    expect(await client.next(typed('draft-score'))).toMatchObject({ id: 'after', niceness: 7 })
  })

  it('a binary frame too', async () => {
    const { url } = await serve()
    const client = await connect(url)
    client.socket.send(Buffer.from('{"type":"draft"}'))
    expect(await client.next(typed('error'))).toMatchObject({ code: 'NICR_FRAME_INVALID' })
  })

  it('a frame of 10 MB closes its socket with 1009, and no other', async () => {
    const { url } = await serve()
    const [big, other] = [await connect(url), await connect(url)]
    big.send({ type: 'draft', id: 'd', seq: 0, text: 'x'.repeat(10_000_000) })
    expect((await big.closed).code).toBe(1009)
    other.send({ type: 'draft', id: 'd', seq: 0, text: 'thanks' })
    expect(await other.next(typed('draft-score'))).toBeDefined()
  })

  it('a flood of frames is ignored, then closed with 1008', async () => {
    const { url } = await serve({ limits: { framesPerSecondMax: 1, framesBurstMax: 5 } })
    const client = await connect(url)
    for (let i = 0; i < 100; i++) client.send('{}')
    expect((await client.closed).code).toBe(1008)
    expect(client.frames.some(frame => frame.code === 'NICR_RATE_LIMITED')).toBe(true)
    expect(client.frames.length).toBeLessThan(20)
  })
})

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
    const { url } = await serve()
    expect(await refused(new WebSocket(url, 'nicr.v1', { headers }))).toEqual({ status, code })
  })

  it('is refused where the server is full', async () => {
    const { url } = await serve({ limits: { socketsMax: 1 } })
    await connect(url)
    const second = new WebSocket(url, { headers: { 'x-api-key': keyOf('read') } })
    expect(await refused(second)).toEqual({ status: 503, code: 'NICR_SOCKET_LIMIT' })
  })

  it('takes a ticket as a sub-protocol, never sends it back, and lets it read its author only', async () => {
    const { url, app, log } = await serve()
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
    const { app } = await serve()
    const answer = await app.inject({ url: '/v1/live', headers: { 'x-api-key': keyOf('read') } })
    expect(answer.json()).toMatchObject({ status: 400, code: 'NICR_REQUEST_INVALID' })
  })
})

describe('the life of sockets', () => {
  it('ends with 1001 and a hint when the server stops, also for a client that does not answer', async () => {
    const { app: server, url } = await serve({ limits: { drainMs: 50 } })
    const client = await connect(url)
    const dead = await connect(url)
    dead.socket.pause()
    const stopped = server.close()
    expect(await client.closed).toEqual({ code: 1001, reason: expect.stringContaining('retry-after') })
    await stopped
    app = undefined
  })

  it('ends where pings are not answered', async () => {
    const { url, parts } = await serve({ limits: { pingMs: 400 } })
    const client = await connect(url)
    const gone = await connect(url)
    gone.socket.pause()
    await expect.poll(async () => metricOf(parts, 'nicr_live_sockets'), { timeout: 10_000 }).toBe(1)
    client.send({ type: 'draft', id: 'd', seq: 0, text: 'thanks' })
    expect(await client.next(typed('draft-score'))).toBeDefined()
  })

  it('holds a slow reader to its bound, then gives it all it missed, in order; others do not wait', async () => {
    const { app, url, log } = await serve({ limits: { bufferedBytesMax: 20_000 } })
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
    const { url, log } = await serve({ limits: { bufferedBytesMax: 20_000, windowBytesMax: 50_000 } })
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
