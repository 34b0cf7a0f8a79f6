import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { assertPortFree, freePort } from '../local/ports.ts'
import { readRunning } from '../local/running.ts'
import type { Setting } from '../pipelines/setting.ts'
import { settingTable } from '../pipelines/settings.ts'
import { NicrError } from '../schemas/errors.ts'
import { packagePath } from '../schemas/package-root.ts'

/** A `nicr up` of the demo's own, with nothing set but where it lies and listens. */
export interface OwnNicr {
  /** The settings by which commands find it. */
  readonly env: Readonly<Record<string, string>>
  readonly server: string
  /** The development key. */
  readonly key: string
  /** Rejects if it ends before it is stopped. */
  readonly ended: Promise<never>
  /** Resolves once it and all its parts are gone. Safe to repeat. */
  stop(): Promise<void>
}

/** Where people look for it, unless that is taken. */
const PORT = 8080
const START_MS_MAX = 300_000
/** `nicr up` drains and stops its parts; one that hangs is killed then. */
const STOP_MS_MAX = 40_000
/** Of what it said, for the message when it ends. */
const LAST_LINES = 8

/**
 * Starts it on a data directory that is emptied before.
 * @param onLine told of every line it prints
 * @throws NicrError NICR_DATA_DIR_IN_USE, NICR_PART_FAILED with the end of what it said
 */
export async function startOwnNicr(
  dataDir: string,
  { onLine, signal }: { readonly onLine: (line: string) => void; readonly signal: AbortSignal },
): Promise<OwnNicr> {
  if (readRunning(dataDir) !== null)
    throw new NicrError('NICR_DATA_DIR_IN_USE', `a demo runs on ${dataDir} already; stop it first`)
  rmSync(dataDir, { recursive: true, force: true })
  mkdirSync(dataDir, { recursive: true })
  const port = await assertPortFree('NICR_PORT', 'the server', PORT).then(
    () => PORT,
    () => freePort(new Set([PORT])),
  )
  const env = {
    NICR_DATA_DIR: dataDir,
    NICR_PORT: String(port),
    NICR_KAFKA_PORT: '0',
    NICR_REGISTRY_PORT: '0',
    NICR_CLICKHOUSE_PORT: '0',
  }
  // A session of its own: Ctrl-C reaches the demo alone, which then stops it once.
  const child = spawn(
    '/usr/bin/env',
    [...unset, ...given(env), process.execPath, packagePath('bin', 'nicr.js'), 'up'],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    },
  )
  const said = listen(child, join(dataDir, 'nicr-up.log'), onLine)
  const exited = new Promise<void>(resolve => child.once('close', () => resolve()))
  const stop = stopOnce(child, exited)
  const ended = exited.then((): never => {
    throw new NicrError('NICR_PART_FAILED', `\`nicr up\` ended: ${said.last.join(' | ')}`)
  })
  // It is expected once it is stopped, whether anybody waits for it or not.
  ended.catch(() => undefined)
  try {
    await Promise.race([said.ready, ended, aborted(signal), tooLong()])
    const running = readRunning(dataDir)
    if (running?.server === undefined || running.key === undefined)
      throw new NicrError('NICR_PART_FAILED', `\`nicr up\` says that it is ready, but not where: ${dataDir}`)
    return { env, server: running.server, key: running.key, ended, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** For `env`, which becomes the process: no setting of the surroundings, so that the demo shows the defaults and writes to nobody's Kafka. */
const unset = Object.entries(settingTable).flatMap(([name, setting]: [string, Setting]) => [
  '-u',
  name,
  ...(setting.secret === true ? ['-u', `${name}_FILE`] : []),
])

/** As for `npm start`: it ends by itself where its parent is killed. */
const FOLLOWS_PARENT = 'npm_lifecycle_event=start'

function given(env: Readonly<Record<string, string>>): string[] {
  return [...Object.entries(env).map(([name, value]) => `${name}=${value}`), FOLLOWS_PARENT]
}

/** Writes down all it says, and keeps the end. */
function listen({ stdout, stderr }: ChildProcess, file: string, onLine: (line: string) => void) {
  const log = createWriteStream(file)
  const last: string[] = []
  const ready = new Promise<void>(resolve => {
    for (const input of [stdout!, stderr!])
      createInterface({ input }).on('line', line => {
        log.write(`${line}\n`)
        last.push(line)
        if (last.length > LAST_LINES) last.shift()
        onLine(line)
        if (line.startsWith('ready ')) resolve()
      })
  })
  return { ready, last }
}

function stopOnce(child: ChildProcess, exited: Promise<void>): () => Promise<void> {
  let stopped: Promise<void> | null = null
  return () => {
    stopped ??= (async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX)
      await exited
      clearTimeout(timer)
    })()
    return stopped
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

function tooLong(): Promise<never> {
  return new Promise((_, reject) => {
    const why = `\`nicr up\` was not ready within ${START_MS_MAX / 1000} s`
    setTimeout(() => reject(new NicrError('NICR_PART_FAILED', why)), START_MS_MAX).unref()
  })
}
