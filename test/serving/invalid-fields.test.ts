import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { describe, expect, it } from 'vitest'
import { invalidFields } from '../../serving/invalid-fields.ts'
import { parseFrame } from '../../serving/live-frames.ts'
import { serveHttp } from './http-server.ts'

describe('what does not hold', () => {
  it.each([
    [
      '/v1/votes',
      { contentId: 'c', value: 1 },
      'body/voter: is missing; give a string of 1 to 512 characters',
    ],
    [
      '/v1/votes',
      { contentId: 'c', voter: '', value: 1 },
      'body/voter: must be a string of 1 to 512 characters',
    ],
    ['/v1/votes', { contentId: 'c', voter: 'v', value: 5 }, 'body/value: must be one of -1, 0, 1'],
    [
      '/v1/votes',
      { contentId: 'c', voter: 'v', value: 1, revision: -1 },
      'body/revision: must be an integer from 0 to 2147483647 or null',
    ],
    [
      '/v1/votes',
      { contentId: 'c', voter: 'v', value: 1, note: 'x' },
      'body/note: is not a field here; remove it',
    ],
    ['/v1/content', { text: 7 }, 'body/text: must be a string'],
    ['/v1/content', { text: 'a', kind: 'BLOG' }, 'body/kind: must be one of "POST", "COMMENT"'],
    [
      '/v1/content',
      { text: 'a', images: [{ ref: 'r' }, { ref: '' }] },
      'body/images/1/ref: must be a string of 1 to 2048 characters',
    ],
    [
      '/v1/content',
      { text: 'a', images: Array(33).fill({ ref: 'r' }) },
      'body/images: must be an array of at most 32 items',
    ],
    [
      '/v1/reports',
      { kind: 'niceness', draftId: 'd', seenScore: {} },
      'body/seenScore/value: is missing; give a number',
    ],
    ['/sentiment-analysis', {}, 'body: give one of text, texts, and only one'],
    ['/sentiment-analysis', { text: 'a', texts: [] }, 'body: give one of text, texts, and only one'],
    [
      '/sentiment-analysis',
      { text: 'a', 'dear ann, my secret': 1 },
      'body/(a name that is not shown): is not a field here; remove it',
    ],
    ['/v1/score', ['a'], 'body: must be a JSON object'],
  ])('%s %j: %s', async (url, body, detail) => {
    const { post } = await serveHttp()
    const answer = await post(url, body)
    expect(answer.json()).toMatchObject({ code: 'NICR_BODY_INVALID', detail: `${detail}; see /openapi.json` })
    expect(answer.json().errors[0].detail).not.toBe('')
    expect(answer.body).not.toContain('secret')
  })

  it('names every field, not the first alone', async () => {
    const { post } = await serveHttp()
    const { errors } = (await post('/v1/votes', { value: 'up' })).json()
    expect(errors.map((one: { pointer: string }) => one.pointer)).toEqual(['/contentId', '/voter', '/value'])
  })

  it.each([
    ['/v1/models?verbose=1', 'query/verbose: is not a field here; remove it; see /openapi.json'],
    ['/livez?x', 'query/x: is not a field here; remove it; see /openapi.json'],
    [
      `/v1/scores/${'x'.repeat(513)}`,
      'path/contentId: must be a string of 1 to 512 characters; see /openapi.json',
    ],
    [`/v1/scores/${'x'.repeat(5000)}`, 'an id in the address is too long'],
  ])('in the address of GET %s', async (url, detail) => {
    const { get } = await serveHttp()
    expect((await get(url)).json()).toMatchObject({ status: 400, code: 'NICR_REQUEST_INVALID', detail })
  })

  it('is found in maps too', () => {
    const Attributes = Type.Object({
      attributes: Type.Record(Type.String(), Type.Object({ value: Type.Number() })),
    })
    const errors = Compile(Attributes).Errors({ attributes: { SPAM: {} } })
    expect(invalidFields(Attributes, errors)).toEqual([
      { pointer: '/attributes/SPAM/value', detail: 'is missing; give a number' },
    ])
  })

  it('is told of frames alike', () => {
    const detailOf = (frame: object) => parseFrame(JSON.stringify(frame))
    expect(detailOf({ type: 'draft', id: 'd', seq: -1, text: '' })).toEqual({
      ok: false,
      detail: 'draft/seq: must be an integer of at least 0',
    })
    expect(detailOf({ type: 'draft', id: 'd', seq: 1 })).toEqual({
      ok: false,
      detail: 'draft/text: is missing; give a string',
    })
  })
})
