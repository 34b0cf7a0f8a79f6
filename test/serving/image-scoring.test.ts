import { afterEach, describe, expect, it, vi } from 'vitest'
import { type ErrorCode, NicrError } from '../../schemas/errors.ts'
import { defaultLimits } from '../../serving/limits.ts'
import type { ImageScorer, KindScore } from '../../serving/ports.ts'
import { createFakeLog, keyOf, pictureScorer, scoreRecord } from './fake-parts.ts'
import { serveHttp } from './http-server.ts'

/** Pictures on request: what is asked of whom, and what comes of pictures that cannot be looked at. */

const scorer = (score: ImageScorer['score']): ImageScorer => ({ kind: 'image-spam', score })
const failing = (code: ErrorCode) =>
  scorer(async ([first]) => {
    throw new NicrError(code, `${first!.ref} will not do`)
  })
const spam = { images: [{ ref: 'blob:cat' }, { ref: 'blob:spam', mimeType: 'image/png' }] }

describe('POST /v1/score with images', () => {
  it('says which picture is spam, where and by which words, and that pictures decided', async () => {
    const { post } = await serveHttp()
    const answer = await post('/v1/score', { text: 'thanks', ...spam })
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toMatchObject({ spam: 0.97, decidedBy: 'image-spam', degraded: false })
    expect(Object.keys(answer.json().scores)).toEqual(['niceness', 'text-spam', 'toxicity', 'image-spam'])
    expect(answer.json().scores['image-spam']).toMatchObject({
      status: 'SCORED',
      label: 'spam',
      code: null,
      reasons: [
        {
          source: 'IMAGE',
          start: null,
          image: 'blob:spam',
          box: { x: 0.1, y: 0.4, width: 0.6, height: 0.2 },
          text: 'FREE C0INS',
        },
      ],
    })
  })

  it('leaves the decision to the text where that is worse', async () => {
    const { post } = await serveHttp()
    const answer = await post('/v1/score', { text: 'free money', images: [{ ref: 'blob:cat' }] })
    expect(answer.json()).toMatchObject({ spam: expect.closeTo(0.47), decidedBy: 'text-spam' })
  })

  it('scores pictures without a text, and is no score of one', async () => {
    const { post } = await serveHttp()
    const answer = await post('/v1/score', spam)
    expect(Object.keys(answer.json().scores)).toEqual(['image-spam'])
  })

  it('asks only the kinds that are wanted', async () => {
    const seen: unknown[] = []
    const watching = scorer((images, wish) => {
      seen.push(images)
      return pictureScorer.score(images, wish)
    })
    const { post } = await serveHttp({ parts: { imageScorers: [watching] } })
    const text = await post('/v1/score', { text: 'hi', ...spam, kinds: ['niceness'] })
    expect(Object.keys(text.json().scores)).toEqual(['niceness'])
    expect(seen).toEqual([])
    const both = await post('/v1/score', { text: 'hi', ...spam, kinds: ['image-spam'] })
    expect(Object.keys(both.json().scores)).toEqual(['image-spam'])
    expect(seen).toEqual([spam.images])
  })

  it.each([
    ['neither text nor images', {}, 'text'],
    ['no image for a kind that reads them', { text: 'hi', kinds: ['image-spam'] }, 'images'],
    ['no text for a kind that reads it', { ...spam, kinds: ['niceness'] }, 'text'],
    ['an empty list', { images: [] }, 'text'],
    ['an empty ref', { images: [{ ref: '' }] }, 'images'],
    ['a ref that is too long', { images: [{ ref: 'x'.repeat(16_385) }] }, 'images'],
  ])('names what does not hold: %s', async (_name, body, field) => {
    const { post } = await serveHttp()
    const answer = (await post('/v1/score', body)).json()
    expect(answer).toMatchObject({ status: 400, code: 'NICR_BODY_INVALID' })
    expect(answer.detail).toMatch(new RegExp(`^body/${field}`))
  })

  it('says that no model reads images where none does', async () => {
    const { post } = await serveHttp({ parts: { imageScorers: [] } })
    const answer = (await post('/v1/score', spam)).json()
    expect(answer).toMatchObject({ status: 400, detail: expect.stringContaining('leave images out') })
  })

  it('refuses more images than are looked at, before any is', async () => {
    const { post } = await serveHttp({
      limits: { imagesMax: 2 },
      parts: { imageScorers: [failing('NICR_IMAGE_UNREADABLE')] },
    })
    const answer = await post('/v1/score', { images: Array(3).fill({ ref: 'blob:cat' }) })
    expect(answer.json()).toMatchObject({ status: 413, code: 'NICR_IMAGES_TOO_MANY' })
  })

  it.each([
    ['NICR_IMAGE_UNREADABLE', 422],
    ['NICR_IMAGE_TYPE_UNSUPPORTED', 415],
    ['NICR_IMAGE_TOO_LARGE', 413],
    ['NICR_IMAGE_REF_INVALID', 400],
    ['NICR_IMAGE_NOT_FOUND', 404],
    ['NICR_IMAGE_HOST_REFUSED', 403],
  ] as const)('answers a picture that cannot be used with its problem: %s', async (code, status) => {
    const { post } = await serveHttp({ parts: { imageScorers: [failing(code)] } })
    const answer = await post('/v1/score', { text: 'thanks', ...spam })
    expect(answer.statusCode).toBe(status)
    expect(answer.headers['content-type']).toContain('application/problem+json')
    expect(answer.json()).toMatchObject({ code, detail: 'blob:cat will not do' })
  })

  it.each([
    'NICR_IMAGE_FETCH_FAILED',
    'NICR_IMAGE_TIMEOUT',
    'NICR_BLOBS_UNAVAILABLE',
    'NICR_MODEL_NOT_FOUND',
  ] as const)('answers the text where something is away: %s', async code => {
    const { post, parts } = await serveHttp({ parts: { imageScorers: [failing(code)] } })
    const answer = (await post('/v1/score', { text: 'thanks', ...spam })).json()
    expect(answer).toMatchObject({
      degraded: true,
      spam: 0.02,
      decidedBy: 'text-spam',
      scores: {
        niceness: { value: 7 },
        'image-spam': { status: 'DEGRADED', value: null, model: null, code },
      },
    })
    expect(await parts.metrics.metrics()).toContain(
      `nicr_scores_degraded_total{kind="image-spam",code="${code}"} 1`,
    )
  })

  it('gives what was seen in time, marked, and counts it', async () => {
    const hasty = scorer(async (images, wish) => ({
      ...(await pictureScorer.score(images, wish)),
      status: 'DEGRADED' as const,
    }))
    const { post } = await serveHttp({ parts: { imageScorers: [hasty] } })
    expect((await post('/v1/score', spam)).json()).toMatchObject({
      degraded: true,
      spam: 0.97,
      decidedBy: 'image-spam',
      scores: { 'image-spam': { status: 'DEGRADED', value: 0.97, code: 'NICR_IMAGE_TIMEOUT' } },
    })
  })

  it('tells nothing of a bug', async () => {
    const { post } = await serveHttp({
      parts: {
        imageScorers: [
          scorer(async () => {
            throw new Error('blob:spam broke it')
          }),
        ],
      },
    })
    const answer = await post('/v1/score', spam)
    expect(answer.json()).toMatchObject({ status: 500, code: 'NICR_INTERNAL' })
    expect(answer.body).not.toContain('broke it')
  })

  it('needs a key that may score', async () => {
    const { post } = await serveHttp()
    const asLabeller = await post('/v1/score', spam, { authorization: `Bearer ${keyOf('label')}` })
    expect(asLabeller.statusCode).toBe(403)
  })
})

