import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Registry } from 'prom-client'
import { NicrError } from '../schemas/errors.ts'
import type { Readiness } from './readiness.ts'

export interface MonitorParts {
  readonly host: string
  /** 0: a free one. */
  readonly port: number
  readonly metrics: Registry
  readonly readiness: () => Promise<Readiness>
}

export interface Monitor {
  readonly url: string
  close(): Promise<void>
}

/** Probes and scrapes are few and small: whoever sends more, or sends slowly, is cut off. */
const CONNECTIONS_MAX = 64
const REQUEST_MS = 10_000
const HEADER_BYTES_MAX = 8 * 1024

/**
 * `/livez`, `/readyz` and `/metrics` of a process that serves nothing else. They need no key, as those of the server: nothing in them
 * names an author, a content or a text.
 * @throws NicrError NICR_PORT_IN_USE
 */
export async function startMonitor({ host, port, metrics, readiness }: MonitorParts): Promise<Monitor> {
  const pages: Readonly<Record<string, () => Promise<Page>>> = {
    '/livez': async () => json(200, { alive: true }),
    '/readyz': async () => {
      const state = await readiness()
      return json(state.ready ? 200 : 503, state)
    },
    '/metrics': async () => ({ status: 200, type: metrics.contentType, body: await metrics.metrics() }),
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').split('?')[0]!
    const page = Object.hasOwn(pages, path) ? pages[path] : undefined
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    const { status, type, body } = !isRead
      ? json(405, { detail: 'GET alone is answered' })
      : await (page ?? (async () => json(404, { detail: Object.keys(pages).join(', ') })))()
    response.writeHead(status, {
      'content-type': type,
      'cache-control': 'no-store',
      ...(isRead ? {} : { allow: 'GET, HEAD' }),
    })
    response.end(request.method === 'HEAD' ? undefined : body)
  }

  const server = createServer(
    { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS, maxHeaderSize: HEADER_BYTES_MAX },
    (request, response) => {
      answer(request, response).catch(() => {
        if (!response.headersSent) response.writeHead(500)
        response.end()
      })
    },
  )
  server.maxConnections = CONNECTIONS_MAX
  await new Promise<void>((resolve, reject) => {
    server.once('error', cause => reject(portError(cause, port)))
    server.listen(port, host, resolve)
  })
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

interface Page {
  readonly status: number
  readonly type: string
  readonly body: string
}

function json(status: number, value: unknown): Page {
  return { status, type: 'application/json', body: JSON.stringify(value) }
}

function portError(cause: NodeJS.ErrnoException, port: number): Error {
  if (cause.code !== 'EADDRINUSE') return cause
  return new NicrError(
    'NICR_PORT_IN_USE',
    `port ${port} for metrics is taken; stop what listens there, or set NICR_METRICS_PORT (0 takes a free one)`,
    { cause },
  )
}
