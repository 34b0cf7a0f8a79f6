import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { keyOf } from './fake-parts.ts'
import { serveHttp } from './http-server.ts'

const json = 'application/json'
const body = JSON.stringify({ text: 'señor secret' })

describe('bodies', () => {
  it.each([
    ['that is not UTF-8', { 'content-type': json }, Buffer.from(body, 'latin1'), 400, 'NICR_BODY_INVALID'],
    [
      'in another character set',
      { 'content-type': `${json}; charset=iso-8859-1` },
      Buffer.from(body, 'latin1'),
      415,
      'NICR_MEDIA_TYPE_UNSUPPORTED',
    ],
    [
      'that is compressed',
      { 'content-type': json, 'content-encoding': 'gzip' },
      gzipSync(body),
      415,
      'NICR_MEDIA_TYPE_UNSUPPORTED',
    ],
    [
      'of a form',
      { 'content-type': 'application/x-www-form-urlencoded' },
      Buffer.from('text=secret'),
      415,
      'NICR_MEDIA_TYPE_UNSUPPORTED',
    ],
    ['without a content type', {}, Buffer.from(body), 415, 'NICR_MEDIA_TYPE_UNSUPPORTED'],
    [
      'with a content type that is none',
      { 'content-type': ';' },
      Buffer.from(body),
      415,
      'NICR_MEDIA_TYPE_UNSUPPORTED',
    ],
    ['that is a list', { 'content-type': json }, Buffer.from('["secret"]'), 400, 'NICR_BODY_INVALID'],
    ['that is null', { 'content-type': json }, Buffer.from('null'), 400, 'NICR_BODY_INVALID'],
    ['cut short', { 'content-type': json }, Buffer.from('{"text":"secret'), 400, 'NICR_BODY_INVALID'],
    [
      'as deep as it is long',
      { 'content-type': json },
      Buffer.from('['.repeat(1e6)),
      400,
      'NICR_BODY_INVALID',
    ],
  ])('%s has its code', async (_name, headers, payload, status, code) => {
    const { app } = await serveHttp()
    const answer = await app.inject({
      method: 'POST',
      url: '/sentiment-analysis',
      headers: { 'x-api-key': keyOf('admin'), ...headers },
      payload,
    })
    expect(answer.json()).toMatchObject({ status, code })
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(answer.body).not.toContain('secret')
  })

  it('in UTF-8 are read, whether they say so or not', async () => {
    const { post } = await serveHttp()
    for (const type of [json, `${json}; charset=utf-8`, `${json};charset="UTF-8"`]) {
      const answer = await post('/sentiment-analysis', body, { 'content-type': type })
      expect(answer.statusCode, type).toBe(200)
    }
  })
})
