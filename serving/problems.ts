import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type ErrorCode, errorTable, NicrError } from '../schemas/errors.ts'

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
  /** For NICR_BODY_INVALID: the fields that do not hold, by JSON pointer. */
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[]
}

export const PROBLEM_TYPE = 'application/problem+json'

export function problemOf(code: ErrorCode, detail: string, errors?: Problem['errors']): Problem {
  const { status, meaning } = errorTable[code]
  const problem = { type: `urn:nicr:error:${code}`, title: meaning, status, code, detail }
  return errors === undefined ? problem : { ...problem, errors }
}

/** Answers every error of `app`, fastify's own and unknown addresses included, with problem details. */
export function answerWithProblems(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => sendProblem(reply, toProblem(error, request)))
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      reply,
      problemOf('NICR_NOT_FOUND', `there is no ${request.method} ${pathOf(request)}; see /openapi.json`),
    ),
  )
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="nicr"')
  return reply.code(problem.status).type(PROBLEM_TYPE).send(problem)
}

/** The problem of an error. A bug is logged with its stack, on routes that take drafts without its message. */
export function toProblem(error: FastifyError | NicrError, request: FastifyRequest): Problem {
  if (error instanceof NicrError) return problemOf(error.code, error.message)
  if ('validation' in error && error.validation !== undefined) return invalidRequest(error)
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
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'NICR_BODY_INVALID', detail: 'the body is not JSON' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'NICR_BODY_INVALID', detail: 'the body is empty; send a JSON object' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'NICR_BODY_INVALID',
    detail: 'the body’s length is not what Content-Length says',
  },
  FST_ERR_CTP_BODY_TOO_LARGE: {
    code: 'NICR_BODY_TOO_LARGE',
    detail: 'the body is larger than the limit; split it',
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'NICR_MEDIA_TYPE_UNSUPPORTED',
    detail: 'send the body as application/json',
  },
  FST_ERR_BAD_URL: { code: 'NICR_REQUEST_INVALID', detail: 'the address is not a valid URL' },
}

function invalidRequest(error: FastifyError): Problem {
  const errors = (error.validation ?? []).slice(0, ERRORS_SHOWN_MAX).map(one => ({
    pointer: one.instancePath,
    detail: one.message ?? 'does not hold',
  }))
  const first = errors[0]
  const part = error.validationContext ?? 'body'
  const detail =
    first === undefined
      ? `the ${part} does not hold`
      : `${part}${first.pointer}: ${first.detail}; see /openapi.json`
  return problemOf(part === 'body' ? 'NICR_BODY_INVALID' : 'NICR_REQUEST_INVALID', detail, errors)
}

const ERRORS_SHOWN_MAX = 16

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0]!.slice(0, 200)
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The body may hold an unsent draft: nothing of it may reach a log. */
    takesDrafts?: boolean
  }
}
