import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type ErrorCode, NicrError } from '../schemas/errors.ts'
import type { Audit } from './audit.ts'
import { hasRole, type KeyStore, type Principal, type Role } from './keys.ts'
import type { Limits } from './limits.ts'
import { addressClient, type RequestRates } from './request-rates.ts'
import type { Tickets } from './tickets.ts'
import type { Tokens } from './tokens.ts'

/** Who is let in: keys, tickets made from them, and, where an identity provider is configured, its tokens. */
export interface Credentials {
  readonly keys: KeyStore
  readonly tickets: Tickets
  /** null: no tokens are taken. */
  readonly tokens: Tokens | null
  readonly audit: Audit
  readonly rates: RequestRates
  readonly limits: Pick<Limits, 'requestsPerAddressMax'>
}

/**
 * Who may do what. Every route names the roles of which one is needed; a route that names none is the admin's, so
 * forgetting is safe. Credentials are read from `Authorization: Bearer`, `X-API-Key` and, for browsers' sockets,
 * from the sub-protocols `nicr.ticket.<ticket>` and `nicr.key.<key>`; where a route takes it, from `?key=`. All before the
 * upgrade.
 */
export function guardRoutes(app: FastifyInstance, credentials: Credentials): void {
  app.decorateRequest('principal', null)
  // Identified first, so that the rate is counted by key; refused only afterwards, so that guessing is limited too.
  app.addHook('onRequest', (request, _reply, done) => {
    const found = identify(request, credentials)
    if (!(found instanceof Promise)) {
      request.principal = found
      return done()
    }
    found.then(principal => {
      request.principal = principal
      done()
    }, done)
  })
  app.addHook('preParsing', (request, _reply, _payload, done) => {
    try {
      checkAccess(request)
      done()
    } catch (error) {
      if (error instanceof NicrError) auditRefusal(request, error.code, credentials.audit)
      done(error as Error)
    }
  })
}

/** The principal of a route that is not open. */
export function principalOf(request: FastifyRequest): Principal {
  if (request.principal === null) throw new Error('the route is open, or its guard is missing')
  return request.principal
}

/** @throws NicrError NICR_KEY_*, NICR_TICKET_INVALID, NICR_TOKEN_INVALID, NICR_ROLE_MISSING */
function checkAccess(request: FastifyRequest): void {
  const access = request.is404 ? 'OPEN' : (request.routeOptions.config.access ?? [])
  if (access === 'OPEN') return
  const { principal } = request
  if (principal === null) throw refusal(request)
  if (!access.some(role => hasRole(principal, role)) && !hasRole(principal, 'admin'))
    throw new NicrError('NICR_ROLE_MISSING', `this needs the role ${access.join(' or ') || 'admin'}`)
}

/** Whoever shows nothing has nothing that could be abused: pages and probes without a key are no news. */
function auditRefusal(request: FastifyRequest, code: ErrorCode, audit: Audit): void {
  if (code === 'NICR_KEY_MISSING') return
  audit.refused({
    code,
    address: request.ip,
    key: request.principal?.id ?? null,
    route: request.routeOptions.url ?? 'none',
  })
}

const TICKET_PROTOCOL = 'nicr.ticket.'
const KEY_PROTOCOL = 'nicr.key.'

/** What the client shows. */
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
  { keys, tickets, tokens, rates, limits }: Credentials,
): Principal | null | Promise<Principal | null> {
  const shown = shownCredential(request)
  if (shown === null) return null
  const found = keys.find(shown)
  if (found !== undefined) return found
  switch (formOf(shown)) {
    case 'TICKET':
      return tickets.find(shown) ?? null
    case 'TOKEN':
      // To check a signature costs more than to refuse it, so one who shows wrong ones too often is not listened to.
      if (tokens === null || rates.isSpent(addressClient(request), limits.requestsPerAddressMax)) return null
      return tokens.find(shown).then(principal => principal ?? null)
    default:
      return null
  }
}

/** A key that was made here has no dot, a ticket one (payload and signature), a token two (a header before them). */
function formOf(shown: string): 'KEY' | 'TICKET' | 'TOKEN' {
  const dots = shown.split('.', 4).length - 1
  if (dots === 0) return 'KEY'
  return dots === 2 ? 'TOKEN' : 'TICKET'
}

function refusal(request: FastifyRequest): NicrError {
  const shown = shownCredential(request)
  if (shown === null)
    return new NicrError(
      'NICR_KEY_MISSING',
      'send an API key as Authorization: Bearer or X-API-Key, or open the socket with a ticket',
    )
  switch (formOf(shown)) {
    case 'TICKET':
      return new NicrError('NICR_TICKET_INVALID', 'the ticket does not hold, or no longer')
    case 'TOKEN':
      return new NicrError(
        'NICR_TOKEN_INVALID',
        'the token does not hold, or no longer, or none are taken here',
      )
    default:
      return new NicrError('NICR_KEY_INVALID', 'the API key is not known')
  }
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
