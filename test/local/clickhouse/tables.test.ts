import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engineMissing, startTestEndpoint, type TestEndpoint } from './support.ts'

describe.skipIf(engineMissing)('what Nicr’s tables ask of the embedded ClickHouse', () => {
  let endpoint: TestEndpoint
  let client: ClickHouseClient
  const rowsOf = async (query: string) => (await client.query({ query, format: 'JSONEachRow' })).json()

  beforeAll(async () => {
    endpoint = await startTestEndpoint()
    client = createClient({ url: endpoint.url, log: { level: ClickHouseLogLevel.OFF } })
  })
  afterAll(async () => {
    await client?.close()
    await endpoint?.close()
  })

  it('keeps the newest version of a row with ReplacingMergeTree and FINAL', async () => {
    await client.command({
      query:
        'CREATE TABLE scores (id String, value Float32, _offset UInt64) ENGINE = ReplacingMergeTree(_offset) ORDER BY id',
    })
    for (const [value, _offset] of [
      [1, 10],
      [3, 30],
      [2, 20],
    ]) {
      await client.insert({ table: 'scores', values: [{ id: 'a', value, _offset }], format: 'JSONEachRow' })
    }
    expect(await rowsOf('SELECT id, value FROM scores FINAL')).toEqual([{ id: 'a', value: 3 }])
  })

  it('drops a batch that comes again with its token', async () => {
    await client.command({
      query:
        'CREATE TABLE batches (id UInt8) ENGINE = MergeTree ORDER BY id SETTINGS non_replicated_deduplication_window = 100',
    })
    for (const insert_deduplication_token of ['first', 'first', 'second']) {
      const clickhouse_settings = { insert_deduplication_token }
      await client.insert({
        table: 'batches',
        values: [{ id: 1 }],
        format: 'JSONEachRow',
        clickhouse_settings,
      })
    }
    expect(await rowsOf('SELECT count() AS n FROM batches')).toEqual([{ n: 2 }])
  })

  it('migrates: a column, comments, a view', async () => {
    await client.command({ query: 'CREATE TABLE votes (id UInt8) ENGINE = MergeTree ORDER BY id' })
    await client.command({ query: "ALTER TABLE votes ADD COLUMN value Int8 COMMENT 'down or up'" })
    await client.command({ query: "ALTER TABLE votes MODIFY COMMENT 'All votes'" })
    await client.command({ query: 'CREATE VIEW votes_up AS SELECT * FROM votes WHERE value > 0' })
    expect(await rowsOf("SELECT comment FROM system.tables WHERE name = 'votes'")).toEqual([
      { comment: 'All votes' },
    ])
    expect(
      await rowsOf("SELECT name, comment FROM system.columns WHERE table = 'votes' ORDER BY position"),
    ).toEqual([
      { name: 'id', comment: '' },
      { name: 'value', comment: 'down or up' },
    ])
    expect(await rowsOf('SELECT count() AS n FROM votes_up')).toEqual([{ n: 0 }])
  })

  it('does not take files of the working directory for tables', async () => {
    await expect(rowsOf('SELECT * FROM `package.json`')).rejects.toMatchObject({ code: '60' })
  })
})
