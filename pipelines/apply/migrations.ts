import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { NicrError } from '../../schemas/errors.ts'
import { packagePath } from '../../schemas/package-root.ts'
import { type ClickHouse, quoteName } from '../clickhouse.ts'
import type { ApplyParts, PlannedStep } from './planned-step.ts'

/** A numbered file of `schemas/clickhouse/`: statements that do no harm when they are run again. */
export interface Migration {
  /** Such as `0001_content`. */
  readonly name: string
  readonly sql: string
  /** SHA-256 of the file, in hexadecimal. */
  readonly checksum: string
}

/** The migrations of this version in their order. */
export function readMigrations(folder = packagePath('schemas', 'clickhouse')): readonly Migration[] {
  const files = readdirSync(folder).filter(file => /^\d{4}_[a-z0-9_]+\.sql$/.test(file))
  return files.sort().map(file => {
    const sql = readFileSync(`${folder}/${file}`, 'utf8')
    return {
      name: file.slice(0, -'.sql'.length),
      sql,
      checksum: createHash('sha256').update(sql).digest('hex'),
    }
  })
}

/** The statements of a migration for a database: they end with a semicolon at the end of a line. */
export function statementsOf(migration: Migration, database: string): readonly string[] {
  return migration.sql
    .replaceAll('{database}', quoteName(database))
    .split(/;[ \t]*(?:\n|$)/)
    .map(statement => statement.trim())
    .filter(statement => statement !== '')
}

/**
 * The database and its migrations. Two processes may run the same migration at once: each statement leaves alone
 * what is there, and the bookkeeping collapses the two rows.
 */
export async function planClickHouse({
  clickhouse,
}: Pick<ApplyParts, 'clickhouse'>): Promise<readonly PlannedStep[]> {
  const { database } = clickhouse
  const exists = await clickhouse.hasDatabase()
  const applied = exists ? await appliedMigrations(clickhouse) : new Map<string, string>()
  const first: PlannedStep = {
    what: `database ${database}`,
    action: exists ? 'keep' : 'create',
    run: () => clickhouse.createDatabase(),
  }
  return [first, ...readMigrations().map(migration => planMigration(migration, applied, clickhouse))]
}

function planMigration(
  migration: Migration,
  applied: ReadonlyMap<string, string>,
  clickhouse: ClickHouse,
): PlannedStep {
  const { name, checksum } = migration
  const known = applied.get(name)
  if (known !== undefined && known !== checksum)
    throw new NicrError(
      'NICR_MIGRATION_CHANGED',
      `schemas/clickhouse/${name}.sql was applied to database ${clickhouse.database} with checksum ${known.slice(0, 12)}…, ` +
        `but the file now has ${checksum.slice(0, 12)}…. Restore the file and put the change into a new migration; ` +
        `or, if the tables are as the file says, correct the row in ${clickhouse.database}.schema_migrations`,
    )
  return {
    what: `migration ${name}`,
    action: known === undefined ? 'create' : 'keep',
    run: async () => {
      await clickhouse.command(bookkeepingTable(clickhouse.database))
      for (const statement of statementsOf(migration, clickhouse.database))
        await clickhouse.command(statement)
      await clickhouse.insertRows('schema_migrations', [{ name, checksum }], {
        deduplicationToken: `${name}:${checksum}`,
      })
    },
  }
}

async function appliedMigrations(clickhouse: ClickHouse): Promise<Map<string, string>> {
  const tables = await clickhouse.query<{ name: string }>(
    "SELECT name FROM system.tables WHERE database = {database:String} AND name = 'schema_migrations'",
    { database: clickhouse.database },
  )
  if (tables.length === 0) return new Map()
  const rows = await clickhouse.query<{ name: string; checksum: string }>(
    `SELECT name, checksum FROM ${quoteName(clickhouse.database)}.schema_migrations FINAL`,
  )
  return new Map(rows.map(row => [row.name, row.checksum]))
}

function bookkeepingTable(database: string): string {
  return `CREATE TABLE IF NOT EXISTS ${quoteName(database)}.schema_migrations
(
  name String COMMENT 'Name of the migration: its file in schemas/clickhouse without .sql.',
  checksum String COMMENT 'SHA-256 of the file as it was applied, in hexadecimal.',
  at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it was applied.'
)
ENGINE = ReplacingMergeTree(at)
ORDER BY name
COMMENT 'The migrations that were applied to this database.'`
}
