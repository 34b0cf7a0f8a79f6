/**
 * The embedded ClickHouse: the engine behind the part of ClickHouse's HTTP interface that its clients use, on 127.0.0.1.
 * Differences from a server: a response starts when its result is complete; one user without password; rows read below a
 * filter are not counted in the summary; `client_protocol_version` is ignored, as by servers that do not know it.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { NicrError } from '../../schemas/errors.ts'
import { refusalOf } from './callers.ts'
import { type Engine, openEngine } from './engine.ts'
import { handleQuery } from './query-handler.ts'
import { keepSessions } from './sessions.ts'

const address = '127.0.0.1'
/** Node runs four threads for queries and files together unless UV_THREADPOOL_SIZE says otherwise; one stays for files. */
const queriesAtOnceDefault = 3
/** As the server's keep_alive_timeout. */
const keepAliveMs = 10_000
/** How long running queries may take to finish at shutdown before their connections are cut. */
const drainMsMax = 10_000

export type ClickHouseEndpoint = { port: number; close: () => Promise<void> }

/**
 * Starts the engine and its endpoint in this process; a process can have one data directory open at a time.
 * @param options.port 0 takes a free port
 * @param options.queriesAtOnceMax queries that run together; must be below the size of libuv's thread pool
 * @throws NicrError NICR_CHDB_MISSING, NICR_DATA_DIR_IN_USE, NICR_PORT_IN_USE, NICR_PART_FAILED
 */
export async function startClickHouseEndpoint(options: {
  port: number
  dataDir: string
  queriesAtOnceMax?: number
}): Promise<ClickHouseEndpoint> {
  const dataDir = resolve(options.dataDir)
  const [emptyDir, spoolDir] = [join(dataDir, 'empty'), join(dataDir, 'spool')]
  mkdirSync(emptyDir, { recursive: true })
  const queriesAtOnceMax = options.queriesAtOnceMax ?? queriesAtOnceDefault
  const engine = await openEngine({ dataDir: join(dataDir, 'engine'), emptyDir, queriesAtOnceMax })
  // The lock is ours now, so whatever lies here was left by a process that is gone.
  rmSync(spoolDir, { recursive: true, force: true })
  mkdirSync(spoolDir)

  const sessions = keepSessions(engine)
  const running = new Set<Promise<void>>()
  const server = createServer({ keepAliveTimeout: keepAliveMs, requestTimeout: 0 }, (message, response) => {
    const done = route(message, response, search =>
      handleQuery({ engine, sessions, spoolDir }, message, response, search),
    )
    running.add(done)
    void done.then(() => running.delete(done))
  })
  try {
    const port = await listen(server, options.port)
    return { port, close: () => shutDown({ server, engine, running, closeSessions: sessions.close }) }
  } catch (error) {
    await engine.close()
    throw error
  }
}

async function route(
  message: IncomingMessage,
  response: ServerResponse,
  query: (search: URLSearchParams) => Promise<void>,
): Promise<void> {
  const refusal = refusalOf(message)
  if (refusal !== undefined) {
    response.setHeader('Connection', 'close')
    return reply(
      response,
      403,
      `Forbidden: ${refusal}. The embedded ClickHouse serves programs of this machine only.\n`,
    )
  }
  const url = new URL(message.url ?? '/', 'http://localhost')
  const reads = message.method === 'GET' || message.method === 'HEAD'
  if (message.method === 'OPTIONS') {
    response.setHeader('Allow', 'GET, HEAD, POST, OPTIONS')
    return reply(response, 204, '')
  }
  if (reads && (url.pathname === '/ping' || url.pathname === '/replicas_status'))
    return reply(response, 200, 'Ok.\n')
  if (url.pathname !== '/') {
    return reply(
      response,
      404,
      `There is no handle ${url.pathname}\n\nUse / or /ping for health checks. Send queries from your program with POST method or GET /?query=...\n`,
    )
  }
  if (!reads && message.method !== 'POST')
    return reply(response, 501, `Method ${message.method} is not supported.\n`)
  if (reads && !url.searchParams.get('query')) return reply(response, 200, 'Ok.\n')
  return query(url.searchParams)
}

async function reply(response: ServerResponse, status: number, text: string): Promise<void> {
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8')
  if (status !== 204) response.setHeader('Content-Length', Buffer.byteLength(text))
  response.writeHead(status).end(text)
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') return fail(error)
      const detail = `${address}:${port}, where the embedded ClickHouse should listen, is taken by another program. Stop it, or choose another port; 0 takes a free one`
      return fail(new NicrError('NICR_PORT_IN_USE', detail, { cause: error }))
    })
    server.listen(port, address, () => done((server.address() as AddressInfo).port))
  })
}

/** Stop accepting, let running queries finish, close the engine: in that order. */
async function shutDown(parts: {
  server: Server
  engine: Engine
  running: Set<Promise<void>>
  closeSessions: () => void
}): Promise<void> {
  const closed = new Promise<void>(done => parts.server.close(() => done()))
  parts.server.closeIdleConnections()
  const cut = setTimeout(() => parts.server.closeAllConnections(), drainMsMax)
  await Promise.allSettled(parts.running)
  clearTimeout(cut)
  parts.server.closeAllConnections()
  await closed
  parts.closeSessions()
  await parts.engine.close()
}
