import type { RouteOptions } from 'fastify'
import { type TSchema, Type } from 'typebox'
import { errorActions } from '../schemas/error-actions.ts'
import { type ErrorCode, errorTable } from '../schemas/errors.ts'
import type { Role } from './keys.ts'
import { PROBLEM_TYPE } from './problems.ts'

/** What /openapi.json is made from: the routes as they were registered, with the schemas that validate them. */
export interface DescribedRoute {
  readonly method: string
  readonly url: string
  readonly summary: string
  readonly access: readonly Role[] | 'OPEN'
  readonly takesKeyInQuery: boolean
  readonly body?: unknown
  /** Media types of a body that is a file. */
  readonly takes?: readonly string[]
  /** A body that the route takes. */
  readonly example?: unknown
  readonly params?: JsonObject
  readonly querystring?: JsonObject
  readonly headers?: JsonObject
  /** By status. */
  readonly response: Readonly<Record<string, unknown>>
  readonly produces: string
  /** What can go wrong besides what can go wrong everywhere. */
  readonly problems: readonly ErrorCode[]
}

interface JsonObject {
  readonly properties?: Readonly<Record<string, unknown>>
  readonly required?: readonly string[]
}

const NoQuery = Type.Object({}, { additionalProperties: false })

/**
 * A described route that declares no query parameters takes none: a misspelt or misplaced one is refused instead of
 * being ignored. Call it as the route is added.
 */
export function refuseUnknownQuery(route: RouteOptions): void {
  const { summary, querystring } = (route.schema ?? {}) as Partial<DescribedRoute>
  if (summary !== undefined && querystring === undefined)
    route.schema = { ...route.schema, querystring: NoQuery }
}

/** The described routes of an `onRoute` hook's options; routes without a summary are not part of the API. */
export function describeRoute({ method, url, schema, config }: RouteOptions): DescribedRoute[] {
  const { summary } = (schema ?? {}) as { summary?: string }
  if (summary === undefined) return []
  const methods = (Array.isArray(method) ? method : [method]).filter(one => one !== 'HEAD')
  const { body, takes, example, params, querystring, headers, response, produces, problems } =
    schema as Partial<DescribedRoute>
  return methods.map(one => ({
    method: one.toLowerCase(),
    url,
    summary,
    access: config?.access ?? [],
    takesKeyInQuery: config?.takesKeyInQuery ?? false,
    response: response ?? {},
    produces: produces ?? 'application/json',
    problems: problems ?? [],
    ...(body === undefined ? {} : { body, example }),
    ...(takes === undefined ? {} : { takes }),
    ...(params === undefined ? {} : { params }),
    ...(querystring === undefined ? {} : { querystring }),
    ...(headers === undefined ? {} : { headers }),
  }))
}

/** An OpenAPI 3.1 document of the routes. */
export function openApiOf(routes: readonly DescribedRoute[], version: string): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) {
    const path = pathOf(route.url)
    paths[path] = { ...paths[path], [route.method]: operationOf(route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Nicr',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        'How nice, spammy and toxic texts are, while they are written and once they are published. Every error is a problem (RFC 9457) with a stable type. The websocket /v1/live is in /asyncapi.json.',
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description:
            'An API key, a ticket of POST /v1/tickets, or a JWT where the server is told whose it takes (docs/security.md).',
        },
        apiKey: {
          type: 'apiKey',
          in: 'header',
          name: 'X-API-Key',
          description: 'The same, for clients that cannot send Authorization.',
        },
        queryKey: {
          type: 'apiKey',
          in: 'query',
          name: 'key',
          description:
            'As clients of the Perspective API send it. URLs end up in logs: send a header where you can.',
        },
        googleKey: {
          type: 'apiKey',
          in: 'header',
          name: 'X-Goog-Api-Key',
          description: 'As Google’s client libraries send it.',
        },
      },
      schemas: { Problem },
      headers: rateHeaders,
    },
  }
}

function operationOf(route: DescribedRoute): object {
  const { method, url, summary, access, params, querystring, headers, response, produces } = route
  const parameters = [
    ...parametersOf('path', params),
    ...parametersOf('query', querystring),
    ...parametersOf('header', headers),
  ]
  const answers = Object.entries(response).map(([status, schema]) => [
    status,
    {
      description: status.startsWith('2') ? 'Done.' : 'Not done.',
      headers: headerRefs,
      content: { [produces]: { schema } },
    },
  ])
  // A route that declares its own answer to whatever goes wrong sends no problems.
  const problems = 'default' in response ? {} : problemsOf(route)
  return {
    operationId: operationIdOf(method, url),
    summary,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...requestBodyOf(route),
    responses: { ...problems, ...Object.fromEntries(answers) },
    security: securityOf(route),
    ...(access === 'OPEN' ? {} : { 'x-nicr-roles': access }),
  }
}

