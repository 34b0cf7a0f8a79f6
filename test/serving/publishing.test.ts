import { describe, expect, it } from 'vitest'
import { NicrError } from '../../schemas/errors.ts'
import { serveHttp } from './http-server.ts'

describe('publishing', () => {
  it('writes the whole record, with what was left out filled in', async () => {
    const { post, parts } = await serveHttp({ now: () => 123_456 })
    const answer = await post('/v1/content', { text: 'hello', author: 'ann' })
    expect(answer.statusCode).toBe(202)
    const { id } = answer.json() as { id: string }
    expect(id).toMatch(/^[0-9a-f-]{36}$/)
    expect(answer.json()).toEqual({ id, revision: 0, partition: 0, offset: 0 })
    expect(parts.published).toEqual([
      {
        topic: 'content',
        key: id,
        record: {
          id,
          kind: 'POST',
          action: 'CREATED',
          revision: 0,
          author: 'ann',
          authorSince: null,
          thread: null,
          parent: null,
          language: null,
          text: 'hello',
          images: [],
          at: 123_456,
        },
      },
    ])
  })

  it.each([
    [
      '/v1/votes',
      { contentId: 'c', voter: 'v', value: -1, at: '2026-01-01T00:00:00Z' },
      'votes',
      'c',
      { value: -1, at: 1_767_225_600_000 },
    ],
    [
      '/v1/reports',
      { draftId: 'd', kind: 'niceness', text: 'as I chose', expected: 7 },
      'reports',
      'd',
      { text: 'as I chose', contentId: null },
    ],
    [
      '/v1/draft-outcomes',
      { draftId: 'd', outcome: 'MODIFIED', nicenessFirst: 2, nicenessLast: 7, edits: 3 },
      'draft-outcomes',
      'd',
      { edits: 3 },
    ],
    [
      '/v1/content',
      { id: 'c', action: 'DELETED', revision: 2 },
      'content',
      'c',
      { text: '', action: 'DELETED' },
    ],
  ] as const)('%s: %j', async (url, body, topic, key, fields) => {
    const { post, parts } = await serveHttp()
    expect((await post(url, body)).statusCode).toBe(202)
    expect(parts.published).toMatchObject([{ topic, key, record: fields }])
  })

  it('publishes once for one Idempotency-Key, and refuses it for another body', async () => {
    const { post, parts } = await serveHttp()
    const headers = { 'idempotency-key': 'once' }
    const first = await post('/v1/content', { text: 'a' }, headers)
    const second = await post('/v1/content', { text: 'a' }, headers)
    expect(second.json()).toEqual(first.json())
    expect(first.headers).not.toHaveProperty('idempotency-replayed')
    expect(second.headers['idempotency-replayed']).toBe('true')
    expect(parts.published).toHaveLength(1)
    expect((await post('/v1/content', { text: 'b' }, headers)).json()).toMatchObject({
      status: 422,
      code: 'NICR_IDEMPOTENCY_CONFLICT',
    })
    expect((await post('/v1/content', { text: 'a' }, { 'idempotency-key': 'other' })).json().id).not.toBe(
      first.json().id,
    )
  })

  it('refuses a repeat while the first request waits for the broker', async () => {
    let acknowledge = () => {}
    let start = () => {}
    const started = new Promise<void>(resolve => {
      start = resolve
    })
    const publish = () =>
      new Promise<{ partition: number; offset: number }>(resolve => {
        acknowledge = () => resolve({ partition: 0, offset: 5 })
        start()
      })
    const { post } = await serveHttp({ parts: { publish } })
    const headers = { 'idempotency-key': 'k' }
    // An injected request begins when somebody waits for it.
    const first = post('/v1/content', { text: 'a' }, headers).then(answer => answer.json())
    await started
    const second = await post('/v1/content', { text: 'a' }, headers)
    expect(second.json().code).toBe('NICR_IDEMPOTENCY_IN_PROGRESS')
    expect(second.headers['retry-after']).toBe('1')
    acknowledge()
    expect(await first).toMatchObject({ offset: 5 })
  })

  it('shows no ticket the answer that another author’s ticket got for the same Idempotency-Key', async () => {
    const { post, parts } = await serveHttp()
    const ids = []
    for (const author of ['ann', 'bob']) {
      const { ticket } = (await post('/v1/tickets', { author, scopes: ['publish'] })).json()
      const answer = await post(
        '/v1/content',
        { author, text: 'a' },
        { authorization: `Bearer ${ticket}`, 'idempotency-key': 'k' },
      )
      ids.push(answer.json().id)
    }
    expect(new Set(ids).size).toBe(2)
    expect(parts.published).toHaveLength(2)
  })

  it('says when Kafka does not answer, and tries the same key again', async () => {
    let down = true
    const publish = async () => {
      if (down) throw new NicrError('NICR_KAFKA_UNAVAILABLE', 'no broker answers')
      return { partition: 1, offset: 9 }
    }
    const { post } = await serveHttp({ parts: { publish } })
    const headers = { 'idempotency-key': 'k' }
    expect((await post('/v1/content', { text: 'a' }, headers)).json()).toMatchObject({
      status: 503,
      code: 'NICR_KAFKA_UNAVAILABLE',
    })
    down = false
    expect((await post('/v1/content', { text: 'a' }, headers)).json()).toMatchObject({
      partition: 1,
      offset: 9,
    })
  })
})
