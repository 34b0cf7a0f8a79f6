import type { FastifyInstance, FastifyRequest } from 'fastify'
import { parseTraceparent, TRACE_HEADER, type TraceParent } from '../pipelines/runtime/traceparent.ts'
import type { OpenSpan, Tracing } from '../pipelines/runtime/tracing.ts'

/** A request that failed here, and not through its sender. */
const SERVER_ERROR = 500

/**
 * Gives each POST that was let in a span, under the one that its `traceparent` names. Register it after what refuses requests:
 * whoever has no key makes no spans. The path is not told, only the route: it may hold an id.
 *
 * Source: https://opentelemetry.io/docs/specs/semconv/http/http-spans/
 */
export function traceRequests(app: FastifyInstance, tracing: Tracing | null | undefined): void {
  app.decorateRequest('span', null)
  if (tracing === null || tracing === undefined) return
  app.addHook('preParsing', (request, _reply, _payload, done) => {
    const route = request.routeOptions.url
    if (request.method === 'POST' && route !== undefined)
      request.span = tracing.open({
        name: `POST ${route}`,
        kind: 'server',
        parent: parentOf(request),
        attributes: { 'http.request.method': 'POST', 'http.route': route, 'url.scheme': request.protocol },
      })
    done()
  })
  app.addHook('onResponse', async ({ span }, { statusCode }) => {
    if (span === null) return
    span.set({ 'http.response.status_code': statusCode })
    span.end(statusCode >= SERVER_ERROR ? String(statusCode) : undefined)
  })
}

/** The trace that what follows from a request belongs to; null where none is kept. */
export function traceOf(request: FastifyRequest): TraceParent | null {
  return request.span?.context ?? null
}

function parentOf({ headers }: FastifyRequest): TraceParent | null {
  const text = headers[TRACE_HEADER]
  return typeof text === 'string' ? parseTraceparent(text) : null
}

declare module 'fastify' {
  interface FastifyRequest {
    span: OpenSpan | null
  }
}
