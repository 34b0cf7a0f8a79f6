import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { packagePath } from '../../schemas/package-root.ts'

/** What came of a statement: its rows as text, tab-separated, or the engine's error. */
export interface Said {
  readonly rows?: string
  readonly error?: string
}

/** A process of its own: a process can have one data directory open, with one set of users. */
const PROGRAM = `
import chdb from 'chdb'
import { readFileSync } from 'node:fs'
const { dataDir, args, statements } = JSON.parse(readFileSync(0, 'utf8'))
const session = new chdb.Session(dataDir, { connectionArgs: args })
const said = []
for (const sql of statements) {
  try {
    said.push({ rows: Buffer.from((await session.queryAsync(sql, { format: 'TSV' })).bytes()).toString().trim() })
  } catch (error) {
    said.push({ error: error.message.split('\\n')[0] })
  }
}
session.close()
process.stdout.write(JSON.stringify(said))`

const RUN_MS_MAX = 120_000

/**
 * Runs statements one after the other in the ClickHouse engine, in a data directory that no other process has open.
 * @param configFile a config.xml beside which lies the users.xml to take: the engine's user is the one named default there
 */
export function runInEngine(
  dataDir: string,
  statements: readonly string[],
  configFile?: string,
): readonly Said[] {
  const args = configFile === undefined ? [] : [`--config-file=${configFile}`]
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', PROGRAM], {
    cwd: packagePath(),
    input: JSON.stringify({ dataDir, args, statements }),
    encoding: 'utf8',
    timeout: RUN_MS_MAX,
    maxBuffer: 16 * 1024 * 1024,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  return JSON.parse(output) as Said[]
}

/** Why there is no engine: it is an optional package. Null if it is there. */
export function engineMissing(): string | null {
  try {
    createRequire(import.meta.url).resolve('chdb')
    return null
  } catch {
    return 'the npm package chdb is not installed'
  }
}