describe('a scorer of pictures that does not answer', () => {
  afterEach(() => vi.useRealTimers())

  it('is given a deadline, degraded after it, and waited for by a bounded number of requests', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const waiting: ((score: KindScore) => void)[] = []
    const timeouts: number[] = []
    const slow = scorer((_images, { timeoutMs }) => {
      timeouts.push(timeoutMs)
      return new Promise(resolve => void waiting.push(resolve))
    })
    const { post } = await serveHttp({
      limits: { imageScoresPendingMax: 1 },
      parts: { imageScorers: [slow] },
    })
    const first = post('/v1/score', spam)
    await vi.waitFor(() => expect(waiting).toHaveLength(1))
    expect(timeouts).toEqual([defaultLimits.imageScoringMs])
    const second = (await post('/v1/score', { text: 'thanks', ...spam })).json()
    expect(second.scores).toMatchObject({
      niceness: { value: 7 },
      'image-spam': { status: 'DEGRADED', code: 'NICR_RATE_LIMITED' },
    })
    await vi.advanceTimersByTimeAsync(defaultLimits.imageAnswerMs)
    expect((await first).json().scores['image-spam']).toMatchObject({ code: 'NICR_IMAGE_TIMEOUT' })
    // Answered, and still at work: its place is taken until it ends.
    expect((await post('/v1/score', spam)).json().scores['image-spam'].code).toBe('NICR_RATE_LIMITED')
    waiting[0]!(await pictureScorer.score([], { timeoutMs: 1 }))
    const third = post('/v1/score', spam)
    await vi.waitFor(() => expect(waiting).toHaveLength(2))
    waiting[1]!(await pictureScorer.score(spam.images, { timeoutMs: 1 }))
    expect((await third).json()).toMatchObject({ spam: 0.97, degraded: false })
  })
})

