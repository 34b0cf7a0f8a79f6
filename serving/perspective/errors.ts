import type { ErrorCode } from '../../schemas/errors.ts'
import { UNKNOWN_FIELD } from '../invalid-fields.ts'
import type { Problem } from '../problems.ts'

/** Perspective's error envelope, with the messages its clients look for. */
export interface PerspectiveError {
  readonly error: {
    /** The HTTP status. */
    readonly code: number
    readonly message: string
    /** The name of google.rpc.Code. */
    readonly status: string
    readonly details?: readonly object[]
  }
}

export type ErrorType =
  | 'COMMENT_EMPTY'
  | 'COMMENT_TOO_LONG'
  | 'NO_REQUESTED_ATTRIBUTES'
  | 'LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE'
  | 'LANGUAGE_DETECTION_FAILED'
  | 'INVALID_REQUEST'

const SERVICE = 'commentanalyzer.googleapis.com'

/** What is wrong with a request, as Perspective's API says it: 400 INVALID_ARGUMENT. */
export function requestError(errorType: ErrorType, message: string, detail: object = {}): PerspectiveError {
  return invalidArgument(400, message, [
    { '@type': 'type.googleapis.com/google.commentanalyzer.v1alpha1.Error', errorType, ...detail },
  ])
}

export function isPerspectiveError(answer: object): answer is PerspectiveError {
  return 'error' in answer
}

/** `value` where an error may quote it: a short name of Perspective's kind. Anything else could be a draft's text. */
export function quotable(value: string): string {
  return /^[\w@.-]{1,64}$/.test(value) ? value : '(unprintable)'
}

/** The envelope of what failed around a request: credentials, rates, the body, the parts behind. */
export function errorOfProblem(problem: Problem, given: { readonly bodyBytesMax: number }): PerspectiveError {
  const special = specialErrors[problem.code]
  if (special !== undefined) return special(problem, given)
  if (problem.status === 503) return failed(503, 'UNAVAILABLE', problem.detail)
  if (problem.status === 404) return failed(404, 'NOT_FOUND', problem.detail)
  if (problem.status < 500) return requestError('INVALID_REQUEST', problem.detail)
  return failed(500, 'INTERNAL', 'Internal error encountered.')
}

type ToError = (problem: Problem, given: Parameters<typeof errorOfProblem>[1]) => PerspectiveError

const keyNotValid: ToError = () =>
  invalidArgument(400, 'API key not valid. Please pass a valid API key.', [errorInfo('API_KEY_INVALID')])

const payloadNotValid: ToError = ({ detail, errors = [] }) => {
  const [first] = errors
  const what = first === undefined ? `${detail}.` : fieldError(first.pointer, first.detail)
  return requestError('INVALID_REQUEST', `Invalid JSON payload received. ${what}`)
}

function fieldError(pointer: string, detail: string): string {
  const path = pointer.split('/').slice(1).map(quotable)
  if (detail !== UNKNOWN_FIELD) return `Invalid value at '${path.join('.')}': ${detail}.`
  const place = path.slice(0, -1).join('.')
  return `Unknown name "${path.at(-1)}"${place === '' ? '' : ` at '${place}'`}: Cannot find field.`
}

const specialErrors: Partial<Record<ErrorCode, ToError>> = {
  NICR_KEY_MISSING: () => failed(403, 'PERMISSION_DENIED', 'The request is missing a valid API key.'),
  NICR_KEY_INVALID: keyNotValid,
  NICR_TICKET_INVALID: keyNotValid,
  NICR_ROLE_MISSING: ({ detail }) =>
    failed(403, 'PERMISSION_DENIED', `The caller does not have permission: ${detail}`),
  NICR_RATE_LIMITED: ({ detail }) =>
    failed(
      429,
      'RESOURCE_EXHAUSTED',
      `Quota exceeded for quota metric 'Requests' and limit 'Requests per minute' of service '${SERVICE}': ${detail}`,
      [
        errorInfo('RATE_LIMIT_EXCEEDED'),
        {
          '@type': 'type.googleapis.com/google.rpc.Help',
          links: [{ description: 'What this server serves', url: '/openapi.json' }],
        },
      ],
    ),
  NICR_BODY_INVALID: payloadNotValid,
  NICR_REQUEST_INVALID: payloadNotValid,
  NICR_BODY_TOO_LARGE: (_problem, { bodyBytesMax }) =>
    invalidArgument(413, `Request payload size exceeds the limit: ${bodyBytesMax} bytes.`),
  NICR_MEDIA_TYPE_UNSUPPORTED: ({ detail }) => invalidArgument(415, detail),
  NICR_TEXT_TOO_LONG: () => requestError('COMMENT_TOO_LONG', 'Comment text too long.'),
}

function invalidArgument(code: number, message: string, details?: readonly object[]): PerspectiveError {
  return failed(code, 'INVALID_ARGUMENT', message, details)
}

function failed(
  code: number,
  status: string,
  message: string,
  details?: readonly object[],
): PerspectiveError {
  return { error: { code, message, status, ...(details === undefined ? {} : { details }) } }
}

function errorInfo(reason: string): object {
  return {
    '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
    reason,
    domain: 'googleapis.com',
    metadata: { service: SERVICE },
  }
}
