import { describe, expect, it } from 'vitest'
import { keyOf, wordScorer } from '../fake-parts.ts'
import { GERMAN, servePerspective, toxicityOf } from '../perspective-server.ts'

const API_ERROR = 'type.googleapis.com/google.commentanalyzer.v1alpha1.Error'
const ERROR_INFO = 'type.googleapis.com/google.rpc.ErrorInfo'

describe('errors of both methods', () => {
  type Row = readonly [name: string, fields: object, errorType: string, message: string]
  const common: readonly Row[] = [
    ['no comment', { comment: undefined }, 'COMMENT_EMPTY', 'Comment must be non-empty.'],
    ['an empty text', { comment: { text: ' \n' } }, 'COMMENT_EMPTY', 'Comment must be non-empty.'],
    [
      'a text of more than 20,480 bytes',
      { comment: { text: 'é'.repeat(10_241) } },
      'COMMENT_TOO_LONG',
      'Comment text too long.',
    ],
    [
      'HTML',
      { comment: { text: 'a', type: 'HTML' } },
      'INVALID_REQUEST',
      "Currently, only 'PLAIN_TEXT' comments are supported",
    ],
    ['an unknown type', { comment: { text: 'a', type: 'RTF' } }, 'INVALID_REQUEST', 'Unknown text type'],
    [
      'both contexts',
      { context: { entries: [], articleAndParentComment: {} } },
      'INVALID_REQUEST',
      'Context can have either entries or article_and_parent_comment, but both fields were populated.',
    ],
    [
      'an unknown field',
      { comment: { text: 'a', txt: 'my secret' } },
      'INVALID_REQUEST',
      `Invalid JSON payload received. Unknown name "txt" at 'comment': Cannot find field.`,
    ],
    [
      'a field that quotes the comment',
      { 'my secret is out': 1 },
      'INVALID_REQUEST',
      'Invalid JSON payload received. Unknown name "(unprintable)": Cannot find field.',
    ],
    [
      'a wrong type',
      { comment: { text: 5 } },
      'INVALID_REQUEST',
      "Invalid JSON payload received. Invalid value at 'comment.text': must be a string.",
    ],
    [
      'a language that is not served',
      { languages: ['en', 'es', 'hi-Latn'] },
      'LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE',
      'Attribute TOXICITY does not support request languages: es, hi-Latn',
    ],
    [
      'a language that is not served, detected',
      { comment: { text: GERMAN }, languages: [] },
      'LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE',
      'Attribute TOXICITY does not support request languages: de',
    ],
  ]
  const ofAnalyze: readonly Row[] = [
    ['no attributes', { requestedAttributes: {} }, 'NO_REQUESTED_ATTRIBUTES', 'Missing requested_attributes'],
    [
      'no map of attributes',
      { requestedAttributes: undefined },
      'NO_REQUESTED_ATTRIBUTES',
      'Missing requested_attributes',
    ],
    [
      'an attribute that no model serves',
      { requestedAttributes: { TOXICITY: {}, INSULT: {} } },
      'INVALID_REQUEST',
      'Unknown requested attribute: INSULT',
    ],
    [
      'an attribute that there never was',
      { requestedAttributes: { NICE: {} }, dropUnsupportedAttributes: true },
      'INVALID_REQUEST',
      'Unknown requested attribute: NICE',
    ],
    [
      'an attribute by a name of an object’s own',
      { requestedAttributes: { constructor: {} } },
      'INVALID_REQUEST',
      'Unknown requested attribute: constructor',
    ],
    [
      'another type of score',
      { requestedAttributes: { TOXICITY: { scoreType: 'PERCENTILE' } } },
      'INVALID_REQUEST',
      'Requested score type PERCENTILE is not supported by attribute TOXICITY',
    ],
  ]
  const scores = (fields: object) => ({ attributeScores: { TOXICITY: fields } })
  const ofSuggestScore: readonly Row[] = [
    ['no scores', { attributeScores: {} }, 'INVALID_REQUEST', 'attribute_scores must not be empty'],
    [
      'no map of scores',
      { attributeScores: undefined },
      'INVALID_REQUEST',
      'attribute_scores must not be empty',
    ],
    [
      'an attribute without a score',
      scores({ spanScores: [] }),
      'INVALID_REQUEST',
      'Malformed attribute_scores of TOXICITY: give summary_score, or span_scores',
    ],
    [
      'a score without a value',
      scores({ summaryScore: {} }),
      'INVALID_REQUEST',
      "Invalid JSON payload received. Invalid value at 'attributeScores.TOXICITY.summaryScore.value': is missing; give a number.",
    ],
    [
      'a score that is no probability',
      scores({ summaryScore: { value: 1.5 } }),
      'INVALID_REQUEST',
      'Malformed attribute_scores of TOXICITY: a probability lies between 0 and 1',
    ],
    [
      'a span without an end',
      scores({ spanScores: [{ begin: 0, score: { value: 1 } }] }),
      'INVALID_REQUEST',
      "Invalid JSON payload received. Invalid value at 'attributeScores.TOXICITY.spanScores.0.end': is missing; give an integer of at least 0.",
    ],
    [
      'a span beyond the text',
      scores({ spanScores: [{ begin: 0, end: 99, score: { value: 1 } }] }),
      'INVALID_REQUEST',
      'Malformed attribute_scores of TOXICITY: a span lies outside the comment',
    ],
    [
      'another type of score',
      scores({ summaryScore: { value: 1, type: 'RAW' } }),
      'INVALID_REQUEST',
      'Requested score type RAW is not supported by attribute TOXICITY',
    ],
    [
      'an attribute that no model serves',
      { attributeScores: { THREAT: { summaryScore: { value: 1 } } } },
      'INVALID_REQUEST',
      'Unknown requested attribute: THREAT',
    ],
  ]
  const analyzed = toxicityOf('hello')
  const suggested = {
    comment: { text: 'hello' },
    attributeScores: { TOXICITY: { summaryScore: { value: 1 } } },
  }
  it.each([
    ...[...common, ...ofAnalyze].map(row => ['analyze', ...row] as const),
    ...[...common, ...ofSuggestScore].map(row => ['suggestScore', ...row] as const),
  ])('%s: %s', async (method, _name, fields, errorType, message) => {
    const server = await servePerspective()
    const answer = await server[method]({ ...(method === 'analyze' ? analyzed : suggested), ...fields })
    expect(answer.json()).toEqual({
      error: {
        code: 400,
        message,
        status: 'INVALID_ARGUMENT',
        details: [expect.objectContaining({ '@type': API_ERROR, errorType })],
      },
    })
    expect(answer.statusCode).toBe(400)
    expect(answer.headers['content-type']).toMatch(/^application\/json/)
    expect(answer.body).not.toContain('secret')
    expect(server.parts.published).toEqual([])
  })

  it('names the attribute and the languages, for clients that drop it and retry', async () => {
    const { analyze } = await servePerspective()
    const answer = (await analyze(toxicityOf(GERMAN, { languages: ['de'] }))).json()
    expect(answer.error.details[0].languageNotSupportedByAttributeError).toEqual({
      attribute: 'TOXICITY',
      detectedLanguages: ['de'],
      requestedLanguages: ['de'],
    })
  })

  it.each([
    [
      'UNSUPPORTED',
      [],
      'Это очень плохой комментарий и мне он не нравится',
      'Attribute TOXICITY does not support request languages: ru',
    ],
    ['UNSUPPORTED', ['en'], 'ⲁⲃⲅ', 'Unable to detect language'],
    ['EMPTY', [], '...', 'Unable to detect language'],
    ['EMPTY', ['en'], '...', 'Comment must be non-empty.'],
  ] as const)('a scorer that answers %s for %j', async (status, languages, text, message) => {
    const score = { kind: 'toxicity', status, decision: null, modelVersion: '1', language: null }
    const { analyze } = await servePerspective({
      parts: { drafts: { ...wordScorer, score: async () => [score] } },
    })
    const answer = await analyze(toxicityOf(text, { languages }))
    expect(answer.json().error).toMatchObject({ code: 400, message })
  })

  it.each([
    ['cut short', '{"comment": my secret'],
    ['nothing', ''],
    ['a list', '[]'],
    ['a prototype', '{"__proto__":{"comment":1}}'],
    ['very deep', '{"comment":'.repeat(50_000) + 1 + '}'.repeat(50_000)],
  ])('JSON that is malformed: %s', async (_name, body) => {
    const { analyze } = await servePerspective()
    const answer = await analyze(body)
    expect(answer.json().error).toMatchObject({ code: 400, status: 'INVALID_ARGUMENT' })
    expect(answer.json().error.message).toMatch(/^Invalid JSON payload received\./)
    expect(answer.body).not.toContain('secret')
  })

  it.each(['text/plain', 'application/x-www-form-urlencoded'])('a body of %s', async type => {
    const { analyze } = await servePerspective()
    const answer = await analyze(toxicityOf('hello'), { headers: { 'content-type': type } })
    expect(answer.json()).toEqual({
      error: { code: 415, message: 'Send the body as application/json.', status: 'INVALID_ARGUMENT' },
    })
  })

  it('a body beyond the limit', async () => {
    const { analyze } = await servePerspective({ limits: { perspectiveBodyBytesMax: 100 } })
    expect((await analyze(toxicityOf('x'.repeat(100)))).json()).toEqual({
      error: {
        code: 413,
        message: 'Request payload size exceeds the limit: 100 bytes.',
        status: 'INVALID_ARGUMENT',
      },
    })
  })

  it.each(['', '?key=', '?key=a&key=b'])('no key: %s', async query => {
    const { analyze } = await servePerspective()
    const answer = await analyze(toxicityOf('hello'), { query })
    expect(answer.statusCode).toBe(403)
    expect(answer.json()).toEqual({
      error: { code: 403, message: 'The request is missing a valid API key.', status: 'PERMISSION_DENIED' },
    })
  })

  it.each(['unknown', 'a.ticket.that.is.none'])('a bad key: %s', async key => {
    const { analyze } = await servePerspective()
    const answer = await analyze(toxicityOf('hello'), { query: `?key=${key}` })
    expect(answer.json()).toEqual({
      error: {
        code: 400,
        message: 'API key not valid. Please pass a valid API key.',
        status: 'INVALID_ARGUMENT',
        details: [
          {
            '@type': ERROR_INFO,
            reason: 'API_KEY_INVALID',
            domain: 'googleapis.com',
            metadata: { service: 'commentanalyzer.googleapis.com' },
          },
        ],
      },
    })
  })

  it('a key without the role', async () => {
    const { suggestScore } = await servePerspective()
    const answer = await suggestScore(suggested, { query: `?key=${keyOf('read')}` })
    expect(answer.json().error).toMatchObject({ code: 403, status: 'PERMISSION_DENIED' })
  })

  it('a quota used up', async () => {
    const { analyze } = await servePerspective({ limits: { requestsPerKeyMax: 1 } })
    await analyze(toxicityOf('hello'))
    const answer = await analyze(toxicityOf('hello'))
    const { error } = answer.json()
    expect(error).toMatchObject({ code: 429, status: 'RESOURCE_EXHAUSTED' })
    expect(error.message).toMatch(/^Quota exceeded for quota metric/)
    expect(error.details).toMatchObject([
      { '@type': ERROR_INFO, reason: 'RATE_LIMIT_EXCEEDED' },
      { '@type': 'type.googleapis.com/google.rpc.Help' },
    ])
    expect(answer.headers['retry-after']).toBeDefined()
  })

  it('a model that hangs, and one that breaks, without the comment in a log', async () => {
    const hanging = { ...wordScorer, score: () => new Promise<never>(() => {}) }
    const slow = await servePerspective({ parts: { drafts: hanging }, limits: { scoringMs: 20 } })
    expect((await slow.analyze(toxicityOf('hello'))).json().error).toMatchObject({
      code: 503,
      status: 'UNAVAILABLE',
    })
    await slow.app.close()
    const broken = {
      ...wordScorer,
      score: async (text: string) => {
        throw new TypeError(`cannot read ${text}`)
      },
    }
    const { analyze, parts } = await servePerspective({ parts: { drafts: broken } })
    expect((await analyze(toxicityOf('my secret'))).json()).toEqual({
      error: { code: 500, message: 'Internal error encountered.', status: 'INTERNAL' },
    })
    expect(parts.logLines.join('\n')).toContain('TypeError')
    expect(parts.logLines.join('\n')).not.toContain('secret')
  })

  it('models without one for an attribute', async () => {
    const { analyze } = await servePerspective({ parts: { drafts: { ...wordScorer, kinds: ['niceness'] } } })
    const { error } = (await analyze(toxicityOf('hello'))).json()
    expect(error.message).toBe('Unknown requested attribute: TOXICITY')
  })
})
