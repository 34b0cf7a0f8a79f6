import { describe, expect, it } from 'vitest'
import { NicrError } from '../../schemas/errors.ts'
import { keyOf } from './fake-parts.ts'
import { GERMAN, servePerspective, toxicityOf, UNKIND } from './perspective-server.ts'

describe('comments:analyze', () => {
  it('scores the attributes asked for, by the names they were asked by', async () => {
    const { analyze } = await servePerspective()
    const requestedAttributes = { 'TOXICITY@6': {}, SPAM: { scoreType: 'PROBABILITY' } }
    const answer = await analyze({ comment: { text: UNKIND }, requestedAttributes, languages: ['en-GB'] })
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['content-type']).toMatch(/^application\/json/)
    const whole = (value: number) => ({
      summaryScore: { value, type: 'PROBABILITY' },
      spanScores: [{ begin: 0, end: UNKIND.length, score: { value, type: 'PROBABILITY' } }],
    })
    expect(answer.json()).toEqual({
      attributeScores: { 'TOXICITY@6': whole(0.97), SPAM: whole(0.02) },
      languages: ['en-GB'],
      detectedLanguages: ['en'],
    })
  })

  it('scores as POST /v1/score does', async () => {
    const { analyze, post } = await servePerspective()
    const { scores } = (await post('/v1/score', { text: 'click here', language: 'en' })).json()
    const answer = await analyze({
      comment: { text: 'click here' },
      requestedAttributes: { SPAM: {} },
      languages: ['en'],
    })
    expect(answer.json().attributeScores.SPAM.summaryScore.value).toBe(scores['text-spam'].value)
  })

  it('tells the language it detected where none is stated', async () => {
    const { analyze } = await servePerspective()
    const text = 'This is what I think of it, and you should know that'
    const answer = (await analyze(toxicityOf(text, { languages: undefined }))).json()
    expect(answer).toMatchObject({ languages: ['en'], detectedLanguages: ['en'] })
  })

  it('scores each sentence where spans are asked for, by UTF-16 offsets', async () => {
    const { analyze } = await servePerspective()
    const text = '🙂 Thanks a lot! \n You stupid idiot. Bye.'
    const answer = (await analyze(toxicityOf(text, { spanAnnotations: true }))).json()
    const spans = answer.attributeScores.TOXICITY.spanScores as {
      begin: number
      end: number
      score: object
    }[]
    expect(spans.map(({ begin, end, score }) => [text.slice(begin, end), score])).toEqual([
      ['🙂 Thanks a lot!', { value: 0.04, type: 'PROBABILITY' }],
      ['You stupid idiot.', { value: 0.97, type: 'PROBABILITY' }],
      ['Bye.', { value: 0.04, type: 'PROBABILITY' }],
    ])
  })

  it('leaves out scores below the threshold, and keeps the attribute', async () => {
    const { analyze } = await servePerspective()
    const body = {
      ...toxicityOf(`${UNKIND}. Good bye.`, { spanAnnotations: true }),
      requestedAttributes: { TOXICITY: { scoreThreshold: 0.5 }, SPAM: { scoreThreshold: 0.5 } },
    }
    const { TOXICITY, SPAM } = (await analyze(body)).json().attributeScores
    expect(TOXICITY.summaryScore.value).toBe(0.97)
    expect(TOXICITY.spanScores).toHaveLength(1)
    expect(SPAM).toEqual({ spanScores: [] })
  })

  it('echoes the client’s token and no other', async () => {
    const { analyze } = await servePerspective()
    const answer = await analyze(
      toxicityOf(UNKIND, { clientToken: 'comment:7', sessionId: 'my session', communityId: 'my community' }),
    )
    expect(answer.json().clientToken).toBe('comment:7')
    expect(answer.body).not.toMatch(/my session|my community/)
  })

  it.each([true, false, undefined])('writes and logs nothing where doNotStore is %s', async doNotStore => {
    const { analyze, parts } = await servePerspective()
    await analyze(toxicityOf(`my secret, ${UNKIND}`, { doNotStore }))
    expect(parts.published).toEqual([])
    expect(parts.logLines.join('\n') + (await parts.metrics.metrics())).not.toContain('secret')
  })

  it.each([
    ['entries', { entries: [{ text: 'an article'.repeat(200_000), type: 'PLAIN_TEXT' }] }],
    ['an article', { articleAndParentComment: { article: { text: 'idiot' }, parentComment: { text: 'a' } } }],
  ])('takes %s as context, which changes no score', async (_name, context) => {
    const { analyze } = await servePerspective()
    const answer = await analyze(toxicityOf('hello', { context }))
    expect(answer.json().attributeScores.TOXICITY.summaryScore.value).toBe(0.04)
  })

  it('leaves out what it does not serve where the client wants that', async () => {
    const { analyze } = await servePerspective()
    const requestedAttributes = { TOXICITY: {}, SEVERE_TOXICITY: {}, THREAT: {} }
    const answer = await analyze(toxicityOf(UNKIND, { requestedAttributes, dropUnsupportedAttributes: true }))
    expect(Object.keys(answer.json().attributeScores)).toEqual(['TOXICITY'])
    const german = toxicityOf(GERMAN, { languages: [], dropUnsupportedAttributes: true })
    expect((await analyze(german)).json()).toMatchObject({ attributeScores: {}, languages: ['de'] })
  })

  it('takes what JSON of protocol buffers may be: snake_case, nulls', async () => {
    const { analyze } = await servePerspective()
    const answer = await analyze({
      comment: { text: UNKIND, type: null },
      requested_attributes: { TOXICITY: null, SPAM: { score_threshold: 0.9 } },
      client_token: 't',
      do_not_store: true,
      context: null,
    })
    expect(answer.json()).toMatchObject({
      clientToken: 't',
      attributeScores: { TOXICITY: { summaryScore: { value: 0.97 } }, SPAM: { spanScores: [] } },
    })
  })

  it('takes JSON without a content type, and ignores Google’s standard parameters', async () => {
    const { app } = await servePerspective()
    const parameters = 'alt=json&prettyPrint=false&fields=a&quotaUser=b&%24.xgafv=2&callback=c&uploadType=d'
    const answer = await app.inject({
      method: 'POST',
      url: `/v1alpha1/comments:analyze?${parameters}&upload_protocol=raw&key=${keyOf('read')}`,
      payload: JSON.stringify(toxicityOf(UNKIND)),
    })
    expect(answer.json().attributeScores.TOXICITY.summaryScore.value).toBe(0.97)
  })

  it.each([
    ['Authorization', { authorization: `Bearer ${keyOf('read')}` }],
    ['X-API-Key', { 'x-api-key': keyOf('read') }],
    ['X-Goog-Api-Key', { 'x-goog-api-key': keyOf('read') }],
  ])('takes a key by %s, too', async (_name, headers) => {
    const { analyze } = await servePerspective()
    expect((await analyze(toxicityOf(UNKIND), { query: '', headers })).statusCode).toBe(200)
  })

  it('is in /openapi.json with its key and with Perspective’s errors', async () => {
    const { get } = await servePerspective()
    const { post } = (await get('/openapi.json')).json().paths['/v1alpha1/comments:analyze']
    expect(post.parameters).toContainEqual(expect.objectContaining({ name: 'key', in: 'query' }))
    const { schema } = post.responses.default.content['application/json']
    expect(Object.keys(schema.properties.error.properties)).toEqual(['code', 'message', 'status', 'details'])
  })

  it('takes no key from the address of any other endpoint', async () => {
    const { app } = await servePerspective()
    const payload = { text: UNKIND }
    const url = `/v1/score?key=${keyOf('admin')}`
    expect((await app.inject({ method: 'POST', url, payload })).statusCode).toBe(401)
  })
})

