import type { FastifyInstance } from 'fastify'
import { afterEach } from 'vitest'
import { type FakeOptions, fakeServer, keyOf } from './fake-parts.ts'

let app: FastifyInstance | undefined
afterEach(async () => {
  await app?.close()
  app = undefined
})

/** A server over fakes that answers injected requests, by default with the admin's key; closed after the test. */
export async function serveHttp(options: FakeOptions = {}) {
  const server = await fakeServer(options)
  app = server.app
  const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
    server.app.inject({
      method: 'POST',
      url,
      headers: { authorization: `Bearer ${keyOf('admin')}`, 'content-type': 'application/json', ...headers },
      payload: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const get = (url: string, headers: Record<string, string> = { 'x-api-key': keyOf('admin') }) =>
    server.app.inject({ method: 'GET', url, headers })
  return { ...server, post, get }
}
