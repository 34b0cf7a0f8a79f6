import { type FakeOptions, keyOf } from './fake-parts.ts'
import { serveHttp } from './http-server.ts'

export const UNKIND = 'you stupid idiot'
export const GERMAN = 'Das ist ein sehr schlechter Kommentar und ich mag ihn gar nicht'

/** A server that is asked as Perspective's clients ask: the key in the address, no header of ours. */
export async function servePerspective(options: FakeOptions = {}) {
  const server = await serveHttp(options)
  const call = (
    method: string,
    body: unknown,
    { query = `?key=${keyOf('publish')}`, headers = {} as Record<string, string> } = {},
  ) =>
    server.app.inject({
      method: 'POST',
      url: `/v1alpha1/comments:${method}${query}`,
      headers: { 'content-type': 'application/json', ...headers },
      payload: typeof body === 'string' ? body : JSON.stringify(body),
    })
  return {
    ...server,
    analyze: (body: unknown, given?: Parameters<typeof call>[2]) => call('analyze', body, given),
    suggestScore: (body: unknown, given?: Parameters<typeof call>[2]) => call('suggestscore', body, given),
  }
}

/** A request for the toxicity of an English text. */
export function toxicityOf(text: string, fields: object = {}) {
  return { comment: { text }, requestedAttributes: { TOXICITY: {} }, languages: ['en'], ...fields }
}