function requestBodyOf({ body, example, takes }: DescribedRoute): object {
  if (takes !== undefined) {
    const file = { schema: { type: 'string', format: 'binary' } }
    return { requestBody: { required: true, content: Object.fromEntries(takes.map(type => [type, file])) } }
  }
  if (body === undefined) return {}
  return { requestBody: { required: true, content: { 'application/json': { schema: body, example } } } }
}

/** Any one of them will do. */
function securityOf({ access, takesKeyInQuery }: DescribedRoute): Record<string, readonly string[]>[] {
  if (access === 'OPEN') return []
  const names = ['bearer', 'apiKey', ...(takesKeyInQuery ? ['queryKey', 'googleKey'] : [])]
  return names.map(name => ({ [name]: [] }))
}

/** fastify's `/a/:b` is `/a/{b}`, and its `::` a colon. */
function pathOf(url: string): string {
  return url.replace(/::|:(\w+)/g, (_found, name?: string) => (name === undefined ? ':' : `{${name}}`))
}

/** `post /v1/draft-outcomes` is `postV1DraftOutcomes`. */
function operationIdOf(method: string, url: string): string {
  const words = url.match(/[A-Za-z0-9]+/g) ?? []
  return method + words.map(word => word[0]!.toUpperCase() + word.slice(1)).join('')
}

function parametersOf(place: 'path' | 'query' | 'header', schema: JsonObject | undefined): object[] {
  return Object.entries(schema?.properties ?? {}).map(([name, one]) => ({
    name,
    in: place,
    required: place === 'path' || (schema?.required?.includes(name) ?? false),
    schema: one,
  }))
}

/** Problems by status, each with the codes it can have, and `default` for all others. */
function problemsOf({ access, body, problems }: DescribedRoute): Record<string, object> {
  const codes: readonly ErrorCode[] = [
    'NICR_REQUEST_INVALID',
    'NICR_RATE_LIMITED',
    'NICR_INTERNAL',
    ...(access === 'OPEN' ? [] : credentialProblems),
    ...(body === undefined ? [] : bodyProblems),
    ...problems,
  ]
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of codes) {
    const { status } = errorTable[code]
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  return {
    ...Object.fromEntries([...byStatus].map(([status, some]) => [status, problemAnswer(describe(some))])),
    default: problemAnswer('Another problem; docs/errors.md lists the codes.'),
  }
}

const credentialProblems: readonly ErrorCode[] = [
  'NICR_KEY_MISSING',
  'NICR_KEY_INVALID',
  'NICR_TICKET_INVALID',
  'NICR_TOKEN_INVALID',
  'NICR_TOKEN_KEYS_UNAVAILABLE',
  'NICR_ROLE_MISSING',
]
const bodyProblems: readonly ErrorCode[] = [
  'NICR_BODY_INVALID',
  'NICR_BODY_TOO_LARGE',
  'NICR_MEDIA_TYPE_UNSUPPORTED',
]

function describe(codes: readonly ErrorCode[]): string {
  return codes.map(code => `\`${code}\`: ${errorTable[code].meaning} ${errorActions[code]}`).join(' ')
}

function problemAnswer(description: string): object {
  return { description, content: { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } } }
}

const rateHeaders = {
  'RateLimit-Limit': { description: 'Requests a minute.', schema: { type: 'integer' } },
  'RateLimit-Remaining': { description: 'How many of them are left.', schema: { type: 'integer' } },
  'RateLimit-Reset': { description: 'Seconds until all are there again.', schema: { type: 'integer' } },
}
const headerRefs = Object.fromEntries(
  Object.keys(rateHeaders).map(name => [name, { $ref: `#/components/headers/${name}` }]),
)

const Problem: TSchema = Type.Object({
  type: Type.String({ pattern: '^urn:nicr:error:NICR_[A-Z_]+$', description: 'Stable.' }),
  title: Type.String({ description: 'What the code means and what to do about it.' }),
  status: Type.Integer({ minimum: 400, maximum: 599 }),
  code: Type.String({ pattern: '^NICR_[A-Z_]+$', description: 'The last part of the type.' }),
  detail: Type.String({ description: 'What, where, and what to do this time.' }),
  errors: Type.Optional(
    Type.Array(
      Type.Object({
        pointer: Type.String({ description: 'JSON pointer (RFC 6901) into the part that does not hold.' }),
        detail: Type.String(),
      }),
    ),
  ),
})

declare module 'fastify' {
  interface FastifySchema {
    /** One sentence for /openapi.json; a route without one is not part of the API. */
    summary?: string
    /** A body that the route takes, for /openapi.json; every route with a body has one. */
    example?: unknown
    /** Media types of a body that is a file; it is not validated by a schema. */
    takes?: readonly string[]
    /** Content type of the answers; JSON unless given. */
    produces?: string
    /** Codes of problems that are this route's own. */
    problems?: readonly ErrorCode[]
  }
}
