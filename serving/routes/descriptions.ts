import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { asyncApiOf } from '../asyncapi.ts'
import { type DescribedRoute, openApiOf } from '../openapi.ts'
import type { RouteContext } from './context.ts'

/** The version of the API, in both descriptions. */
const API_VERSION = '1.0.0'

/**
 * `/openapi.json` and `/asyncapi.json`: made once, when they are first asked for, from what validates.
 * @param routes filled as routes are registered
 */
export function addDescriptionRoutes(
  app: FastifyInstance,
  { parts }: RouteContext,
  routes: readonly DescribedRoute[],
): void {
  const { prefix, retentionMs, partitions } = parts.config.topics
  addDescription(app, {
    url: '/openapi.json',
    summary: 'This description of the HTTP endpoints, in OpenAPI 3.1.',
    make: () => openApiOf(routes, API_VERSION),
  })
  addDescription(app, {
    url: '/asyncapi.json',
    summary: 'The websocket’s frames and the Kafka topics, in AsyncAPI 3.0.',
    make: () => asyncApiOf({ version: API_VERSION, topicPrefix: prefix, retentionMs, partitions }),
  })
}

function addDescription(
  app: FastifyInstance,
  { url, summary, make }: { readonly url: string; readonly summary: string; readonly make: () => object },
): void {
  let text: string | undefined
  app.get(
    url,
    { config: { access: 'OPEN' }, schema: { summary, response: { 200: Type.Object({}) } } },
    async (_request, reply) => {
      text ??= JSON.stringify(make())
      return reply.type('application/json; charset=utf-8').serializer(String).send(text)
    },
  )
}
