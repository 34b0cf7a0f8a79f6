import { Type } from 'typebox'
import type { AddRoutes } from './context.ts'

/**
 * Probes and metrics. They need no key: orchestrators and Prometheus send none by default, and nothing in them names
 * an author, a content or a text. Where that is still too much, let only the inner network reach /metrics.
 */
export const addHealthRoutes: AddRoutes = (app, { parts, limits, isDraining }) => {
  const config = { access: 'OPEN' } as const

  app.get(
    '/livez',
    { config, schema: { summary: 'Whether the process is alive.', response: { 200: Alive } } },
    () => ({ alive: true }),
  )

  app.get(
    '/readyz',
    {
      config,
      handlerTimeout: limits.answerMs,
      schema: {
        summary: 'Whether every part is ready; 503 where one is not.',
        response: { 200: Ready, 503: Ready },
      },
    },
    async (_request, reply) => {
      const feed = {
        part: 'score-feed',
        ready: parts.scores.isPositioned,
        detail: 'reads nicr.scores from its place',
      }
      const server = {
        part: 'server',
        ready: !isDraining(),
        detail: isDraining() ? 'shutting down' : 'accepts requests',
      }
      const all = [...(await parts.readiness()), feed, server]
      const ready = all.every(one => one.ready)
      reply.code(ready ? 200 : 503)
      return { ready, parts: all }
    },
  )

  app.get(
    '/metrics',
    {
      config,
      schema: {
        summary: 'Metrics in Prometheus’ text format.',
        produces: 'text/plain',
        response: { 200: Type.String() },
      },
    },
    async (_request, reply) => {
      reply.type(parts.metrics.contentType)
      return parts.metrics.metrics()
    },
  )
}

const Alive = Type.Object({ alive: Type.Boolean() })

const Ready = Type.Object({
  ready: Type.Boolean(),
  parts: Type.Array(Type.Object({ part: Type.String(), ready: Type.Boolean(), detail: Type.String() })),
})
