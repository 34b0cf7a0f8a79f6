import { Type } from 'typebox'
import { exposeReadiness, watchReadiness } from '../readiness.ts'
import type { AddRoutes } from './context.ts'

/**
 * Probes and metrics. They need no key: orchestrators and Prometheus send none by default, and nothing in them names
 * an author, a content or a text. Where that is still too much, let only the inner network reach /metrics.
 */
export const addHealthRoutes: AddRoutes = (app, { parts, limits, isDraining, now }) => {
  const config = { access: 'OPEN' } as const
  const readiness = watchReadiness(async () => {
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
    return [...(await parts.readiness()), feed, server]
  }, now)
  exposeReadiness(parts.metrics, readiness)

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
        summary:
          'Every part, whether it is ready and since when; 503 where one is not that the server needs.',
        response: { 200: Ready, 503: Ready },
      },
    },
    async (_request, reply) => {
      const state = await readiness()
      reply.code(state.ready ? 200 : 503)
      return state
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
  parts: Type.Array(
    Type.Object({
      part: Type.String(),
      ready: Type.Boolean(),
      needed: Type.Boolean({
        description: 'Whether the server is of no use without it. Others are told, and no reason for a 503.',
      }),
      since: Type.String({ description: 'Since when it is so, as far as probes have seen.' }),
      detail: Type.String(),
    }),
  ),
})
