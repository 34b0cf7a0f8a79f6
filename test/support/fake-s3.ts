import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server that speaks as much of S3 as objects need: PUT and GET of whole objects, buckets in the path. */
export interface FakeS3 {
  readonly url: string
  /** By `bucket/key`. */
  readonly objects: Map<string, Buffer>
  /** While set, every request is answered with this status. */
  failWith: number | null
  /** Requests so far, as `PUT bucket/key`. */
  readonly requests: string[]
  close(): Promise<void>
}

export async function startFakeS3(buckets: readonly string[]): Promise<FakeS3> {
  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const fake: FakeS3 = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects: new Map(),
    failWith: null,
    requests: [],
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = decodeURIComponent(new URL(request.url ?? '/', fake.url).pathname.slice(1))
    fake.requests.push(`${request.method} ${name}`)
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const refuse = (status: number, code: string) =>
      response
        .writeHead(status, { 'content-type': 'application/xml' })
        .end(`<Error><Code>${code}</Code></Error>`)
    if (fake.failWith !== null) return void refuse(fake.failWith, 'InternalError')
    if (!buckets.includes(name.split('/')[0]!)) return void refuse(404, 'NoSuchBucket')
    if (request.method === 'PUT') {
      fake.objects.set(name, Buffer.concat(chunks))
      return void response.writeHead(200).end()
    }
    if (request.method === 'DELETE') {
      fake.objects.delete(name)
      return void response.writeHead(204).end()
    }
    const found = fake.objects.get(name)
    if (found === undefined) return void refuse(404, 'NoSuchKey')
    response.writeHead(200, { 'content-length': found.length }).end(found)
  }
  return fake
}