describe('comments:suggestscore', () => {
  /** As Coral sends it when a moderator rejects a comment. */
  const rejected = {
    comment: { text: `my secret, ${UNKIND}` },
    context: { entries: [{ text: '{"url":"https://news.example/1"}' }] },
    attributeScores: { TOXICITY: { summaryScore: { value: 1 } } },
    communityId: 'Coral:news',
    clientToken: 'comment:c-1',
  }

  it('becomes a report on the comment, without its text', async () => {
    const { suggestScore, parts } = await servePerspective({ now: () => 5_000 })
    const answer = await suggestScore({ ...rejected, languages: ['en'] })
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toEqual({
      clientToken: 'comment:c-1',
      detectedLanguages: ['en'],
      requestedLanguages: ['en'],
    })
    expect(parts.published).toEqual([
      {
        topic: 'reports',
        key: 'c-1',
        record: {
          id: expect.stringMatching(/^[0-9a-f-]{36}$/),
          contentId: 'c-1',
          draftId: null,
          revision: null,
          reporter: 'Coral:news',
          accountSince: null,
          kind: 'toxicity',
          expected: 1,
          seenScore: null,
          text: null,
          note: 'comments:suggestscore',
          at: 5_000,
        },
      },
    ])
    expect(parts.logLines.join('\n')).not.toContain('secret')
  })

  it('is the same report when it comes again, and another with another score or comment', async () => {
    const { suggestScore, parts } = await servePerspective()
    const approved = { ...rejected, attributeScores: { TOXICITY: { summaryScore: { value: 0 } } } }
    for (const body of [rejected, rejected, approved, { ...rejected, clientToken: 'comment:c-2' }])
      await suggestScore(body)
    const ids = parts.published.map(({ record }) => (record as { id: string }).id)
    expect(ids[0]).toBe(ids[1])
    expect(new Set(ids).size).toBe(3)
  })

  it('is one report for each attribute; spans alone expect no value of the whole', async () => {
    const { suggestScore, parts } = await servePerspective()
    await suggestScore({
      ...rejected,
      attributeScores: {
        SPAM: { summaryScore: { value: 0, type: 'PROBABILITY' } },
        TOXICITY: { spanScores: [{ begin: 11, end: 27, score: { value: 1 } }] },
      },
    })
    expect(parts.published.map(({ record }) => record)).toMatchObject([
      { kind: 'text-spam', expected: 0 },
      { kind: 'toxicity', expected: null },
    ])
  })

  it('counts without a token, each time anew, in the name of the key', async () => {
    const { suggestScore, parts } = await servePerspective()
    for (const clientToken of [undefined, 'comment:'])
      await suggestScore({ ...rejected, communityId: undefined, clientToken })
    const records = parts.published.map(({ record }) => record as { id: string; contentId: null })
    expect(records).toMatchObject([
      { contentId: null, reporter: 'publish' },
      { contentId: null, reporter: 'publish' },
    ])
    expect(parts.published.map(({ key }) => key)).toEqual(records.map(({ id }) => id))
    expect(records[0]?.id).not.toBe(records[1]?.id)
  })

  it('speaks in the name of a ticket’s author, whatever community it claims', async () => {
    const { post, suggestScore, parts } = await servePerspective()
    const { ticket } = (await post('/v1/tickets', { author: 'ann', scopes: ['publish'] })).json()
    await suggestScore(rejected, { query: `?key=${ticket}` })
    expect(parts.published).toMatchObject([{ record: { reporter: 'ann' } }])
  })

  it('says when Kafka does not answer', async () => {
    const publish = async () => {
      throw new NicrError('NICR_KAFKA_UNAVAILABLE', 'no broker answers')
    }
    const { suggestScore } = await servePerspective({ parts: { publish } })
    expect((await suggestScore(rejected)).json().error).toMatchObject({ code: 503, status: 'UNAVAILABLE' })
  })
})
