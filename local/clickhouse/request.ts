/** Reads a request's address and headers into what ClickHouse's HTTP interface means by them. */
import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { ClickHouseException } from './exceptions.ts'

export type ClickHouseRequest = {
  /** The `query` parameter; the statement may go on in the body. */
  query: string
  queryId: string
  /** Values of `{name:Type}` placeholders, as ClickHouse escapes them in URLs. */
  params: Map<string, string>
  /** Settings of this query, in the order they were given. */
  settings: Map<string, string>
  database: string | undefined
  session: { id: string; timeoutS: number; mustExist: boolean } | undefined
  /** The format asked for outside the query; TabSeparated if none. */
  defaultFormat: string | undefined
  /** ClickHouse's own compressed blocks: of the response (`compress=1`) and of the body (`decompress=1`). */
  compressedBlocks: { response: boolean; body: boolean }
  /** The declared external tables of a multipart body, by name. */
  externals: Map<string, { format: string; structure: string }>
}

/** Parameters of the HTTP interface that are no settings of the engine; the server takes them the same way. */
const interfaceParameters = new Set(
  'query query_id database user password quota_key session_id session_timeout session_check close_session default_format compress decompress stacktrace role buffer_size wait_end_of_query client_protocol_version framing'.split(
    ' ',
  ),
)
const sessionTimeoutS = { default: 60, max: 3600 }
const namePattern = /^[A-Za-z_][A-Za-z0-9_.]*$/

/**
 * @param search the URL's parameters, with those of a form added
 * @param options.multipart whether the body is a form, which may carry external tables
 * @throws ClickHouseException for a name that cannot be a setting
 */
export function readRequest(
  search: URLSearchParams,
  headers: IncomingHttpHeaders,
  options: { multipart: boolean },
): ClickHouseRequest {
  const params = new Map<string, string>()
  const settings = new Map<string, string>()
  const externals: ClickHouseRequest['externals'] = options.multipart ? readExternals(search) : new Map()
  for (const [name, value] of search) {
    if (name.startsWith('param_')) params.set(name.slice('param_'.length), value)
    else if (!interfaceParameters.has(name) && !isExternal(name, externals)) settings.set(name, value)
  }
  for (const name of [...params.keys(), ...settings.keys()]) {
    if (!namePattern.test(name)) throw new ClickHouseException('UNKNOWN_SETTING', `Unknown setting '${name}'`)
  }
  const sessionId = search.get('session_id')
  return {
    query: search.getAll('query').join('\n'),
    queryId: search.get('query_id') || randomUUID(),
    params,
    settings,
    database: search.get('database') || header(headers, 'x-clickhouse-database'),
    session: sessionId ? { id: sessionId, ...sessionOptions(search) } : undefined,
    defaultFormat: search.get('default_format') || header(headers, 'x-clickhouse-format'),
    compressedBlocks: { response: isOn(search.get('compress')), body: isOn(search.get('decompress')) },
    externals,
  }
}

/**
 * There is one user, `default`, without a password, as on a fresh server.
 * @throws ClickHouseException AUTHENTICATION_FAILED for any other
 */
export function authenticate(search: URLSearchParams, headers: IncomingHttpHeaders): void {
  const { user, password } = credentials(search, headers)
  if (user === 'default' && password === '') return
  const detail = `${user}: Authentication failed: password is incorrect, or there is no user with such name.`
  throw new ClickHouseException('AUTHENTICATION_FAILED', detail)
}

function credentials(
  search: URLSearchParams,
  headers: IncomingHttpHeaders,
): { user: string; password: string } {
  const authorization = headers.authorization
  if (authorization !== undefined) {
    const [scheme, value = ''] = authorization.split(' ')
    if (scheme?.toLowerCase() !== 'basic') return { user: 'default', password: authorization }
    const [user = '', ...password] = Buffer.from(value, 'base64').toString().split(':')
    return { user: user || 'default', password: password.join(':') }
  }
  const user = header(headers, 'x-clickhouse-user') ?? search.get('user')
  const password = header(headers, 'x-clickhouse-key') ?? search.get('password')
  return { user: user || 'default', password: password ?? '' }
}

function readExternals(search: URLSearchParams): ClickHouseRequest['externals'] {
  const externals: ClickHouseRequest['externals'] = new Map()
  for (const [parameter, value] of search) {
    const name = /^(.+)_(?:structure|types)$/.exec(parameter)?.[1]
    if (name === undefined || !namePattern.test(name)) continue
    const structure = parameter.endsWith('_types') ? numberedColumns(value) : value
    externals.set(name, { format: search.get(`${name}_format`) ?? 'TabSeparated', structure })
  }
  return externals
}

function isExternal(parameter: string, externals: ClickHouseRequest['externals']): boolean {
  const name = /^(.+)_(?:structure|types|format)$/.exec(parameter)?.[1]
  return name !== undefined && externals.has(name)
}

/** `name_types` lists types only; the server names the columns _1, _2, … */
function numberedColumns(types: string): string {
  const split = types.match(/(?:[^,(]|\([^)]*\))+/g) ?? []
  return split.map((type, index) => `_${index + 1} ${type.trim()}`).join(', ')
}

function sessionOptions(search: URLSearchParams): { timeoutS: number; mustExist: boolean } {
  const given = search.get('session_timeout')
  const timeoutS = given === null ? sessionTimeoutS.default : Number(given)
  if (!Number.isInteger(timeoutS) || timeoutS < 0 || timeoutS > sessionTimeoutS.max) {
    const detail = `Invalid session timeout: '${given}'; it must be a whole number of seconds up to ${sessionTimeoutS.max}`
    throw new ClickHouseException('BAD_ARGUMENTS', detail)
  }
  return { timeoutS, mustExist: isOn(search.get('session_check')) }
}

function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  return (Array.isArray(value) ? value[0] : value) || undefined
}

function isOn(value: string | null): boolean {
  return value === '1' || value === 'true'
}
