import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { NicrError } from '../schemas/errors.ts'
import { identifyProcess, isRunning, type ProcessIdentity } from './process-identity.ts'

/** Parts of a launcher that was killed get this long to stop by themselves before they are killed. */
const leftoverMsMax = 20_000
const leftoverPollMs = 50
/** A holder that was just killed may take a moment to be gone. */
const lockMsMax = 1_000
const lockPollMs = 50

/** The data directory, held by this process until `release`. */
export interface DataDir {
  readonly path: string
  /** Remembers a started part, so that a later launcher can end it should this one and the guard be killed. */
  recordPart(pid: number): void
  release(): void
}

/**
 * Makes the data directory if need be and takes it for this process. What an earlier launcher left behind when it was
 * killed (its lock, parts that are still stopping) is cleared away first.
 * @throws NicrError NICR_DATA_DIR_IN_USE; NICR_CONFIG_INVALID where it cannot be written
 */
export async function takeDataDir(path: string): Promise<DataDir> {
  const lockFile = join(path, 'stack.lock')
  const partsFile = join(path, 'parts.json')
  try {
    mkdirSync(join(path, 'logs'), { recursive: true })
    await takeLock(lockFile, path)
  } catch (error) {
    if (error instanceof NicrError) throw error
    throw new NicrError(
      'NICR_CONFIG_INVALID',
      `NICR_DATA_DIR: ${path} cannot be written (${(error as Error).message}).`,
    )
  }
  await endLeftovers(partsFile)
  const parts: ProcessIdentity[] = []
  return {
    path,
    recordPart(pid) {
      const identity = identifyProcess(pid)
      if (identity === null) return
      parts.push(identity)
      replaceFile(partsFile, JSON.stringify(parts))
    },
    release() {
      rmSync(partsFile, { force: true })
      rmSync(lockFile, { force: true })
    },
  }
}

/** Writes a file so that a reader, or a crash, sees it whole or not at all. */
export function replaceFile(path: string, text: string, mode = 0o644): void {
  const temporary = `${path}.${process.pid}.tmp`
  rmSync(temporary, { force: true })
  writeFileSync(temporary, text, { mode })
  renameSync(temporary, path)
}

/** A lock is a file that names its holder. It appears by `link`, so it is never seen empty or half-written. */
async function takeLock(lockFile: string, dataDir: string): Promise<void> {
  const own = `${lockFile}.${process.pid}`
  writeFileSync(own, JSON.stringify(identifyProcess(process.pid)))
  try {
    const deadline = Date.now() + lockMsMax
    while (!tryLink(own, lockFile)) {
      const text = readText(lockFile)
      const holder = parseIdentity(text ?? '')
      const held = holder !== null && isRunning(holder)
      if (Date.now() > deadline) throw inUse(dataDir, holder?.pid ?? null)
      if (held) await delay(lockPollMs)
      else if (text !== null) setAside(lockFile, text)
    }
  } finally {
    rmSync(own, { force: true })
  }
}

/** Removes a stale lock, unless another process has replaced it by its own in the meantime. */
function setAside(lockFile: string, staleText: string): void {
  const aside = `${lockFile}.stale.${process.pid}`
  try {
    renameSync(lockFile, aside)
  } catch {
    return
  }
  if (readText(aside) !== staleText) tryLink(aside, lockFile)
  rmSync(aside, { force: true })
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function inUse(dataDir: string, pid: number | null): NicrError {
  const holder = pid === null ? 'another process' : `process ${pid}`
  return new NicrError(
    'NICR_DATA_DIR_IN_USE',
    `${dataDir} is in use by ${holder}. Stop that \`nicr up\`, or set NICR_DATA_DIR to another directory.`,
  )
}

async function endLeftovers(partsFile: string): Promise<void> {
  const parts = parseIdentities(readText(partsFile) ?? '[]')
  for (const part of parts) if (isRunning(part)) signalProcess(part, 'SIGTERM')
  const deadline = Date.now() + leftoverMsMax
  while (parts.some(isRunning)) {
    if (Date.now() > deadline) for (const part of parts) if (isRunning(part)) signalProcess(part, 'SIGKILL')
    await delay(leftoverPollMs)
  }
  rmSync(partsFile, { force: true })
}

function signalProcess(part: ProcessIdentity, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(part.pid, signal)
  } catch {
    // It ended in the meantime.
  }
}

function parseIdentities(text: string): ProcessIdentity[] {
  const value = parseJson(text)
  return Array.isArray(value) ? value.filter(isIdentity) : []
}

function parseIdentity(text: string): ProcessIdentity | null {
  const value = parseJson(text)
  return isIdentity(value) ? value : null
}

function isIdentity(value: unknown): value is ProcessIdentity {
  const identity = value as Partial<ProcessIdentity> | null
  return typeof identity?.pid === 'number' && typeof identity.startedAt === 'string'
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
