/** The port to ClickHouse, over HTTP: the only importer of its client. */
import { ClickHouseError, createClient } from '@clickhouse/client'
import { NicrError } from '../schemas/errors.ts'

export interface ClickHouse {
  readonly database: string
  /**
   * Inserts rows (objects whose properties are columns) in one block. A retry with the same token and the same rows
   * adds nothing, as long as the table remembers it.
   * @throws NicrError NICR_CLICKHOUSE_REFUSED where a value does not fit its column: again would not help
   * @throws NicrError NICR_CLICKHOUSE_UNAVAILABLE otherwise: the rows may be tried again
   */
  insertRows(
    table: string,
    rows: readonly object[],
    options: { readonly deduplicationToken: string },
  ): Promise<void>
  /** Rows of a SELECT; parameters are bound, as in `WHERE contentId = {id:String}`. */
  query<T>(sql: string, params?: Readonly<Record<string, unknown>>): Promise<T[]>
  /** A statement without rows. */
  command(sql: string, params?: Readonly<Record<string, unknown>>): Promise<void>
  /** Creates the database if it is not there. */
  createDatabase(): Promise<void>
  /** Whether the database is there. */
  hasDatabase(): Promise<boolean>
  /** Whether ClickHouse answers. */
  ping(): Promise<boolean>
  close(): Promise<void>
}

export interface ClickHouseAddress {
  readonly url: string
  readonly username: string
  readonly password: string
  readonly database: string
}

const REQUEST_TIMEOUT_MS = 30_000
const CONNECTIONS_MAX = 10
const QUERY_BYTES_MAX = 16 * 1024 * 1024

/** A client of the database named in `address`, which need not exist yet. */
export function createClickHouse(address: ClickHouseAddress): ClickHouse {
  const client = connect(address, address.database)
  // A request names its database, and fails if that is not there yet: creating it needs another one.
  const outside = connect(address, 'default')

  async function ask<T>(what: string, request: () => Promise<T>): Promise<T> {
    try {
      return await request()
    } catch (error) {
      throw toNicrError(error, what, address.url)
    }
  }

  return {
    database: address.database,
    insertRows: (table, rows, { deduplicationToken }) =>
      ask(`inserting into ${table}`, async () => {
        await client.insert({
          table,
          values: rows as object[],
          format: 'JSONEachRow',
          clickhouse_settings: { insert_deduplicate: 1, insert_deduplication_token: deduplicationToken },
        })
      }),
    query: <T>(sql: string, params: Readonly<Record<string, unknown>> = {}) =>
      ask('reading', async () => {
        const result = await client.query({ query: sql, query_params: { ...params }, format: 'JSONEachRow' })
        return result.json<T>()
      }),
    command: (sql, params = {}) =>
      ask('running a statement', async () => {
        await client.command({ query: sql, query_params: { ...params } })
      }),
    createDatabase: () =>
      ask(`creating database ${address.database}`, async () => {
        await outside.command({ query: `CREATE DATABASE IF NOT EXISTS ${quoteName(address.database)}` })
      }),
    hasDatabase: () =>
      ask('reading', async () => {
        const result = await outside.query({
          query: 'SELECT 1 FROM system.databases WHERE name = {name:String}',
          query_params: { name: address.database },
          format: 'JSONEachRow',
        })
        return (await result.json()).length > 0
      }),
    ping: async () => (await client.ping()).success,
    async close() {
      await Promise.all([client.close(), outside.close()])
    },
  }
}

/** A name as an identifier in SQL. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``
}

function connect(address: ClickHouseAddress, database: string) {
  return createClient({
    url: address.url,
    username: address.username,
    password: address.password,
    database,
    application: 'nicr',
    request_timeout: REQUEST_TIMEOUT_MS,
    max_open_connections: CONNECTIONS_MAX,
    // Hundreds of ids as a parameter are more than an address holds.
    use_multipart_params_auto: true,
    // Errors reach the caller; the client need not print them too.
    log: { level: 127 },
    clickhouse_settings: {
      output_format_json_quote_64bit_integers: 0,
      async_insert: 0,
      // Parameters count as a part of the query.
      max_query_size: String(QUERY_BYTES_MAX),
    },
  })
}

/**
 * What ClickHouse calls the errors that come from what it was given, not from its state. All others (too many parts,
 * memory, disk, read-only, a missing table, a wrong password) may pass, so rows are kept and tried again.
 */
const refusals =
  /^(CANNOT_|INCORRECT_|ILLEGAL_|SYNTAX_ERROR|TYPE_MISMATCH|BAD_ARGUMENTS|ARGUMENT_OUT_OF_BOUND|VALUE_IS_OUT_OF_RANGE|DECIMAL_OVERFLOW|TOO_LARGE_STRING_SIZE|NO_COMMON_TYPE|UNKNOWN_(IDENTIFIER|FUNCTION|SETTING|TYPE|ELEMENT_OF_ENUM)|NO_SUCH_COLUMN|UNEXPECTED_DATA_AFTER_PARSED_VALUE|SIZES_OF_)/
/** `CANNOT_` also begins names of disk, memory and network troubles. */
const troubles = /^CANNOT_(?!PARSE_|CONVERT_|READ_ALL_DATA|READ_MAP|READ_ARRAY|INSERT_)/

function toNicrError(error: unknown, what: string, url: string): NicrError {
  if (error instanceof ClickHouseError) {
    const type = error.type ?? ''
    const refused = refusals.test(type) && !troubles.test(type)
    const code = refused ? 'NICR_CLICKHOUSE_REFUSED' : 'NICR_CLICKHOUSE_UNAVAILABLE'
    return new NicrError(code, `${what} at ${url}: ${type} (${error.code}): ${error.message}`, {
      cause: error,
    })
  }
  const message = error instanceof Error ? error.message || String(error) : String(error)
  return new NicrError('NICR_CLICKHOUSE_UNAVAILABLE', `${what} at ${url}: ${message}`, { cause: error })
}
