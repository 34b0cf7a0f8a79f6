import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import cors from '@fastify/cors'
import rateLimit from '@fastify/rate-limit'
import staticFiles from '@fastify/static'
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import websocket from '@fastify/websocket'
import fastify, { type FastifyInstance, type FastifyRequest, LogController } from 'fastify'
import { NicrError } from '../schemas/errors.ts'
import { packagePath } from '../schemas/package-root.ts'
import { guardRoutes } from './credentials.ts'
import { defaultLimits, type Limits } from './limits.ts'
import { closeCodes } from './live-session.ts'
import { createLiveSockets } from './live-sockets.ts'
import { createServingMetrics, type ServingMetrics } from './metrics.ts'
import { type DescribedRoute, describeRoute, openApiOf } from './openapi.ts'
import type { ServerParts } from './ports.ts'
import { answerWithProblems, PROBLEM_TYPE, problemOf, sendProblem } from './problems.ts'
import type { RouteContext } from './routes/context.ts'
import { addHealthRoutes } from './routes/health.ts'
import { addLiveRoute, chooseProtocol } from './routes/live.ts'
import { addModelsRoute } from './routes/models.ts'
import { addPerspectiveRoutes } from './routes/perspective.ts'
import { addRecordRoutes } from './routes/records.ts'
import { addScoreRoutes } from './routes/score.ts'
import { addScoresRoute } from './routes/scores.ts'
import { addTicketRoute } from './routes/tickets.ts'
import { makeStrictHeaders } from './strict-headers.ts'
import { createTickets } from './tickets.ts'

/** The version of the API, in /openapi.json. */
const API_VERSION = '1.0.0'

/**
 * The server over its parts, ready to `listen` or `inject`. `close()` stops it in order: not ready any more, sockets
 * closed with 1001 and a hint when to come back, running requests answered, then closed.
 */
export async function createServer(parts: ServerParts): Promise<FastifyInstance> {
  const limits: Limits = { ...defaultLimits, ...parts.limits }
  const now = parts.now ?? Date.now
  const app = createApp(parts, limits)
  const metrics = createServingMetrics(parts.metrics)
  const sockets = createLiveSockets(limits.draftTurnMs)
  let draining = false
  const context: RouteContext = {
    parts,
    limits,
    now,
    metrics,
    sockets,
    tickets: createTickets({ secret: parts.ticketSecret ?? randomBytes(32), now }),
    isDraining: () => draining,
  }

  const described: DescribedRoute[] = []
  app.addHook('onRoute', route => void described.push(...describeRoute(route)))
  measureRequests(app, metrics)
  await app.register(websocket, {
    options: { maxPayload: limits.frameBytesMax, handleProtocols: chooseProtocol, perMessageDeflate: false },
    // ws has sent the close code (1009 for a frame too large, 1007 for bad UTF-8); cutting the socket now would lose it.
    errorHandler: (error, _socket, request) =>
      request.log.debug({ code: (error as NodeJS.ErrnoException).code }, 'socket error'),
    preClose: async () => {
      draining = true
      await sockets.drain({ code: closeCodes.goingAway, reason: COME_BACK, drainMs: limits.drainMs })
    },
  })
  guardRoutes(app, { keys: parts.keys, tickets: context.tickets })
  await protect(app, parts, limits)
  answerWithProblems(app)

  addHealthRoutes(app, context)
  addScoreRoutes(app, context)
  addScoresRoute(app, context)
  addModelsRoute(app, context)
  addRecordRoutes(app, context)
  addTicketRoute(app, context)
  addPerspectiveRoutes(app, context)
  addLiveRoute(app, context)
  app.get('/openapi.json', { config: { access: 'OPEN' } }, () => openApiOf(described, API_VERSION))
  await app.register(addPages)

  parts.scores.listen(entry => sockets.offer(entry))
  const pings = setInterval(() => sockets.pingAll(), limits.pingMs)
  app.addHook('onClose', async () => clearInterval(pings))
  return app
}

