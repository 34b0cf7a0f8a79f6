import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { NicrError } from '../schemas/errors.ts'

/** Which methods each address takes: what 405 and OPTIONS answer, which fastify leaves to others. */
export interface Addresses {
  add(route: Pick<RouteOptions, 'method' | 'url'>): void
  /** In the order they were added; none where there is nothing at the path. */
  methodsOf(path: string): readonly string[]
}

export function createAddresses(): Addresses {
  const byUrl = new Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>()
  return {
    add({ method, url }) {
      // The answer to preflights, which cors registers for every path.
      if (url === '*') return
      const known = byUrl.get(url) ?? { pattern: patternOf(url), methods: new Set() }
      byUrl.set(url, known)
      for (const one of Array.isArray(method) ? method : [method]) known.methods.add(one)
    },
    methodsOf(path) {
      const methods = new Set<string>()
      for (const one of byUrl.values())
        if (path === SERVER_WIDE || one.pattern.test(path))
          for (const method of one.methods) methods.add(method)
      return [...methods]
    },
  }
}

/** `OPTIONS *` asks about the server as a whole. */
const SERVER_WIDE = '*'

/** fastify's patterns, as far as our routes use them: `:name` is one segment, `::` a colon. */
function patternOf(url: string): RegExp {
  const source = url.replace(/::|:\w+|[\\^$.*+?()[\]{}|]/g, found => {
    if (found === '::') return ':'
    return found.startsWith(':') ? '[^/]+' : `\\${found}`
  })
  return new RegExp(`^${source}$`)
}

/** Answers OPTIONS, unless it is a browser's preflight, which is cors's. Register it before cors. */
export function answerOptions(app: FastifyInstance, addresses: Addresses): void {
  app.addHook('onRequest', async (request, reply) => {
    if (request.method !== 'OPTIONS' || isPreflight(request)) return
    const methods = addresses.methodsOf(pathOf(request))
    if (methods.length === 0) throw nothingAt(request)
    await reply.header('allow', allowOf(methods)).code(204).send()
  })
}

/** Refuses what no route takes, before a body is read: 404, or 405 with `Allow`. Register it after cors, so that pages can read it. */
export function refuseAddresses(app: FastifyInstance, addresses: Addresses): void {
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404) throw refusalOf(request, reply, addresses)
  })
}

function refusalOf(request: FastifyRequest, reply: FastifyReply, addresses: Addresses): NicrError {
  const methods = addresses.methodsOf(pathOf(request))
  if (methods.length === 0) return nothingAt(request)
  reply.header('allow', allowOf(methods))
  return new NicrError(
    'NICR_METHOD_NOT_ALLOWED',
    `${pathOf(request)} does not take ${request.method}; it takes ${allowOf(methods)}`,
  )
}

function nothingAt(request: FastifyRequest): NicrError {
  return new NicrError(
    'NICR_NOT_FOUND',
    `there is no ${request.method} ${pathOf(request)}; see /openapi.json`,
  )
}

function allowOf(methods: readonly string[]): string {
  return [...methods, 'OPTIONS'].join(', ')
}

function isPreflight({ headers }: FastifyRequest): boolean {
  return headers.origin !== undefined && headers['access-control-request-method'] !== undefined
}

/** Bounded: an address can be as long as a header. */
const PATH_SHOWN_MAX = 200

/** Without what proxies put before it: they may send whole URLs. */
function pathOf(request: FastifyRequest): string {
  const path = request.url.replace(/^https?:\/\/[^/?]*/i, '').split('?', 1)[0]!
  return path.slice(0, PATH_SHOWN_MAX)
}
