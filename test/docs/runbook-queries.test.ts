import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClickHouse } from '../../pipelines/clickhouse.ts'
import { packagePath } from '../../schemas/package-root.ts'
import { dropDatabase, newMigratedClickHouse } from '../support/clickhouse.ts'
import { stackMissing } from '../support/stack.ts'

/** What docs/operations/alerts.md has somebody type at night is understood by the real engine. */

const page = readFileSync(packagePath('docs', 'operations', 'alerts.md'), 'utf8')
const queries = [...page.matchAll(/`sql "(SELECT [^"]+)"`/g)].map(([, sql]) => sql!)

describe.skipIf(stackMissing() !== null)('the queries of the runbooks', () => {
  let clickhouse: ClickHouse
  beforeAll(async () => {
    clickhouse = await newMigratedClickHouse()
  })
  afterAll(() => dropDatabase(clickhouse))

  it('are all of those on the page', () => {
    expect(queries).toHaveLength(page.match(/\bSELECT (?!version)/g)!.length)
  })

  it.each(queries)('%s', async sql => {
    await expect(clickhouse.query(sql)).resolves.toBeInstanceOf(Array)
  })
})
