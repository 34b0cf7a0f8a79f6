/**
 * What the endpoint refuses, in ClickHouse's own terms: clients read the number, the name and the HTTP status, so all
 * three follow the real server. Failures of the engine arrive as text and are read back into the same shape.
 */
export class ClickHouseException extends Error {
  readonly code: number
  readonly label: string
  constructor(kind: keyof typeof ownExceptions, detail: string) {
    super(detail)
    this.name = 'ClickHouseException'
    this.code = ownExceptions[kind]
    this.label = kind
  }
}

/** The exceptions this endpoint raises itself; the numbers are ClickHouse's. */
const ownExceptions = {
  BAD_ARGUMENTS: 36,
  NOT_IMPLEMENTED: 48,
  UNKNOWN_FORMAT: 73,
  SYNTAX_ERROR: 62,
  UNKNOWN_SETTING: 115,
  INCORRECT_DATA: 117,
  READONLY: 164,
  QUERY_IS_TOO_LARGE: 229,
  TOO_MANY_SIMULTANEOUS_QUERIES: 202,
  ABORTED: 236,
  SUPPORT_IS_DISABLED: 344,
  SESSION_NOT_FOUND: 372,
  SESSION_IS_LOCKED: 373,
  QUERY_WAS_CANCELLED: 394,
  AUTHENTICATION_FAILED: 516,
} as const

/** What the server says of a failure that is not its own. */
const standardException = 1001

/** HTTP status for each group of exception codes, as in the server's `exceptionCodeToHTTPStatus.cpp`; all others are 500. */
const codesByStatus: Record<number, readonly number[]> = {
  401: [194],
  403: [192, 193, 497, 512, 516],
  400: [
    6, 8, 15, 25, 26, 27, 36, 37, 38, 41, 44, 53, 62, 72, 117, 123, 167, 168, 223, 321, 376, 427, 441, 675,
    676,
  ],
  404: [46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 152, 336, 511],
  408: [159],
  411: [381],
  413: [229],
  415: [779],
  501: [48],
  503: [76, 209, 439],
}
const statusByCode = new Map(
  Object.entries(codesByStatus).flatMap(([status, codes]) =>
    codes.map(code => [code, Number(status)] as const),
  ),
)

/** A failure as it goes out: the exception's number, the HTTP status and the body's text. */
export type ExceptionAnswer = { code: number; status: number; text: string }

/**
 * Turns what was thrown into ClickHouse's answer. `version` is the engine's, which the server appends to each message.
 * Anything that is neither ours nor the engine's is a bug and is thrown on.
 */
export function describeException(error: unknown, version: string): ExceptionAnswer {
  if (error instanceof ClickHouseException) {
    const text = `Code: ${error.code}. DB::Exception: ${error.message} (${error.label})`
    return answer(error.code, text, version)
  }
  const message = error instanceof Error ? error.message : String(error)
  const code = /^Code: (\d+)\./.exec(message)?.[1]
  if (code !== undefined) return answer(Number(code), cleanEngineMessage(message), version)
  // A full disk, or an engine that has stopped: such failures carry a code of the system's.
  if (typeof (error as { code?: unknown }).code !== 'string') throw error
  return answer(
    standardException,
    `Code: ${standardException}. DB::Exception: ${message} (STD_EXCEPTION)`,
    version,
  )
}

function answer(code: number, text: string, version: string): ExceptionAnswer {
  return {
    code,
    status: statusByCode.get(code) ?? 500,
    text: `${text} (version ${version} (official build))\n`,
  }
}

/** The engine reports a failed insert twice over and names our spool files, of which the caller knows nothing. */
function cleanEngineMessage(message: string): string {
  const nested =
    /^Code: (\d+)\. DB::Exception: (Code: \1\. DB::Exception: [\s\S]*)\. \([A-Z0-9_]+\)\s*$/.exec(message)
  return (nested?.[2] ?? message)
    .replace(/ \(version [^()]*(\([^()]*\))?\)\s*$/, '')
    .replace(/:? ?\(in file\/uri [^)]*\)/g, '')
    .replace(
      /: While executing File: data for INSERT was parsed from file/g,
      ': data for INSERT was parsed from the request',
    )
    .replace(/ FROM INFILE '[^']*'( COMPRESSION '[^']*')?/g, '')
    .trimEnd()
}