/** Sent with 1001. Clients add jitter of their own, so that not all come back at once. */
const COME_BACK = 'shutting down; retry-after=2'

function createApp({ log }: ServerParts, limits: Limits): FastifyInstance {
  const app = fastify({
    loggerInstance: log,
    // Request lines would tell who reads what; metrics count requests, and errors are logged where they happen.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.bodyBytesMax,
    requestTimeout: limits.requestMs,
    http: { headersTimeout: limits.headersMs },
    forceCloseConnections: 'idle',
    // Requests that come while the server stops are still answered, with problems of its own where it cannot.
    return503OnClosing: false,
    // An id may be any text of the platform's, percent-encoded.
    routerOptions: { maxParamLength: 4096 },
    frameworkErrors: (_error, _request, reply) =>
      sendProblem(reply, problemOf('NICR_REQUEST_INVALID', 'the address is not a valid URL')),
    clientErrorHandler: refuseConnection,
  })
  app.setValidatorCompiler(TypeBoxValidatorCompiler)
  // JSON.stringify keeps lone surrogates as escapes, and answers hold what the code says, not what a schema lets through.
  app.setSerializerCompiler(() => data => JSON.stringify(data))
  app.removeContentTypeParser('text/plain')
  return app
}

/** Bytes that are not HTTP, or headers too slow or too large: there is no request yet, so the answer is written by hand. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const problem = problemOf(
    'NICR_REQUEST_INVALID',
    'the bytes are not an HTTP/1.1 request, or came too slowly',
  )
  const body = JSON.stringify(problem)
  const head = `HTTP/1.1 400 Bad Request\r\ncontent-type: ${PROBLEM_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n`
  socket.end(head + body)
}

/** Rates, strict headers, and which pages of other origins may call. */
async function protect(app: FastifyInstance, { config }: ServerParts, limits: Limits): Promise<void> {
  await app.register(rateLimit, {
    timeWindow: '1 minute',
    cache: limits.ratesRemembered,
    max: request => (request.principal === null ? limits.requestsPerAddressMax : limits.requestsPerKeyMax),
    keyGenerator: rateKeyOf,
    enableDraftSpec: true,
    errorResponseBuilder: (_request, { max, ttl }) =>
      new NicrError(
        'NICR_RATE_LIMITED',
        `more than ${max} requests a minute; come back in ${Math.ceil(ttl / 1000)} s`,
      ),
  })
  const strictHeaders = await makeStrictHeaders()
  app.addHook('onRequest', (_request, reply, next) => {
    reply.headers(strictHeaders)
    next()
  })
  const { allowedOrigins } = config.server
  await app.register(cors, {
    origin: allowedOrigins.includes('*') ? '*' : [...allowedOrigins],
    methods: ['GET', 'POST'],
    allowedHeaders: ['authorization', 'content-type', 'idempotency-key', 'x-api-key'],
    exposedHeaders: [
      'retry-after',
      'ratelimit-limit',
      'ratelimit-remaining',
      'ratelimit-reset',
      'idempotency-replayed',
    ],
    maxAge: 600,
  })
}

function rateKeyOf({ principal, ip }: FastifyRequest): string {
  if (principal === null) return `address ${ip}`
  return principal.author === null ? `key ${principal.id}` : `key ${principal.id} author ${principal.author}`
}

function measureRequests(app: FastifyInstance, metrics: ServingMetrics): void {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.is404 ? 'none' : (request.routeOptions.url ?? 'none')
    const labels = { method: request.method, route, status: String(reply.statusCode) }
    metrics.httpSeconds.observe(labels, reply.elapsedTime / 1000)
  })
}

/** The pages are plain files; they ask for a key themselves. */
async function addPages(app: FastifyInstance): Promise<void> {
  app.addHook('onRoute', route => {
    route.config = { ...route.config, access: 'OPEN' }
  })
  await app.register(staticFiles, {
    root: packagePath('serving', 'pages'),
    wildcard: false,
    index: 'index.html',
    cacheControl: false,
  })
}
