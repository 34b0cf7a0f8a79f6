import cors from '@fastify/cors'
import staticFiles from '@fastify/static'
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import websocket from '@fastify/websocket'
import fastify, { type FastifyInstance, LogController } from 'fastify'
import { kinds } from '../pipelines/kinds.ts'
import { NicrError } from '../schemas/errors.ts'
import { packagePath } from '../schemas/package-root.ts'
import { answerOptions, createAddresses, refuseAddresses } from './allowed-methods.ts'
import { createAudit } from './audit.ts'
import { boundPublish } from './bounded-publish.ts'
import { limitConnections, refuseClientError } from './connections.ts'
import { guardRoutes } from './credentials.ts'
import { takeJsonBodies } from './json-bodies.ts'
import type { KeyStore } from './keys.ts'
import { defaultLimits, type Limits } from './limits.ts'
import { closeCodes } from './live-session.ts'
import { createLiveSockets } from './live-sockets.ts'
import { createServingMetrics, type ServingMetrics } from './metrics.ts'
import { type DescribedRoute, describeRoute, refuseUnknownQuery } from './openapi.ts'
import { logRefusedOrigins } from './origins.ts'
import type { ServerParts } from './ports.ts'
import { answerWithProblems, describeBug, sendProblem, toProblem } from './problems.ts'
import { createRequestRates, limitRequests } from './request-rates.ts'
import { traceRequests } from './request-traces.ts'
import type { RouteContext } from './routes/context.ts'
import { addDescriptionRoutes } from './routes/descriptions.ts'
import { addDriftRoute } from './routes/drift.ts'
import { addHealthRoutes } from './routes/health.ts'
import { addImageRoutes } from './routes/images.ts'
import { addLabelRoutes } from './routes/label.ts'
import { addLiveRoute, chooseProtocol, refuseOtherSockets } from './routes/live.ts'
import { addLoopRoutes } from './routes/loop.ts'
import { addModelsRoute } from './routes/models.ts'
import { addPerspectiveRoutes } from './routes/perspective.ts'
import { addRecordRoutes } from './routes/records.ts'
import { addScoreRoutes } from './routes/score.ts'
import { addScoresRoute } from './routes/scores.ts'
import { addTicketRoute } from './routes/tickets.ts'
import { addVersionRoutes } from './routes/versions.ts'
import { makeStrictHeaders } from './strict-headers.ts'
import { createTickets } from './tickets.ts'
import { createTokens, TOKEN_ID } from './tokens.ts'

/**
 * The server over its parts, ready to `listen` or `inject`. `close()` stops it in order: not ready any more, sockets
 * closed with 1001 and a hint when to come back, running requests answered, then closed.
 */
export async function createServer(given: ServerParts): Promise<FastifyInstance> {
  const { config, keys } = given
  const limits: Limits = { ...defaultLimits, ...config.access.limits, ...given.limits }
  const parts = { ...given, publish: boundPublish(given.publish, limits) }
  const now = parts.now ?? Date.now
  const app = createApp(parts, limits)
  const audit = createAudit({ log: parts.log, limits, now })
  const metrics = createServingMetrics(parts.metrics)
  const sockets = createLiveSockets(limits.draftTurnMs)
  let draining = false
  const context: RouteContext = {
    parts,
    limits,
    kinds: parts.kinds ?? kinds,
    now,
    metrics,
    sockets,
    audit,
    tickets: createTickets({ secret: parts.ticketSecret, now, holds: id => holdsStill(keys, id) }),
    isDraining: () => draining,
  }

  const described: DescribedRoute[] = []
  const addresses = createAddresses()
  app.addHook('onRoute', route => {
    refuseUnknownQuery(route)
    described.push(...describeRoute(route))
    addresses.add(route)
  })
  measureRequests(app, metrics)
  limitConnections(app, { limits, trustedProxies: config.access.trustedProxies })
  await app.register(websocket, {
    options: {
      maxPayload: limits.frameBytesMax,
      handleProtocols: chooseProtocol,
      perMessageDeflate: false,
      // The session answers pings itself: they count as frames, and are not heaped up for one who does not read.
      autoPong: false,
    },
    // ws has sent the close code (1009 for a frame too large, 1007 for bad UTF-8); cutting the socket now would lose it.
    errorHandler: (error, _socket, request) =>
      request.log.debug({ code: (error as NodeJS.ErrnoException).code }, 'socket error'),
    preClose: async () => {
      draining = true
      await sockets.drain({ code: closeCodes.goingAway, reason: COME_BACK, drainMs: limits.drainMs })
    },
  })
  answerWithProblems(app)
  logRefusedOrigins(app, parts)
  refuseOtherSockets(app)
  const tokens = config.access.jwt === null ? null : createTokens(config.access.jwt, { limits, now })
  const rates = createRequestRates({ limits, now })
  guardRoutes(app, { keys, tickets: context.tickets, tokens, audit, rates, limits })
  limitRequests(app, { limits, rates })
  traceRequests(app, parts.tracing)
  await addStrictHeaders(app)
  answerOptions(app, addresses)
  await allowOrigins(app, parts)
  refuseAddresses(app, addresses)

  addHealthRoutes(app, context)
  addScoreRoutes(app, context)
  addScoresRoute(app, context)
  addModelsRoute(app, context)
  addVersionRoutes(app, context)
  addLoopRoutes(app, context)
  addDriftRoute(app, context)
  addLabelRoutes(app, context)
  addRecordRoutes(app, context)
  addImageRoutes(app, context)
  addTicketRoute(app, context)
  addPerspectiveRoutes(app, context)
  addLiveRoute(app, context)
  addDescriptionRoutes(app, context, described)
  await app.register(addPages)

  parts.scores.listen(entry => {
    const pushed = sockets.offer(entry)
    parts.onOffered?.(entry, pushed)
  })
  repeatUntilClosed(app, context)
  return app
}

