import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ClickHouse, createClickHouse, quoteName } from '../../pipelines/clickhouse.ts'
import { dropDatabase, newClickHouse } from '../support/clickhouse.ts'
import { stackMissing } from '../support/stack.ts'

describe.skipIf(stackMissing() !== null)('ClickHouse', () => {
  let clickhouse: ClickHouse
  beforeAll(async () => {
    clickhouse = newClickHouse()
    await clickhouse.createDatabase()
    await clickhouse.command(
      `CREATE TABLE things (id String, size Int32, at DateTime64(3, 'UTC')) ENGINE = MergeTree ORDER BY id
       SETTINGS non_replicated_deduplication_window = 100`,
    )
  })
  afterAll(() => dropDatabase(clickhouse))

  const count = async () => (await clickhouse.query<{ n: number }>('SELECT count() AS n FROM things'))[0]?.n

  it('stores rows once, however often the same batch is sent', async () => {
    const rows = [{ id: 'naïve 👍', size: 2 ** 31 - 1, at: 1_700_000_000_123 }]
    await clickhouse.insertRows('things', rows, { deduplicationToken: 'things:0:1-1' })
    await clickhouse.insertRows('things', rows, { deduplicationToken: 'things:0:1-1' })
    expect(await count()).toBe(1)
    await clickhouse.insertRows('things', rows, { deduplicationToken: 'things:0:2-2' })
    expect(await count()).toBe(2)
  })

  it('binds parameters, so that no text is taken for SQL', async () => {
    const rows = await clickhouse.query(
      'SELECT id, toUnixTimestamp64Milli(at) AS ms FROM things WHERE id = {id:String} LIMIT 1',
      {
        id: 'naïve 👍',
      },
    )
    expect(rows).toEqual([{ id: 'naïve 👍', ms: 1_700_000_000_123 }])
    expect(await clickhouse.query('SELECT {id:String} AS id', { id: "' OR 1 --" })).toEqual([
      { id: "' OR 1 --" },
    ])
  })

  it('takes thousands of ids as a parameter, whatever they hold', async () => {
    const ids = Array.from(
      { length: 10_000 },
      (_, i) => `it's "${i}" \\ 👍 of a rather long name, as ids may be`,
    )
    const [row] = await clickhouse.query<{ n: number; last: string }>(
      'SELECT length({ids:Array(String)}) AS n, {ids:Array(String)}[-1] AS last',
      { ids },
    )
    expect(row).toEqual({ n: 10_000, last: ids.at(-1) })
  })

  it('gives 64-bit integers as numbers', async () => {
    expect(await clickhouse.query('SELECT toUInt64(9007199254740991) AS n')).toEqual([
      { n: 9007199254740991 },
    ])
  })

  it('says when a row will never fit, so that it can be set apart', async () => {
    const insert = clickhouse.insertRows('things', [{ id: 'x', size: 'large' }], {
      deduplicationToken: 'bad',
    })
    await expect(insert).rejects.toMatchObject({
      code: 'NICR_CLICKHOUSE_REFUSED',
      message: expect.stringContaining('size'),
    })
  })

  it('says when trying again may help', async () => {
    const insert = clickhouse.insertRows('no_such_table', [{ id: 'x' }], { deduplicationToken: 'later' })
    await expect(insert).rejects.toMatchObject({ code: 'NICR_CLICKHOUSE_UNAVAILABLE' })
  })

  it('refuses a statement it cannot read', async () => {
    await expect(clickhouse.command('CREATE TABEL x')).rejects.toMatchObject({
      code: 'NICR_CLICKHOUSE_REFUSED',
    })
    await expect(clickhouse.query('SELECT colour FROM things')).rejects.toMatchObject({
      code: 'NICR_CLICKHOUSE_REFUSED',
    })
  })

  it('knows whether its database is there, and creates it twice', async () => {
    const other = newClickHouse()
    expect(await other.hasDatabase()).toBe(false)
    await other.createDatabase()
    await other.createDatabase()
    expect(await other.hasDatabase()).toBe(true)
    await dropDatabase(other)
  })

  it('answers a ping', async () => {
    expect(await clickhouse.ping()).toBe(true)
  })
})

it('is unavailable where nothing listens', async () => {
  const nobody = createClickHouse({
    url: 'http://127.0.0.1:1',
    username: 'default',
    password: '',
    database: 'nicr',
  })
  const token = { deduplicationToken: 't' }
  await expect(nobody.insertRows('things', [{ id: 'x' }], token)).rejects.toMatchObject({
    code: 'NICR_CLICKHOUSE_UNAVAILABLE',
  })
  expect(await nobody.ping()).toBe(false)
  await nobody.close()
})

it('quotes names', () => {
  expect(quoteName('my`db')).toBe('`my\\`db`')
})
