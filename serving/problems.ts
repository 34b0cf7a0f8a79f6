import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type ErrorCode, errorTable, NicrError } from '../schemas/errors.ts'
import { type InvalidField, invalidFields } from './invalid-fields.ts'

/**
 * Errors as RFC 9457 problem details. A problem never quotes the request's body: it may hold a draft.
 */
export interface Problem {
  /** Stable: `urn:nicr:error:` and the code. */
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: ErrorCode
  readonly detail: string
  /** For NICR_BODY_INVALID and NICR_REQUEST_INVALID: the fields that do not hold, by JSON pointer. */
  readonly errors?: readonly InvalidField[]
}

export const PROBLEM_TYPE = 'application/problem+json'

export function problemOf(code: ErrorCode, detail: string, errors?: Problem['errors']): Problem {
  const { status, meaning } = errorTable[code]
  const problem = { type: `urn:nicr:error:${code}`, title: meaning, status, code, detail }
  return errors === undefined ? problem : { ...problem, errors }
}

/** Answers every error of `app`, fastify's own included, with problem details. */
export function answerWithProblems(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => sendProblem(reply, toProblem(error, request)))
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="nicr"')
  if (RETRIED_STATUSES.includes(problem.status) && !reply.hasHeader('retry-after'))
    reply.header('retry-after', String(RETRY_AFTER_SECONDS))
  return reply.code(problem.status).type(PROBLEM_TYPE).send(problem)
}

/** What another try may mend, and after how long; the rate limit states its own time. */
const RETRIED_STATUSES: readonly number[] = [409, 503]
const RETRY_AFTER_SECONDS = 1

/** The problem of an error. A bug is logged with its stack, on routes that take drafts without its message. */
export function toProblem(error: FastifyError | NicrError, request: FastifyRequest): Problem {
  if (error instanceof NicrError) return problemOf(error.code, error.message)
  if ('validation' in error && error.validation !== undefined) return invalidRequest(error, request)
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return problemOf(
      'NICR_BODY_TOO_LARGE',
      `the body is larger than ${request.routeOptions.bodyLimit} bytes; split it`,
    )
  const known = frameworkProblems[error.code]
  if (known !== undefined) return problemOf(known.code, known.detail)
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500)
    return problemOf('NICR_REQUEST_INVALID', 'the request cannot be used as it is')
  request.log.error({
    bug: describeBug(error, request.routeOptions.config.takesDrafts === true),
    route: request.routeOptions.url,
  })
  return problemOf('NICR_INTERNAL', `the request ${request.id} failed`)
}

/** A bug for the log. Messages can quote what they stumbled over, so where drafts pass only the place is kept. */
export function describeBug(
  error: unknown,
  private_: boolean,
): { name: string; message?: string; stack: string } {
  if (!(error instanceof Error)) return { name: typeof error, stack: '' }
  const frames = (error.stack ?? '')
    .split('\n')
    .filter(line => /^\s+at /.test(line))
    .join('\n')
  return private_
    ? { name: error.name, stack: frames }
    : { name: error.name, message: error.message, stack: frames }
}

/** Fastify's own errors. Its messages are not passed on: some quote the body. */
const frameworkProblems: Readonly<Record<string, { code: ErrorCode; detail: string }>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: {
    code: 'NICR_BODY_INVALID',
    detail: 'the body is not JSON; send a JSON object',
  },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'NICR_BODY_INVALID', detail: 'the body is empty; send a JSON object' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'NICR_BODY_INVALID',
    detail: 'the body’s length is not what Content-Length says',
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'NICR_MEDIA_TYPE_UNSUPPORTED',
    detail: 'send the body as application/json',
  },
  FST_ERR_HANDLER_TIMEOUT: {
    code: 'NICR_ANSWER_TIMEOUT',
    detail: 'a part that the answer needs did not answer in time; see /readyz and try again',
  },
  FST_ERR_MAX_PARAM_LENGTH: {
    code: 'NICR_REQUEST_INVALID',
    detail: 'an id in the address is too long',
  },
  FST_ERR_BAD_URL: { code: 'NICR_REQUEST_INVALID', detail: 'the address is not a valid URL' },
}

/** The parts of a request, as fastify calls them and as clients know them. */
const partNames = { body: 'body', params: 'path', querystring: 'query', headers: 'headers' } as const

function invalidRequest(error: FastifyError, request: FastifyRequest): Problem {
  const part = (error.validationContext ?? 'body') as keyof typeof partNames
  const errors = invalidFields(request.routeOptions.schema?.[part], error.validation ?? [])
  const first = errors[0] ?? { pointer: '', detail: 'does not hold' }
  const detail = `${partNames[part]}${first.pointer}: ${first.detail}; see /openapi.json`
  return problemOf(part === 'body' ? 'NICR_BODY_INVALID' : 'NICR_REQUEST_INVALID', detail, errors)
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The body may hold an unsent draft: nothing of it may reach a log. */
    takesDrafts?: boolean
  }
}
