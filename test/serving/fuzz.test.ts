import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import type { LightMyRequestResponse } from 'fastify'
import { describe, expect, it } from 'vitest'
import { errorTable } from '../../schemas/errors.ts'
import { PROBLEM_TYPE } from '../../serving/problems.ts'
import { brokenValue, type JsonSchema, validValue } from '../support/schema-arbitraries.ts'
import { keyOf } from './fake-parts.ts'
import { serveHttp } from './http-server.ts'

/**
 * Requests made from /openapi.json, sound ones and broken ones: no answer is a bug's, every refusal is a problem with its
 * code and a status that is described, and every other answer is what its schema says.
 */

const SEED = 20_261
const RUNS = 80

interface Operation {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body: JsonSchema | undefined
  readonly parameters: readonly {
    readonly name: string
    readonly in: string
    readonly required?: boolean
    readonly schema: JsonSchema
  }[]
  /** By status. */
  readonly answers: ReadonlyMap<string, Answer>
}

interface Answer {
  readonly type: string
  /** null: it is not JSON. */
  readonly check: ValidateFunction | null
}

interface Asked {
  readonly body: unknown
  readonly ids: readonly string[]
  readonly query: string
  readonly headers: Readonly<Record<string, string>>
}

async function serveDescribed() {
  const server = await serveHttp({ limits: { requestsPerAddressMax: 1e9, requestsPerKeyMax: 1e9 } })
  server.parts.scores.positioned()
  const document = (await server.get('/openapi.json')).json()
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  ajv.addSchema(document, 'api')
  const operations = Object.entries(document.paths as Record<string, Record<string, Described>>).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, one]): Operation => {
        const place = `api#/paths/${path.replaceAll('~', '~0').replaceAll('/', '~1')}/${method}`
        return {
          method: method.toUpperCase() as Operation['method'],
          path,
          body: one.requestBody?.content['application/json']?.schema,
          parameters: one.parameters ?? [],
          answers: new Map(
            Object.entries(one.responses).map(([status, { content }]) => {
              const type = Object.keys(content)[0]!
              const pointer = encodeURI(
                `${place}/responses/${status}/content/${type.replaceAll('/', '~1')}/schema`,
              )
              return [status, { type, check: /json$/.test(type) ? ajv.compile({ $ref: pointer }) : null }]
            }),
          ),
        }
      }),
  )
  return { ...server, operations }
}

interface Described {
  readonly requestBody?: {
    /** Bodies that are files are tested beside their routes. */
    readonly content: { readonly 'application/json'?: { readonly schema: JsonSchema } }
  }
  readonly parameters?: Operation['parameters']
  readonly responses: Readonly<Record<string, { readonly content: Readonly<Record<string, unknown>> }>>
}

/** Well-formed: percent-encoding knows no lone surrogates. */
const text = (maxLength: number) => fc.string({ unit: 'binary', minLength: 1, maxLength })

/** Requests that the description says are taken, with the query they need: a name wherever one is asked for. */
function sound({ body, parameters }: Operation): fc.Arbitrary<Asked> {
  const headers = parameters.filter(one => one.in === 'header').map(one => one.name)
  const needed = parameters.filter(one => one.in === 'query' && one.required === true)
  const queryOf = (value: string) => `?${needed.map(({ name }) => `${name}=${value}`).join('&')}`
  return fc.record({
    body: body === undefined ? fc.constant(undefined) : validValue(body),
    ids: fc.array(text(100), { minLength: 3, maxLength: 3 }),
    query: needed.length === 0 ? fc.constant('') : fc.constantFrom('niceness', 'a').map(queryOf),
    headers: fc
      .record(Object.fromEntries(headers.map(name => [name, fc.constantFrom('a', 'b', 'c')])), {
        requiredKeys: [],
        noNullPrototype: true,
      })
      .map(some => ({ 'x-api-key': keyOf('admin'), 'content-type': 'application/json', ...some })),
  }) as fc.Arbitrary<Asked>
}

