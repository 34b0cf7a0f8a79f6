import type { RouteOptions } from 'fastify'
import type { Role } from './keys.ts'

/** What /openapi.json is made from: the routes as they were registered, with the schemas that validate them. */
export interface DescribedRoute {
  readonly method: string
  readonly url: string
  readonly summary: string
  readonly access: readonly Role[] | 'OPEN'
  readonly body?: unknown
  readonly params?: JsonObject
  readonly querystring?: JsonObject
  readonly headers?: JsonObject
  /** By status. */
  readonly response: Readonly<Record<string, unknown>>
}

interface JsonObject {
  readonly properties?: Readonly<Record<string, unknown>>
  readonly required?: readonly string[]
}

/** The described routes of an `onRoute` hook's options; routes without a summary are not part of the API. */
export function describeRoute({ method, url, schema, config }: RouteOptions): DescribedRoute[] {
  const { summary } = (schema ?? {}) as { summary?: string }
  if (summary === undefined) return []
  const methods = (Array.isArray(method) ? method : [method]).filter(one => one !== 'HEAD')
  const { body, params, querystring, headers, response } = schema as Partial<DescribedRoute>
  return methods.map(one => ({
    method: one.toLowerCase(),
    url,
    summary,
    access: config?.access ?? [],
    response: response ?? {},
    ...(body === undefined ? {} : { body }),
    ...(params === undefined ? {} : { params }),
    ...(querystring === undefined ? {} : { querystring }),
    ...(headers === undefined ? {} : { headers }),
  }))
}

/** An OpenAPI 3.1 document of the routes. */
export function openApiOf(routes: readonly DescribedRoute[], version: string): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) {
    // Two colons are one that begins no parameter.
    const path = route.url.replace(/::|:(\w+)/g, (_, name?: string) =>
      name === undefined ? ':' : `{${name}}`,
    )
    paths[path] = { ...paths[path], [route.method]: operationOf(route) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Nicr', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An API key, or a ticket.' },
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
      },
      schemas: { Problem: problemSchema },
    },
  }
}

function operationOf({
  summary,
  access,
  body,
  params,
  querystring,
  headers,
  response,
}: DescribedRoute): object {
  const parameters = [
    ...parametersOf('path', params),
    ...parametersOf('query', querystring),
    ...parametersOf('header', headers),
  ]
  const answers = Object.entries(response).map(([status, schema]) => [
    status,
    {
      description: status.startsWith('2') ? 'Done.' : 'Not done.',
      content: { 'application/json': { schema } },
    },
  ])
  return {
    summary,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: { default: problemResponse, ...Object.fromEntries(answers) },
    security: access === 'OPEN' ? [] : [{ bearer: [] }, { apiKey: [] }],
    ...(access === 'OPEN' ? {} : { 'x-nicr-roles': access }),
  }
}

function parametersOf(place: 'path' | 'query' | 'header', schema: JsonObject | undefined): object[] {
  return Object.entries(schema?.properties ?? {}).map(([name, one]) => ({
    name,
    in: place,
    required: place === 'path' || (schema?.required?.includes(name) ?? false),
    schema: one,
  }))
}

const problemResponse = {
  description: 'A problem (RFC 9457).',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
}

const problemSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'detail'],
  properties: {
    type: { type: 'string', description: 'Stable: urn:nicr:error: and the code.' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string' },
    detail: { type: 'string' },
    errors: {
      type: 'array',
      items: { type: 'object', properties: { pointer: { type: 'string' }, detail: { type: 'string' } } },
    },
  },
}

declare module 'fastify' {
  interface FastifySchema {
    /** One sentence for /openapi.json; a route without one is not part of the API. */
    summary?: string
  }
}
