/**
 * The ClickHouse engine in this process, by npm `chdb`. Each request gets a connection of its own (0.1 ms): settings,
 * parameters, the current database and temporary tables live and die with it.
 *
 * Queries run on libuv's threads, so the event loop stays free; because the same few threads serve file access, only
 * `queriesAtOnceMax` run together and the rest wait in order.
 */
import { mkdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { NicrError } from '../../schemas/errors.ts'
import { ClickHouseException } from './exceptions.ts'

/** Queries that wait for a thread; one more is refused with TOO_MANY_SIMULTANEOUS_QUERIES. */
const queriesWaitingMax = 1000

/** What the engine gives back: bytes (empty where the result went to a file), rows returned or written, and their size in memory. */
export type EngineResult = { bytes: Uint8Array; rows: number; rowBytes: number; elapsedMs: number }

/** The part of chdb that is used. The package is optional, so its own types may be absent when this is compiled. */
type ChdbModule = { Session: new (path: string) => ChdbSession; drainPending: () => Promise<void> }
type ChdbSession = {
  queryAsync: (sql: string, options: { format: string }) => Promise<ChdbResult>
  close: () => void
}
type ChdbResult = { bytes: () => Uint8Array; rowsRead: number; bytesRead: number; elapsed: number }

export type EngineConnection = {
  /** Runs one statement; rejects with the engine's own error, whose message begins `Code: N. DB::Exception`. */
  run: (sql: string, options?: { format?: string; signal?: AbortSignal }) => Promise<EngineResult>
  close: () => void
}

export type Engine = {
  version: string
  timezone: string
  hostName: string
  connect: () => EngineConnection
  /** Asks the engine to stop every query whose `log_comment` is this. */
  cancel: (logComment: string) => Promise<void>
  /** Waits until nothing runs any more, then releases the data directory. */
  close: () => Promise<void>
}

/**
 * Opens the engine on a directory, which it locks for this process.
 * @throws NicrError NICR_CHDB_MISSING, NICR_DATA_DIR_IN_USE, NICR_PART_FAILED
 */
export async function openEngine(options: {
  dataDir: string
  emptyDir: string
  queriesAtOnceMax: number
}): Promise<Engine> {
  const chdb = await loadChdb()
  const dataDir = resolve(options.dataDir)
  mkdirSync(dataDir, { recursive: true })
  const control = openControl(chdb, dataDir, options.emptyDir)
  const turns = takeTurns(options.queriesAtOnceMax)
  const open = new Set<ChdbSession>()
  const facts = await control.queryAsync('SELECT version(), serverTimezone(), hostName()', {
    format: 'JSONCompactEachRow',
  })
  const [version, timezone, hostName] = JSON.parse(Buffer.from(facts.bytes()).toString()) as [
    string,
    string,
    string,
  ]
  return {
    version,
    timezone,
    hostName,
    connect() {
      const session = new chdb.Session(dataDir)
      open.add(session)
      return {
        run: (sql, { format = 'TabSeparated', signal } = {}) =>
          turns(async () => toResult(await session.queryAsync(sql, { format })), signal),
        close() {
          open.delete(session)
          session.close()
        },
      }
    },
    async cancel(logComment) {
      const sql = `KILL QUERY WHERE Settings['log_comment'] = ${quote(logComment)} ASYNC`
      await control.queryAsync(sql, { format: 'Null' })
    },
    async close() {
      await chdb.drainPending()
      for (const session of [...open, control]) session.close()
      await chdb.drainPending()
    },
  }
}

/** A string as a ClickHouse literal. */
export function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\0', '\\0')}'`
}

async function loadChdb(): Promise<ChdbModule> {
  const packageName: string = 'chdb'
  try {
    const loaded = (await import(packageName)) as Partial<ChdbModule> & { default?: ChdbModule }
    return (loaded.Session ? loaded : loaded.default) as ChdbModule
  } catch (cause) {
    const detail = `the embedded ClickHouse engine (npm package chdb) could not be loaded: ${(cause as Error).message.split('\n')[0]}. Run \`npm ci\` without --omit=optional, or give CLICKHOUSE_URL`
    throw new NicrError('NICR_CHDB_MISSING', detail, { cause })
  }
}

/**
 * The first connection starts the engine. Its `default` database shows every file of the working directory as a table
 * and prefers it to a table of that name, so the engine is opened from a directory that is empty.
 */
function openControl(chdb: ChdbModule, dataDir: string, emptyDir: string): ChdbSession {
  const workingDir = process.cwd()
  process.chdir(emptyDir)
  try {
    return new chdb.Session(dataDir)
  } catch (cause) {
    const owner = lockOwner(dataDir)
    if (owner !== undefined) {
      const detail = `the ClickHouse data directory ${dataDir} is in use by process ${owner}. Stop it, or give another NICR_DATA_DIR`
      throw new NicrError('NICR_DATA_DIR_IN_USE', detail, { cause })
    }
    const detail = `the embedded ClickHouse engine did not open ${dataDir}: ${(cause as Error).message}. Its own words are on standard error`
    throw new NicrError('NICR_PART_FAILED', detail, { cause })
  } finally {
    process.chdir(workingDir)
  }
}

/** The engine holds a file lock on `status`, which names its process; the kernel drops the lock with the process. */
function lockOwner(dataDir: string): number | undefined {
  try {
    const pid = Number(/PID: (\d+)/.exec(readFileSync(join(dataDir, 'status'), 'utf8'))?.[1])
    process.kill(pid, 0)
    return pid
  } catch {
    return undefined
  }
}

function toResult(result: ChdbResult): EngineResult {
  return {
    bytes: result.bytes(),
    rows: result.rowsRead,
    rowBytes: result.bytesRead,
    elapsedMs: result.elapsed * 1000,
  }
}

/** Runs at most `atOnceMax` jobs together, the others in order of arrival; an aborted one that still waits never starts. */
function takeTurns(atOnceMax: number): <T>(job: () => Promise<T>, signal?: AbortSignal) => Promise<T> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (job, signal) => {
    if (running < atOnceMax) running += 1
    else if (waiting.length < queriesWaitingMax) await new Promise<void>(start => waiting.push(start))
    else {
      const detail = `Too many simultaneous queries. Maximum: ${atOnceMax + queriesWaitingMax}`
      throw new ClickHouseException('TOO_MANY_SIMULTANEOUS_QUERIES', detail)
    }
    try {
      if (signal?.aborted) throw new ClickHouseException('QUERY_WAS_CANCELLED', 'Query was cancelled')
      return await job()
    } finally {
      // The turn passes on to the next in line, so `running` counts it already; nobody can slip in between.
      const startNext = waiting.shift()
      if (startNext === undefined) running -= 1
      else startNext()
    }
  }
}