/** Requests with something wrong in any of their parts. */
function broken(operation: Operation): fc.Arbitrary<Asked> {
  const raw = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map(bytes => Buffer.from(bytes)),
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '',
      '{',
      '{"text":',
      '{"__proto__":{"a":1}}',
      '[]',
      'null',
      '\ufeff{}',
      '"\\ud800"',
      '1e999',
    ),
  )
  return fc.record({
    body: operation.body === undefined ? raw : fc.oneof(brokenValue(operation.body), raw),
    ids: fc.array(text(900), { minLength: 3, maxLength: 3 }),
    query: fc.oneof(
      fc.constant(''),
      fc.webQueryParameters().map(one => `?${one}`),
      fc.constantFrom('?', '?%', '?__proto__=1', '?a[b]=1', '?key=x&key=y'),
    ),
    headers: fc.record(
      {
        'x-api-key': fc.constantFrom(keyOf('admin'), keyOf('read'), keyOf('publish'), 'unknown', 'a.b', ''),
        'content-type': fc.oneof(
          { weight: 6, arbitrary: fc.constant('application/json') },
          fc.constantFrom('text/plain', 'application/json; charset=latin1', 'multipart/form-data', ';', ''),
        ),
        authorization: fc.constantFrom(
          'Bearer',
          'Bearer ',
          'Basic YTpi',
          `Bearer ${keyOf('admin')}`,
          'Bearer a.b.c',
        ),
        'idempotency-key': fc.constantFrom('', 'a', 'x'.repeat(256)),
        'content-encoding': fc.constantFrom('gzip', 'identity', 'x'),
        accept: fc.constantFrom('text/html', '*/*', ''),
        origin: fc.constantFrom('null', 'https://a.example', 'x'),
        expect: fc.constant('100-continue'),
      },
      { requiredKeys: ['content-type'], noNullPrototype: true },
    ),
  }) as fc.Arbitrary<Asked>
}

describe('requests made from /openapi.json', () => {
  it('are never answered by a bug, and always as described', async () => {
    const { app, operations, parts } = await serveDescribed()
    expect(operations.length).toBeGreaterThan(10)
    const statuses = new Set<number>()
    for (const operation of operations) {
      const answer = async ({ body, ids, query, headers }: Asked) => {
        let next = 0
        const url = operation.path.replace(/\{\w+\}/g, () => encodeURIComponent(ids[next++]!)) + query
        const payload =
          body === undefined || typeof body === 'string' || Buffer.isBuffer(body)
            ? body
            : JSON.stringify(body)
        const answered = await app.inject({
          method: operation.method,
          url,
          headers,
          ...(payload === undefined ? {} : { payload }),
        })
        statuses.add(answered.statusCode)
        checkAnswer(operation, answered)
        return answered
      }
      await fc.assert(
        fc.asyncProperty(sound(operation), async asked => {
          const { statusCode, body } = await answer(asked)
          if (statusCode === 400) expect(body).not.toContain('see /openapi.json')
        }),
        { seed: SEED, numRuns: RUNS },
      )
      await fc.assert(
        fc.asyncProperty(broken(operation), async asked => void (await answer(asked))),
        { seed: SEED, numRuns: RUNS },
      )
    }
    // The requests reach what there is to reach.
    expect([...statuses].sort()).toEqual([200, 201, 202, 400, 401, 403, 404, 415, 422])
    expect(parts.logLines.filter(line => line.includes('"bug"'))).toEqual([])
  })

  it('by any method at any address are never answered by a bug', async () => {
    const { app, operations } = await serveDescribed()
    // Some routes have errors of another service's shape.
    const own = operations.filter(({ answers }) => answers.get('default')?.type === PROBLEM_TYPE)
    const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY'] as const
    const paths = fc.oneof(
      fc.constantFrom(...own.map(({ path }) => path), '/', '/v1/live', '/favicon.ico', '*', '//', '/..%2f'),
      fc.webPath().map(path => path || '/'),
      text(40).map(segment => `/v1/${segment}`),
    )
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...methods), paths, async (method, url) => {
        const answered = await app.inject({
          method: method as 'GET',
          url,
          headers: { 'x-api-key': 'unknown' },
        })
        expect(answered.statusCode).toBeLessThan(500)
        if (answered.statusCode >= 400 && method !== 'HEAD') checkProblem(answered)
      }),
      { seed: SEED, numRuns: 500 },
    )
  })
})

function checkAnswer({ method, path, answers }: Operation, answered: LightMyRequestResponse): void {
  const { statusCode } = answered
  const where = `${method} ${path} answered ${statusCode} ${answered.body.slice(0, 300)}`
  expect(statusCode, where).toBeLessThan(500)
  const described = answers.get(String(statusCode)) ?? answers.get('default')
  expect(described, where).toBeDefined()
  const { type, check } = described!
  expect(answered.headers['content-type'], where).toMatch(new RegExp(`^${type.replace('+', '\\+')}`))
  if (type === PROBLEM_TYPE) checkProblem(answered)
  if (check === null) return
  check(answered.json())
  expect(check.errors, where).toBeNull()
}

function checkProblem(answered: LightMyRequestResponse): void {
  expect(answered.headers['content-type'], answered.body).toContain(PROBLEM_TYPE)
  const { type, title, status, code, detail } = answered.json()
  expect(errorTable).toHaveProperty(code)
  expect({ type, title, status }).toEqual({
    type: `urn:nicr:error:${code}`,
    title: errorTable[code as keyof typeof errorTable].meaning,
    status: answered.statusCode,
  })
  expect(detail).not.toBe('')
}
