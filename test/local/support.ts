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
  return existsSync(`/proc/${pid}/stat`) ? [pid, statField(pid, 1)] : [pid]
}

/** The process group, to which a terminal sends a Ctrl-C. */
export function groupOf(pid: number): number {
  return statField(pid, 2)
}

/** A field of /proc/<pid>/stat, counted from the one behind the program's name. */
function statField(pid: number, index: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[index])
}

export function alive(pids: readonly number[]): number[] {
  return pids.filter(pid => identifyProcess(pid) !== null)
}
