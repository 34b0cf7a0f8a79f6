import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { networksOf } from '../pipelines/settings-access.ts'
import { type ErrorCode, errorTable } from '../schemas/errors.ts'
import { clientOf } from './addresses.ts'
import type { Limits } from './limits.ts'
import { PROBLEM_TYPE, problemOf } from './problems.ts'

/**
 * Holds one address to its number of connections, websockets included, and the server to its own. What is one too
 * many is told so at once, before it has said anything, and nothing it asks is looked at. Proxies that are trusted
 * hold connections of many, so theirs are not counted.
 */
export function limitConnections(
  app: FastifyInstance,
  options: {
    readonly limits: Pick<
      Limits,
      'connectionsPerAddressMax' | 'connectionsBesideSocketsMax' | 'connectionRefusalMs' | 'socketsMax'
    >
    readonly trustedProxies: readonly string[]
  },
): void {
  const { limits } = options
  const proxies = networksOf(options.trustedProxies)
  /** Open connections by client; a client without any has no entry. */
  const held = new Map<string, number>()
  const refused = new WeakSet<Socket>()
  app.server.maxConnections = limits.socketsMax + limits.connectionsBesideSocketsMax

  app.server.on('connection', (socket: Socket) => {
    const { remoteAddress, remoteFamily } = socket
    if (
      remoteAddress === undefined ||
      proxies.check(remoteAddress, remoteFamily === 'IPv6' ? 'ipv6' : 'ipv4')
    )
      return
    const client = clientOf(remoteAddress)
    const count = (held.get(client) ?? 0) + 1
    held.set(client, count)
    socket.once('close', () => {
      const left = (held.get(client) ?? 1) - 1
      if (left === 0) held.delete(client)
      else held.set(client, left)
    })
    if (count <= limits.connectionsPerAddressMax) return
    refused.add(socket)
    refuse(socket, {
      code: 'NICR_RATE_LIMITED',
      detail: `this address holds ${limits.connectionsPerAddressMax} connections; close some, or use one for many requests`,
    })
    const cut = setTimeout(() => socket.destroy(), limits.connectionRefusalMs)
    socket.once('close', () => clearTimeout(cut))
  })
  // What such a connection had sent before it read the answer must not be done.
  app.addHook('onRequest', (request, reply, done) => {
    if (!refused.has(request.raw.socket)) return done()
    reply.hijack()
    request.raw.socket.destroy()
  })
}

/** What `clientErrorHandler` takes: bytes that are not HTTP, or come too slowly, or headers that are too large. */
export function refuseClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  refuse(socket, clientErrors[error.code ?? ''] ?? notHttp)
}

interface Refusal {
  readonly code: ErrorCode
  readonly detail: string
}

const notHttp: Refusal = { code: 'NICR_REQUEST_INVALID', detail: 'the bytes are not an HTTP/1.1 request' }

const clientErrors: Readonly<Record<string, Refusal>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { code: 'NICR_REQUEST_TIMEOUT', detail: 'the request came too slowly' },
  HPE_HEADER_OVERFLOW: { code: 'NICR_HEADERS_TOO_LARGE', detail: 'the headers are too large' },
}

/** There is no request yet, so the answer is written by hand. */
function refuse(socket: Socket, { code, detail }: Refusal): void {
  const { status } = errorTable[code]
  const body = JSON.stringify(problemOf(code, detail))
  const head = [
    `HTTP/1.1 ${status} ${REASON_PHRASES[status] ?? 'Bad Request'}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    ...(status === 429 ? [`retry-after: ${RETRY_AFTER_SECONDS}`] : []),
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

const RETRY_AFTER_SECONDS = 10

const REASON_PHRASES: Readonly<Record<number, string>> = {
  408: 'Request Timeout',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
}
