import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { identifyProcess } from '../../local/process-identity.ts'
import { type Config, readConfig } from '../../pipelines/config.ts'

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'nicr-test-local-'))
}

/** A folder that is removed after the test. */
export function testFolder(): string {
  const folder = temporaryFolder()
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export function embeddedConfig(dataDir: string, env: Readonly<Record<string, string>> = {}): Config {
  return readConfig({
    NICR_DATA_DIR: dataDir,
    NICR_KAFKA_PORT: '0',
    NICR_REGISTRY_PORT: '0',
    NICR_CLICKHOUSE_PORT: '0',
    ...env,
  })
}

/** The process and its guard. */
export function withGuard(pid: number): number[] {
  if (!existsSync(`/proc/${pid}/stat`)) return [pid]
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  return [pid, parent]
}

export function alive(pids: readonly number[]): number[] {
  return pids.filter(pid => identifyProcess(pid) !== null)
}
