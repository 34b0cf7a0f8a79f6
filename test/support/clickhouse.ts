import { planClickHouse } from '../../pipelines/apply/migrations.ts'
import { type ClickHouse, createClickHouse } from '../../pipelines/clickhouse.ts'
import { sharedStack } from './stack.ts'

let databases = 0

/** A client of the shared ClickHouse with a database of its own, empty. */
export function newClickHouse(): ClickHouse {
  const database = `nicr_test_${process.pid}_${process.env['VITEST_POOL_ID'] ?? 0}_${databases++}`
  return createClickHouse({ url: sharedStack().clickhouseUrl, username: 'default', password: '', database })
}

/** The same with Nicr's tables and views. */
export async function newMigratedClickHouse(): Promise<ClickHouse> {
  const clickhouse = newClickHouse()
  for (const step of await planClickHouse({ clickhouse })) await step.run()
  return clickhouse
}

export async function dropDatabase(clickhouse: ClickHouse): Promise<void> {
  if (await clickhouse.hasDatabase())
    await clickhouse.command(`DROP DATABASE IF EXISTS ${clickhouse.database}`)
  await clickhouse.close()
}