describe('a credential whose pictures wait', () => {
  it('leaves room for others, and gets its own back', async () => {
    const waiting: ((score: KindScore) => void)[] = []
    const slow = scorer(() => new Promise(resolve => void waiting.push(resolve)))
    const { post } = await serveHttp({
      limits: { imageScoresPendingPerCredentialMax: 1 },
      parts: { imageScorers: [slow] },
    })
    const ticketOf = async (author: string) =>
      `Bearer ${((await post('/v1/tickets', { author })).json() as { ticket: string }).ticket}`
    const [ann, bob] = [await ticketOf('ann'), await ticketOf('bob')]
    const first = post('/v1/score', spam, { authorization: ann })
    await vi.waitFor(() => expect(waiting).toHaveLength(1))
    const again = await post('/v1/score', spam, { authorization: ann })
    expect(again.json().scores['image-spam']).toMatchObject({ status: 'DEGRADED', code: 'NICR_RATE_LIMITED' })
    const other = post('/v1/score', spam, { authorization: bob })
    await vi.waitFor(() => expect(waiting).toHaveLength(2))
    for (const answer of waiting) answer(await pictureScorer.score(spam.images, { timeoutMs: 1 }))
    expect((await first).json()).toMatchObject({ degraded: false })
    expect((await other).json()).toMatchObject({ degraded: false })
    const third = post('/v1/score', spam, { authorization: ann })
    await vi.waitFor(() => expect(waiting).toHaveLength(3))
    waiting[2]!(await pictureScorer.score(spam.images, { timeoutMs: 1 }))
    expect((await third).json()).toMatchObject({ degraded: false, spam: 0.97 })
  })
})

describe('GET /v1/scores/:contentId of content with pictures', () => {
  const box = { x: 0.1, y: 0.4, width: 0.6, height: 0.2 }
  const reason = {
    start: null,
    end: null,
    weight: 3,
    source: 'IMAGE' as const,
    text: 'FREE C0INS',
    without: 0.1,
  }
  const ofPicture = scoreRecord({
    contentId: 'c',
    kind: 'image-spam',
    value: 0.95,
    label: 'spam',
    reasons: [{ ...reason, image: 'blob:1', box }],
  })
  const ofText = ['niceness', 'text-spam', 'toxicity'].map(kind =>
    scoreRecord({ contentId: 'c', kind, value: 0.2 }),
  )

  it('says that a picture decided, and where in it', async () => {
    const { get, parts } = await serveHttp()
    createFakeLog(parts.scores).append(...ofText, ofPicture)
    const answer = (await get('/v1/scores/c')).json()
    expect(answer).toMatchObject({ spam: 0.95, decidedBy: 'image-spam', degraded: false })
    expect(answer.scores['image-spam'].reasons).toEqual([{ ...reason, image: 'blob:1', box }])
  })

  it('asks history for the score of a picture that has left the window', async () => {
    let now = 0
    const { get, parts } = await serveHttp({
      now: () => now,
      parts: { history: { scoresOf: async () => [ofPicture] } },
    })
    const log = createFakeLog(parts.scores)
    log.append(ofPicture)
    now += defaultLimits.windowMs + 1
    log.append(...ofText)
    expect((await get('/v1/scores/c')).json()).toMatchObject({ spam: 0.95, decidedBy: 'image-spam' })
  })
})
