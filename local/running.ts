import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { replaceFile } from './data-dir.ts'
import { identifyProcess, isRunning } from './process-identity.ts'

/** Addresses of a running `nicr up`, by which the other commands find it. */
export interface RunningAddresses {
  /** URL of the server, where one was started. */
  readonly server?: string
  readonly kafkaBrokers?: readonly string[]
  readonly registryUrl?: string
  readonly clickhouseUrl?: string
  /** The development key. */
  readonly key?: string
}

export interface Running extends RunningAddresses {
  readonly pid: number
  /** ISO time at which it was written. */
  readonly startedAt: string
}

interface RunningFile extends Running {
  /** Tells the process from a later one of the same id. */
  readonly processStartedAt: string
}

/** Writes `running.json` for this process, readable by its user alone: it may hold the development key. */
export function writeRunning(dataDir: string, addresses: RunningAddresses): void {
  const processStartedAt = identifyProcess(process.pid)?.startedAt ?? ''
  const file: RunningFile = {
    pid: process.pid,
    startedAt: new Date().toISOString(),
    processStartedAt,
    ...addresses,
  }
  replaceFile(runningFile(dataDir), `${JSON.stringify(file, null, 2)}\n`, 0o600)
}

/** What runs on the data directory; null if nothing does, or the process that wrote it is gone. */
export function readRunning(dataDir: string): Running | null {
  let file: Partial<RunningFile>
  try {
    file = JSON.parse(readFileSync(runningFile(dataDir), 'utf8'))
  } catch {
    return null
  }
  if (typeof file?.pid !== 'number' || typeof file.processStartedAt !== 'string') return null
  const { processStartedAt, ...running } = file as RunningFile
  return isRunning({ pid: running.pid, startedAt: processStartedAt }) ? running : null
}

/** Removes `running.json`, unless it is another live process's. */
export function removeRunning(dataDir: string): void {
  const running = readRunning(dataDir)
  if (running === null || running.pid === process.pid) rmSync(runningFile(dataDir), { force: true })
}

function runningFile(dataDir: string): string {
  return join(dataDir, 'running.json')
}
