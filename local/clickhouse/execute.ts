/**
 * Runs one statement on one connection. Rows go to a file and from there to the caller: memory stays bounded, every
 * format comes out whole, the engine compresses it, and the HTTP status is known to be right before the first byte.
 */
import { join } from 'node:path'
import type { Received, SpooledData } from './body.ts'
import type { Encoding } from './compression.ts'
import { type EngineConnection, type EngineResult, quote } from './engine.ts'
import { ClickHouseException } from './exceptions.ts'
import { formatWithoutRequest, readFormatName } from './formats.ts'
import type { ClickHouseRequest } from './request.ts'
import type { PlainStatement } from './statement.ts'

/** What a SELECT may write to disk before it is stopped, unless the query sets `max_result_bytes` itself. */
const resultBytesMax = 16 * 1024 * 1024 * 1024

export type Answer = {
  /** The format of the rows; absent where there are none. */
  format?: string
  body: { bytes: Uint8Array } | { path: string; encoding: Encoding | undefined }
  /** Counts for X-ClickHouse-Summary. The engine tells rows returned and written, not those read below a filter. */
  summary: {
    resultRows: number
    resultBytes: number
    writtenRows: number
    writtenBytes: number
    elapsedMs: number
  }
}

export type Execution = {
  connection: EngineConnection
  /** Whether the connection belongs to a session, whose settings must be as before afterwards. */
  kept: boolean
  request: ClickHouseRequest
  received: Received
  externals: { name: string; format: string; structure: string; path: string }[]
  /** A GET may only read. */
  readonly: boolean
  encoding: Encoding | undefined
  /** A directory of this request's own. */
  spoolDir: string
  signal: AbortSignal
}

/** The mark by which a running query of this request can be found and stopped, or undefined if the caller set one. */
export function cancelMarkOf(request: ClickHouseRequest): string | undefined {
  return request.settings.has('log_comment') ? undefined : `nicr ${request.queryId}`
}

/** @throws ClickHouseException, or the engine's error */
export async function execute(execution: Execution): Promise<Answer> {
  const { connection, received, readonly, kept } = execution
  if (readonly && ('insert' in received || (kept && !received.statement.readsOnly))) {
    throw new ClickHouseException(
      'READONLY',
      'default: Cannot execute query in readonly mode. For queries over HTTP, method GET implies readonly. You should use method POST for modifying queries',
    )
  }
  const restore = kept ? await restorer(execution) : undefined
  try {
    await prepare(execution)
    return 'insert' in received
      ? await insertData(connection, received.insert, received.data, execution.signal)
      : await runPlain(execution, received.statement, received.sql)
  } finally {
    for (const sql of restore ?? []) await connection.run(sql)
  }
}

async function prepare({
  connection,
  request,
  received,
  externals,
  readonly,
  kept,
  signal,
}: Execution): Promise<void> {
  if (request.database !== undefined) await connection.run(`USE ${quoteName(request.database)}`, { signal })
  for (const table of externals) {
    await connection.run(`CREATE TEMPORARY TABLE ${quoteName(table.name)} (${table.structure})`, { signal })
    const source = `FROM INFILE ${quote(table.path)} FORMAT ${readFormatName(table.format)}`
    await connection.run(`INSERT INTO ${quoteName(table.name)} ${source}`, { signal })
  }
  const settings = settingsOf(request, received)
  // In a session readonly could not be taken back; there the statement itself was checked.
  if (readonly && !kept && !settings.has('readonly')) settings.set('readonly', '2')
  // Parameters are text of the next statement here, which they are not at a server.
  const sqlBytesMax = settings.get('max_query_size')
  if (sqlBytesMax !== undefined)
    await connection.run(`SET max_query_size = ${quote(sqlBytesMax)}`, { signal })
  const changes = [
    ...[...settings].map(([name, value]) => `${name} = ${quote(value)}`),
    ...[...request.params].map(([name, value]) => `param_${name} = ${quote(value)}`),
  ]
  if (changes.length > 0) await connection.run(`SET ${changes.join(', ')}`, { signal })
}

