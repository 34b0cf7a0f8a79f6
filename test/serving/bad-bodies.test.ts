import { expect, it } from 'vitest'
import { keyOf } from './fake-parts.ts'
import { serveHttp } from './http-server.ts'

const posts = [
  '/sentiment-analysis',
  '/v1/score',
  '/v1/content',
  '/v1/votes',
  '/v1/reports',
  '/v1/draft-outcomes',
  '/v1/tickets',
  '/v1/labels',
]
const perspective = ['/v1alpha1/comments:analyze', '/v1alpha1/comments:suggestscore']

const admin = { authorization: `Bearer ${keyOf('admin')}` }
const json = { 'content-type': 'application/json' }
const large = JSON.stringify({ text: 'a'.repeat(10_000_000) })

/** What is wrong, how it is sent, and how each shape of the API answers it. */
const bad: readonly [string, Record<string, string>, string, string, string][] = [
  ['not JSON', { ...admin, ...json }, '{"text":', '400 NICR_BODY_INVALID', '400'],
  ['not an object', { ...admin, ...json }, '[1]', '400 NICR_BODY_INVALID', '400'],
  ['empty', { ...admin, ...json }, '', '400 NICR_BODY_INVALID', '400'],
  ['an unknown field', { ...admin, ...json }, '{"nonsense":1}', '400 NICR_BODY_INVALID', '400'],
  [
    'of another type',
    { ...admin, 'content-type': 'text/xml' },
    '<a/>',
    '415 NICR_MEDIA_TYPE_UNSUPPORTED',
    '415',
  ],
  ['of 10 MB', { ...admin, ...json }, large, '413 NICR_BODY_TOO_LARGE', '413'],
  ['without a key', json, '{}', '401 NICR_KEY_MISSING', '403'],
  ['with a wrong key', { ...json, authorization: 'Bearer wrong' }, '{}', '401 NICR_KEY_INVALID', '400'],
]

it.each(bad)(
  'a body that is %s has its coded answer at every address',
  async (_name, headers, body, coded, status) => {
    const { app } = await serveHttp()
    for (const url of posts) {
      const answer = await app.inject({ method: 'POST', url, headers, payload: body })
      expect([url, `${answer.statusCode} ${answer.json().code}`]).toEqual([url, coded])
      expect(answer.headers['content-type']).toContain('application/problem+json')
    }
    for (const url of perspective) {
      const answer = await app.inject({ method: 'POST', url, headers, payload: body })
      expect([url, String(answer.statusCode)]).toEqual([url, status])
      expect(answer.json().error.code).toBe(answer.statusCode)
    }
  },
)
