import { Readable } from 'node:stream'
import { type ClickHouseClient, ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engineMissing, startTestEndpoint, type TestEndpoint } from './support.ts'

describe.skipIf(engineMissing)('@clickhouse/client on the embedded ClickHouse', () => {
  let endpoint: TestEndpoint
  let client: ClickHouseClient
  const connect = (options: Parameters<typeof createClient>[0] = {}) =>
    createClient({ url: endpoint.url, log: { level: ClickHouseLogLevel.OFF }, ...options })
  const rowsOf = async <T>(query: string, query_params: Record<string, unknown> = {}): Promise<T[]> =>
    (await client.query({ query, query_params, format: 'JSONEachRow' })).json<T>()

  beforeAll(async () => {
    endpoint = await startTestEndpoint()
    client = connect({ compression: { request: true, response: true } })
  })
  afterAll(async () => {
    await client?.close()
    await endpoint?.close()
  })

  it('pings, and names the server in its headers', async () => {
    expect(await client.ping()).toEqual({ success: true })
    const result = await client.query({ query: 'SELECT 1', query_id: 'my-own-id', format: 'JSON' })
    await result.text()
    expect(result.query_id).toBe('my-own-id')
    expect(result.response_headers).toMatchObject({
      'x-clickhouse-query-id': 'my-own-id',
      'x-clickhouse-format': 'JSON',
      'x-clickhouse-timezone': expect.any(String),
      'x-clickhouse-server-display-name': expect.any(String),
      'content-encoding': 'gzip',
    })
  })

  it('streams rows in and reads them back with bound parameters', async () => {
    await client.command({
      query: 'CREATE TABLE posts (id UInt32, text String) ENGINE = MergeTree ORDER BY id',
    })
    const rows = Readable.from(
      Array.from({ length: 1000 }, (_, id) => ({ id, text: `it's\tpost ${id} — ü` })),
    )
    const inserted = await client.insert({ table: 'posts', values: rows, format: 'JSONEachRow' })
    expect(inserted.summary?.written_rows).toBe('1000')
    const query = 'SELECT id, text FROM posts WHERE text = {text: String} AND id IN {ids: Array(UInt32)}'
    expect(await rowsOf(query, { text: "it's\tpost 7 — ü", ids: [6, 7] })).toEqual([
      { id: 7, text: "it's\tpost 7 — ü" },
    ])
  })

  it('applies settings to one query only', async () => {
    const query = "SELECT getSetting('max_threads') AS threads"
    const clickhouse_settings = { max_threads: 7, async_insert: 1, wait_end_of_query: 1 } as const
    const changed = await client.query({ query, format: 'JSONEachRow', clickhouse_settings })
    expect(await changed.json()).toEqual([{ threads: 7 }])
    expect(await rowsOf(query)).not.toEqual([{ threads: 7 }])
  })

  it('keeps settings, variables and temporary tables of a session, but not those of its single queries', async () => {
    const session = connect({ session_id: 'one' })
    await session.command({ query: 'CREATE TEMPORARY TABLE mine (a UInt8)' })
    await session.command({ query: 'SET max_block_size = 1234' })
    const other = { max_threads: 7 }
    await session.query({ query: 'SELECT 1', clickhouse_settings: other }).then(result => result.text())
    const query =
      "SELECT count() AS n, getSetting('max_block_size') AS size, getSetting('max_threads') = 7 AS leaked FROM mine"
    const result = await session.query({ query, format: 'JSONEachRow' })
    expect(await result.json()).toEqual([{ n: 0, size: 1234, leaked: 0 }])
    await session.close()
    await expect(rowsOf('SELECT * FROM mine')).rejects.toMatchObject({ code: '60' })
  })

  it('reports exceptions as the server does', async () => {
    await expect(rowsOf('SELECT * FROM nowhere')).rejects.toMatchObject({ code: '60', type: 'UNKNOWN_TABLE' })
    await expect(rowsOf('SELEC 1')).rejects.toMatchObject({ code: '62', type: 'SYNTAX_ERROR' })
    await expect(rowsOf('SELECT throwIf(number = 90000) FROM numbers(100000)')).rejects.toBeInstanceOf(
      ClickHouseError,
    )
    const broken = client.insert({ table: 'posts', values: [{ id: 'no number' }], format: 'JSONEachRow' })
    await expect(broken).rejects.toMatchObject({
      code: '27',
      message: expect.not.stringContaining(endpoint.dataDir),
    })
  })

  it('refuses another user', async () => {
    const stranger = connect({ username: 'bob', password: 'secret' })
    await expect(stranger.query({ query: 'SELECT 1' })).rejects.toMatchObject({ code: '516' })
    await stranger.close()
  })

  it('gives and takes Native bytes unchanged', async () => {
    const { stream } = await client.exec({
      query: "SELECT toUInt32(77) AS id, unhex('00ff80') AS text FORMAT Native",
    })
    const bytes = Buffer.concat(await stream.toArray())
    expect(bytes.includes(Buffer.from([0x00, 0xff, 0x80]))).toBe(true)
    await client.command({ query: 'CREATE TABLE copies (id UInt32, text String) ENGINE = Memory' })
    const plain = connect()
    await plain
      .exec({ query: 'INSERT INTO copies FORMAT Native', values: Readable.from([bytes]) })
      .then(({ stream }) => stream.resume())
    await plain.close()
    expect(await rowsOf('SELECT id, hex(text) AS text FROM copies')).toEqual([{ id: 77, text: '00FF80' }])
  })

  it('answers pings while a query runs, and stops the query when its caller leaves', async () => {
    const leave = new AbortController()
    const query = 'SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) % 7 = 3'
    const running = client.query({ query, abort_signal: leave.signal })
    running.catch(() => undefined)
    const queries = () =>
      rowsOf<{ query: string }>(
        "SELECT query FROM system.processes WHERE query LIKE '%1000000000000%' AND query NOT LIKE '%processes%'",
      )
    await expect.poll(queries).toHaveLength(1)
    expect(await client.ping()).toEqual({ success: true })
    leave.abort()
    await expect(running).rejects.toThrow()
    await expect.poll(queries, { timeout: 10_000 }).toHaveLength(0)
  })

  it('serves twenty clients at once, each its own parameters', async () => {
    const answers = Array.from({ length: 20 }, async (_, x) => {
      const own = connect()
      const result = await own.query({
        query: 'SELECT {x: UInt32} AS x, sum(number) AS n FROM numbers(100000)',
        query_params: { x },
        format: 'JSONEachRow',
      })
      const rows = await result.json<{ x: number }>()
      await own.close()
      return rows[0]?.x
    })
    expect(await Promise.all(answers)).toEqual(Array.from({ length: 20 }, (_, x) => x))
  })

  it('takes 200,000 rows in one insert', async () => {
    await client.command({
      query: 'CREATE TABLE many (id UInt32, text String) ENGINE = MergeTree ORDER BY id',
    })
    const count = 200_000
    const values = Array.from({ length: count }, (_, id) => ({ id, text: `a short text, number ${id}` }))
    const start = performance.now()
    await client.insert({ table: 'many', values, format: 'JSONEachRow' })
    const rowsPerSecond = Math.round((count / (performance.now() - start)) * 1000)
    console.log(`inserted ${count} rows at ${rowsPerSecond} rows/s`)
    expect(await rowsOf('SELECT count() AS n FROM many')).toEqual([{ n: count }])
  })
})
