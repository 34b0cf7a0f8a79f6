import type { FastifyInstance, FastifyRequest } from 'fastify'
import { NicrError } from '../schemas/errors.ts'
import { hasRole, type KeyStore, type Principal, type Role } from './keys.ts'
import type { Tickets } from './tickets.ts'

/**
 * Who may do what. Every route names the roles of which one is needed; a route that names none is the admin's, so
 * forgetting is safe. Credentials are read from `Authorization: Bearer`, `X-API-Key` and, for browsers' sockets,
 * from the sub-protocols `nicr.ticket.<ticket>` and `nicr.key.<key>`; all before the upgrade.
 */
export function guardRoutes(
  app: FastifyInstance,
  options: { readonly keys: KeyStore; readonly tickets: Tickets },
): void {
  app.decorateRequest('principal', null)
  // Identified first, so that the rate is counted by key; refused only afterwards, so that guessing is limited too.
  app.addHook('onRequest', async request => {
    request.principal = identify(request, options)
  })
  app.addHook('preParsing', async request => {
    const access = request.is404 ? 'OPEN' : (request.routeOptions.config.access ?? [])
    if (access === 'OPEN') return
    if (request.principal === null) throw refusal(request)
    if (!access.some(role => hasRole(request.principal!, role)) && !hasRole(request.principal, 'admin'))
      throw new NicrError('NICR_ROLE_MISSING', `this needs the role ${access.join(' or ') || 'admin'}`)
  })
}

/** The principal of a route that is not open. */
export function principalOf(request: FastifyRequest): Principal {
  if (request.principal === null) throw new Error('the route is open, or its guard is missing')
  return request.principal
}

const TICKET_PROTOCOL = 'nicr.ticket.'
const KEY_PROTOCOL = 'nicr.key.'

/** What the client shows: a key has no dot, a ticket has one. */
function shownCredential({ headers, ws, query, routeOptions }: FastifyRequest): string | null {
  if (routeOptions.config.takesKeyInQuery === true) {
    const shown = (query as Record<string, unknown>)['key'] ?? headers['x-goog-api-key']
    if (typeof shown === 'string' && shown !== '') return shown
  }
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
  if (bearer !== undefined) return bearer
  const key = headers['x-api-key']
  if (typeof key === 'string') return key
  if (!ws) return null
  const protocols = (headers['sec-websocket-protocol'] ?? '').split(',').map(protocol => protocol.trim())
  for (const prefix of [TICKET_PROTOCOL, KEY_PROTOCOL]) {
    const found = protocols.find(protocol => protocol.startsWith(prefix))
    if (found !== undefined) return found.slice(prefix.length)
  }
  return null
}

function identify(
  request: FastifyRequest,
  { keys, tickets }: { keys: KeyStore; tickets: Tickets },
): Principal | null {
  const shown = shownCredential(request)
  if (shown === null) return null
  return keys.find(shown) ?? (shown.includes('.') ? tickets.find(shown) : undefined) ?? null
}

function refusal(request: FastifyRequest): NicrError {
  const shown = shownCredential(request)
  if (shown === null)
    return new NicrError(
      'NICR_KEY_MISSING',
      'send an API key as Authorization: Bearer or X-API-Key, or open the socket with a ticket',
    )
  if (shown.includes('.'))
    return new NicrError('NICR_TICKET_INVALID', 'the ticket does not hold, or no longer')
  return new NicrError('NICR_KEY_INVALID', 'the API key is not known')
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Roles of which one is needed; OPEN: no key. */
    access?: readonly Role[] | 'OPEN'
    /** The key may come as `?key=` or X-Goog-Api-Key, as Google's clients send it. */
    takesKeyInQuery?: boolean
  }
  interface FastifyRequest {
    principal: Principal | null
  }
}