function repeatUntilClosed(app: FastifyInstance, context: RouteContext): void {
  const { parts, sockets, limits } = context
  const pings = setInterval(() => sockets.pingAll(), limits.pingMs)
  const keyChecks = setInterval(() => void followKeys(parts, context), limits.keysCheckMs)
  app.addHook('onClose', async () => {
    clearInterval(pings)
    clearInterval(keyChecks)
  })
}

/** Tickets of a token's principal end by themselves: there is no key to revoke. */
function holdsStill(keys: KeyStore, id: string): boolean {
  return id.startsWith(TOKEN_ID) || keys.holds(id)
}

/** Takes in the keys that were made or revoked since, and closes the sockets of those that were. */
async function followKeys({ keys, log }: ServerParts, { audit, sockets }: RouteContext): Promise<void> {
  audit.flush()
  try {
    for (const change of await keys.refresh()) {
      audit.keyChanged(change)
      if (change.change === 'revoked') sockets.closeOf(change.id, closeCodes.policy, 'the key was revoked')
    }
  } catch (error) {
    if (error instanceof NicrError)
      log.error({ code: error.code, detail: error.message }, 'keys stay as they were')
    else log.error({ bug: describeBug(error, false) }, 'reading the keys failed')
  }
}

/** Sent with 1001. Clients add jitter of their own, so that not all come back at once. */
const COME_BACK = 'shutting down; retry-after=2'

function createApp({ log, config }: ServerParts, limits: Limits): FastifyInstance {
  const app = fastify({
    loggerInstance: log,
    // Request lines would tell who reads what; metrics count requests, and errors are logged where they happen.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.bodyBytesMax,
    requestTimeout: limits.requestMs,
    connectionTimeout: limits.silenceMs,
    http: { headersTimeout: limits.headersMs, connectionsCheckingInterval: limits.connectionsCheckMs },
    // Without proxies that are named, X-Forwarded-For is whatever a client says it is.
    trustProxy: config.access.trustedProxies.length > 0 && [...config.access.trustedProxies],
    forceCloseConnections: 'idle',
    // Requests that come while the server stops are still answered, with problems of its own where it cannot.
    return503OnClosing: false,
    // An id may be any text of the platform's, percent-encoded.
    routerOptions: { maxParamLength: 4096 },
    frameworkErrors: (error, request, reply) => sendProblem(reply, toProblem(error, request)),
    clientErrorHandler: refuseClientError,
  })
  // Node would refuse an Expect it does not know with an empty 417; ignoring it is as good, and the answer has its code.
  app.server.on('checkExpectation', (request, response) => void app.server.emit('request', request, response))
  app.setValidatorCompiler(TypeBoxValidatorCompiler)
  // JSON.stringify keeps lone surrogates as escapes, and answers hold what the code says, not what a schema lets through.
  app.setSerializerCompiler(() => data => JSON.stringify(data))
  takeJsonBodies(app)
  return app
}

async function addStrictHeaders(app: FastifyInstance): Promise<void> {
  const strictHeaders = await makeStrictHeaders()
  app.addHook('onRequest', (_request, reply, next) => {
    reply.headers(strictHeaders)
    next()
  })
}

/** Which pages of other origins may call. */
async function allowOrigins(app: FastifyInstance, { config }: ServerParts): Promise<void> {
  const { allowedOrigins } = config.server
  await app.register(cors, {
    origin: allowedOrigins.includes('*') ? '*' : [...allowedOrigins],
    methods: ['GET', 'POST'],
    allowedHeaders: ['authorization', 'content-type', 'idempotency-key', 'traceparent', 'x-api-key'],
    exposedHeaders: [
      'retry-after',
      'ratelimit-limit',
      'ratelimit-remaining',
      'ratelimit-reset',
      'idempotency-replayed',
      'allow',
    ],
    maxAge: 600,
  })
}

function measureRequests(app: FastifyInstance, metrics: ServingMetrics): void {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.is404 ? 'none' : (request.routeOptions.url ?? 'none')
    const labels = { method: request.method, route, status: String(reply.statusCode) }
    metrics.httpSeconds.observe(labels, reply.elapsedTime / 1000)
  })
}

/** The pages are plain files; they ask for a key themselves. The meter's module is for pages of any origin. */
async function addPages(app: FastifyInstance): Promise<void> {
  app.addHook('onRoute', route => {
    route.config = { ...route.config, access: 'OPEN' }
  })
  const files = { wildcard: false, cacheControl: false } as const
  await app.register(staticFiles, { ...files, root: packagePath('serving', 'pages'), index: 'index.html' })
  app.get('/drift', async (_request, reply) => reply.sendFile('drift.html'))
  app.get('/label', async (_request, reply) => reply.sendFile('label.html'))
  app.get('/models', async (_request, reply) => reply.sendFile('models.html'))
  await app.register(staticFiles, {
    ...files,
    root: packagePath('dist', 'public'),
    decorateReply: false,
    preCompressed: true,
    setHeaders: reply => void reply.setHeader('access-control-allow-origin', '*'),
  })
}