function settingsOf(request: ClickHouseRequest, received: Received): Map<string, string> {
  const settings = new Map(request.settings)
  const mark = cancelMarkOf(request)
  if (mark !== undefined) settings.set('log_comment', mark)
  const toFile = 'statement' in received && received.statement.rows === 'file'
  if (toFile && !settings.has('max_result_bytes')) settings.set('max_result_bytes', String(resultBytesMax))
  return settings
}

/** The statements that undo what `prepare` changes in a session: its settings and its database. */
async function restorer({ connection, request, received }: Execution): Promise<string[]> {
  const names = [...settingsOf(request, received).keys()].map(quote).join(', ')
  const sql = `SELECT name, value, changed, currentDatabase() FROM system.settings WHERE name IN (${names || "''"}, 'readonly')`
  const result = await connection.run(sql, { format: 'JSONCompactEachRow' })
  const lines = Buffer.from(result.bytes).toString().trimEnd().split('\n')
  const rows = lines.map(
    line => JSON.parse(line) as [name: string, value: string, changed: number, database: string],
  )
  const changes = rows
    .filter(([name]) => name !== 'readonly')
    .map(([name, value, changed]) => `SET ${name} = ${changed ? quote(value) : 'DEFAULT'}`)
  return request.database === undefined ? changes : [...changes, `USE ${quoteName(rows[0]![3])}`]
}

async function insertData(
  connection: EngineConnection,
  insert: { head: string; settings: string; format: string },
  data: SpooledData,
  signal: AbortSignal,
): Promise<Answer> {
  const compression = data.compression === undefined ? '' : ` COMPRESSION ${quote(data.compression)}`
  const source = `FROM INFILE ${quote(data.path)}${compression}`
  const sql = `${insert.head}\n ${source} ${insert.settings}\n FORMAT ${readFormatName(insert.format)}`
  const { rows, rowBytes, elapsedMs } = await connection.run(sql, { signal })
  const summary = {
    resultRows: rows,
    resultBytes: rowBytes,
    writtenRows: rows,
    writtenBytes: rowBytes,
    elapsedMs,
  }
  return { body: { bytes: new Uint8Array(0) }, summary }
}

async function runPlain(execution: Execution, statement: PlainStatement, sql: Buffer): Promise<Answer> {
  const { connection, request, signal } = execution
  const format = readFormatName(statement.format ?? request.defaultFormat ?? formatWithoutRequest)
  const text = sql.toString('utf8', 0, statement.end)
  if (statement.rows === 'file') {
    try {
      return await selectToFile(execution, statement, sql, format)
    } catch (error) {
      // The added clause may be what is wrong, and must not show in the message: the statement as it came decides.
      if (!(error as Error).message.startsWith('Code: 62.')) throw error
    }
  }
  const result = await connection.run(text, { format, signal })
  const answer = { body: { bytes: result.bytes }, summary: readSummary(result) }
  return statement.rows === 'none' ? answer : { ...answer, format }
}

async function selectToFile(
  execution: Execution,
  statement: PlainStatement,
  sql: Buffer,
  format: string,
): Promise<Answer> {
  const { connection, encoding, spoolDir, signal } = execution
  const path = join(spoolDir, 'result')
  const select = sql.toString('utf8', 0, statement.formatStart ?? statement.end)
  const formatClause =
    statement.formatStart === undefined
      ? `FORMAT ${format}`
      : sql.toString('utf8', statement.formatStart, statement.end)
  const compression = encoding === undefined ? '' : ` COMPRESSION ${quote(encoding)}`
  const result = await connection.run(
    `${select}\n INTO OUTFILE ${quote(path)}${compression} ${formatClause}`,
    { signal },
  )
  return { format, body: { path, encoding }, summary: readSummary(result) }
}

function readSummary(result: EngineResult): Answer['summary'] {
  const { rows, rowBytes, elapsedMs } = result
  return { resultRows: rows, resultBytes: rowBytes, writtenRows: 0, writtenBytes: 0, elapsedMs }
}

function quoteName(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``
}
