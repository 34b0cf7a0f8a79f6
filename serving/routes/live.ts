import type { FastifyInstance, FastifyRequest } from 'fastify'
import '@fastify/websocket'
import { NicrError } from '../../schemas/errors.ts'
import { principalOf } from '../credentials.ts'
import { isOriginAllowed } from '../origins.ts'
import type { AddRoutes, RouteContext } from './context.ts'

/** The sub-protocol of /v1/live; a client may also name none. */
const LIVE_PROTOCOL = 'nicr.v1'

/** `GET /v1/live`. Credentials, origin and room are checked before the upgrade. */
export const addLiveRoute: AddRoutes = (app, context) => {
  const { parts, limits, metrics, now, sockets } = context
  app.route({
    method: 'GET',
    url: '/v1/live',
    websocket: true,
    config: { access: ['read'], takesDrafts: true, opensSockets: true },
    preValidation: async request => checkUpgrade(request, context),
    handler: (socket, request) =>
      sockets.open({
        socket,
        principal: principalOf(request),
        feed: parts.scores,
        drafts: parts.drafts,
        publish: parts.publish,
        textLengthMax: parts.config.textLengthMax,
        limits,
        metrics,
        now,
        log: parts.log,
        tracing: parts.tracing,
      }),
  })
}

/** An upgrade elsewhere is refused: the plugin would make a socket of it first and close it then, also without a key. */
export function refuseOtherSockets(app: FastifyInstance): void {
  app.addHook('preParsing', (request, _reply, _payload, done) => {
    if (!request.ws || request.is404 || request.routeOptions.config.opensSockets === true) return done()
    done(new NicrError('NICR_REQUEST_INVALID', 'no websocket opens here; send the upgrade to /v1/live'))
  })
}

/** Picks the sub-protocol: never the one that carries a credential, which would send it back. */
export function chooseProtocol(offered: Set<string>): string | false {
  return offered.has(LIVE_PROTOCOL) ? LIVE_PROTOCOL : false
}

function checkUpgrade(request: FastifyRequest, { parts, limits, sockets, isDraining }: RouteContext): void {
  if (!request.ws) throw new NicrError('NICR_REQUEST_INVALID', '/v1/live is a websocket: send an upgrade')
  if (!isOriginAllowed(request, parts.config.server.allowedOrigins))
    throw new NicrError(
      'NICR_ORIGIN_NOT_ALLOWED',
      'pages of this origin may not open sockets here; see NICR_ALLOWED_ORIGINS',
    )
  if (isDraining()) throw new NicrError('NICR_SHUTTING_DOWN', 'this replica is shutting down; connect again')
  if (sockets.size >= limits.socketsMax)
    throw new NicrError('NICR_SOCKET_LIMIT', `this replica holds ${limits.socketsMax} sockets; try another`)
  const principal = principalOf(request)
  if (principal.author !== null && sockets.countOf(principal) >= limits.socketsPerAuthorMax)
    throw new NicrError(
      'NICR_RATE_LIMITED',
      `an author opens at most ${limits.socketsPerAuthorMax} sockets; close some`,
    )
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route takes websocket upgrades; others refuse them. */
    opensSockets?: boolean
  }
}
