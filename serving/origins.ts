import type { FastifyInstance, FastifyRequest } from 'fastify'
import '@fastify/websocket'
import type { ServerParts } from './ports.ts'

/** Origins that are named in the log; anybody can make up more. */
const LOGGED_MAX = 100
/** Longer than a host name can be. */
const ORIGIN_LENGTH_MAX = 300

/** Browsers always say a page's origin; programs say none. The server's own pages are always allowed. */
export function isOriginAllowed({ headers }: FastifyRequest, allowed: readonly string[]): boolean {
  const { origin, host } = headers
  if (origin === undefined || allowed.includes('*') || allowed.includes(origin)) return true
  return URL.canParse(origin) && new URL(origin).host === host
}

/** Says in the log, once for each origin, that its pages are kept out: the browser alone is told, and shows nobody why. */
export function logRefusedOrigins(app: FastifyInstance, { config, log }: ServerParts): void {
  const { allowedOrigins } = config.server
  const logged = new Set<string>()
  app.addHook('onRequest', (request, _reply, next) => {
    if (isRefused(request, allowedOrigins) && logged.size < LOGGED_MAX) {
      const origin = request.headers.origin!.slice(0, ORIGIN_LENGTH_MAX)
      if (!logged.has(origin)) {
        logged.add(origin)
        const more = logged.size === LOGGED_MAX ? '; further origins are not logged' : ''
        log.warn(
          { code: 'NICR_ORIGIN_NOT_ALLOWED', origin },
          `pages of this origin are kept out; if they are yours, add it to NICR_ALLOWED_ORIGINS${more}`,
        )
      }
    }
    next()
  })
}

/** Behind a proxy that changes the host, a browser still knows its own page's requests. Sockets are refused there. */
function isRefused(request: FastifyRequest, allowed: readonly string[]): boolean {
  const isOwn = !request.ws && request.headers['sec-fetch-site'] === 'same-origin'
  return !isOwn && !isOriginAllowed(request, allowed)
}
