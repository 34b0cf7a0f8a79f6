import { describe, expect, it } from 'vitest'
import type { DraftWish } from '../../pipelines/draft-scorer.ts'
import { NicrError } from '../../schemas/errors.ts'
import type { KindScore } from '../../serving/ports.ts'
import { scoreRecord, typed, wordScorer } from './fake-parts.ts'
import { connect, follow, scoresOf, serveLive } from './live-server.ts'

describe('subscriptions', () => {
  it('push the scores of a content, an author or all, each once, in the fields of the contract', async () => {
    const { url, log } = await serveLive()
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
    const { url, log } = await serveLive()
    const client = await connect(url)
    await follow(client, { content: ['a', 'b'] })
    client.send({ type: 'unsubscribe', content: ['a'], ack: true })
    await client.next(typed('unsubscribed'))
    log.append(scoreRecord({ contentId: 'a' }), scoreRecord({ contentId: 'b' }))
    await client.next(typed('score'))
    expect(scoresOf(client.frames)).toEqual(['b'])
  })

  it('say once that a content was deleted', async () => {
    const { url, log } = await serveLive()
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
    const { url } = await serveLive({ limits: { contentSubscriptionsMax: 2 } })
    const client = await connect(url, 'read')
    client.send({ type: 'subscribe', all: true })
    expect(await client.next(frame => frame.code === 'NICR_ROLE_MISSING')).toBeDefined()
    client.send({ type: 'subscribe', content: ['a', 'b', 'c'] })
    expect(await client.next(frame => frame.code === 'NICR_SUBSCRIPTION_LIMIT')).toBeDefined()
  })
})

describe('resume', () => {
  it.each(['subscribe first', 'resume first'])('brings what was missed, once (%s)', async order => {
    const { url, log } = await serveLive()
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
    const { url, log } = await serveLive()
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
    const { url, log } = await serveLive({ limits: { windowBytesMax: 2000 } })
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
    const { url } = await serveLive()
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
    expect(answer.reasons).toEqual([
      { start: 0, end: 6, weight: 2, source: 'TEXT', text: 'thanks', without: 5 },
    ])
  })

  it('never take toxicity for spam', async () => {
    const { url } = await serveLive()
    const client = await connect(url)
    client.send({ type: 'draft', id: 'd', seq: 0, text: 'you idiot' })
    expect(await client.next(typed('draft-score'))).toMatchObject({ spam: 0.02, decidedBy: 'text-spam' })
  })

  it('answer the latest text only, however slow the scorer is', async () => {
    const scored: string[] = []
    const release: (() => void)[] = []
    const drafts = {
      ...wordScorer,
      async score(text: string, wish: DraftWish): Promise<readonly KindScore[]> {
        scored.push(text)
        await new Promise<void>(resolve => void release.push(resolve))
        return wordScorer.score(text, wish)
      },
    }
    const { url, parts } = await serveLive({ parts: { drafts } })
    const client = await connect(url)
    client.send({ type: 'draft', id: 'd', seq: 0, text: 'thanks 0' })
    await expect.poll(() => release.length).toBe(1)
    for (let seq = 1; seq < 5; seq++) client.send({ type: 'draft', id: 'd', seq, text: `thanks ${seq}` })
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
    const { url, parts } = await serveLive({ now: () => 77 })
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
    const { url, parts } = await serveLive({ parts: { drafts } })
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
    const { url } = await serveLive()
    const client = await connect(url)
    client.socket.send(data)
    expect(await client.next(typed('error'))).toMatchObject({ code, detail: expect.stringMatching(/./) })
    client.send({ type: 'draft', id: 'after', seq: 0, text: 'thanks \ud83d' })
    expect(await client.next(typed('draft-score'))).toMatchObject({ id: 'after', niceness: 7 })
  })

  it('a binary frame too', async () => {
    const { url } = await serveLive()
    const client = await connect(url)
    client.socket.send(Buffer.from('{"type":"draft"}'))
    expect(await client.next(typed('error'))).toMatchObject({ code: 'NICR_FRAME_INVALID' })
  })

  it('a frame of 10 MB closes its socket with 1009, and no other', async () => {
    const { url } = await serveLive()
    const [big, other] = [await connect(url), await connect(url)]
    big.send({ type: 'draft', id: 'd', seq: 0, text: 'x'.repeat(10_000_000) })
    expect((await big.closed).code).toBe(1009)
    other.send({ type: 'draft', id: 'd', seq: 0, text: 'thanks' })
    expect(await other.next(typed('draft-score'))).toBeDefined()
  })

  it('a flood of frames is ignored, then closed with 1008', async () => {
    const { url } = await serveLive({ limits: { framesPerSecondMax: 1, framesBurstMax: 5 } })
    const client = await connect(url)
    for (let i = 0; i < 100; i++) client.send('{}')
    expect((await client.closed).code).toBe(1008)
    expect(client.frames.some(frame => frame.code === 'NICR_RATE_LIMITED')).toBe(true)
    expect(client.frames.length).toBeLessThan(20)
  })
})
