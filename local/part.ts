import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { NicrError } from '../schemas/errors.ts'
import type { DataDir } from './data-dir.ts'
import { type Guarded, spawnGuarded } from './guarded.ts'
import type { PartName } from './progress.ts'

/** Between two questions whether a part is ready. */
const askAgainMs = 50
/** A start takes seconds; after an unclean end, a broker with much data may have to check its logs. */
const startMsMax = 120_000
const tailLinesMax = 20

/** A running part of the stack. */
export interface Part {
  readonly name: PartName
  readonly pid: number
  readonly port: number
  /** How long it took from its start to its first answer. */
  readonly startedMs: number
  /** Resolves, when the part has ended, to how it ended and what it logged last. Never rejects. */
  readonly ended: Promise<string>
  stop(): Promise<void>
}

/** What every part needs to start. */
export interface PartContext {
  readonly dataDir: DataDir
  /** Port to listen on; for ClickHouse 0 lets it choose. */
  readonly port: number
  readonly signal: AbortSignal
  readonly report: (detail: string) => void
}

/** What is particular to one part. */
export interface PartPlan {
  readonly name: PartName
  /** For messages. */
  readonly title: string
  readonly command: readonly string[]
  readonly graceMs: number
  /** Log files under `<data directory>/logs` that the program writes by itself. */
  readonly ownLogs: readonly string[]
  /** Takes stdout, from its first byte on; without it, stdout goes to the console log. */
  readonly onStdout?: (chunk: Buffer) => void
  /** Asks whether the part serves yet: its port once it does, null to be asked again. Throws if it never will. */
  ready(): Promise<number | null>
}

/**
 * Starts a part and waits until it answers.
 * @throws NicrError NICR_PART_FAILED with the end of its log; the signal's reason if that is aborted first
 */
export async function startPart(plan: PartPlan, { dataDir, signal }: PartContext): Promise<Part> {
  signal.throwIfAborted()
  const startedAt = performance.now()
  const consoleLog = join(dataDir.path, 'logs', `${plan.name}-console.log`)
  const logFd = openLog(consoleLog)
  const logs = [...plan.ownLogs.map(name => logFrom(join(dataDir.path, 'logs', name))), logFrom(consoleLog)]
  const running = await spawnGuarded({ ...plan, cwd: dataDir.path, logFd }).finally(() => closeSync(logFd))
  dataDir.recordPart(running.pid)
  try {
    const port = await waitUntilReady(plan, running, { logs, signal })
    const startedMs = Math.round(performance.now() - startedAt)
    const ended = running.exited.then(
      status => `${plan.title} ended with status ${status}. ${describeLogs(logs)}`,
    )
    return { name: plan.name, pid: running.pid, port, startedMs, ended, stop: running.stop }
  } catch (error) {
    await running.stop()
    throw error
  }
}

/**
 * Runs a short-lived program of a part to its end.
 * @throws NicrError NICR_PART_FAILED with what it printed
 */
export async function runToEnd(
  plan: Pick<PartPlan, 'name' | 'title' | 'command' | 'graceMs'>,
  { dataDir, signal }: PartContext,
): Promise<void> {
  signal.throwIfAborted()
  const log = join(dataDir.path, 'logs', `${plan.name}-console.log`)
  const logFd = openLog(log)
  const running = await spawnGuarded({ ...plan, cwd: dataDir.path, logFd }).finally(() => closeSync(logFd))
  const stop = () => void running.stop()
  signal.addEventListener('abort', stop, { once: true })
  const status = await running.exited
  signal.removeEventListener('abort', stop)
  signal.throwIfAborted()
  if (status !== 0)
    throw new NicrError(
      'NICR_PART_FAILED',
      `${plan.title} ended with status ${status}. ${describeLogs([{ path: log, startBytes: 0 }])}`,
    )
}

async function waitUntilReady(
  plan: PartPlan,
  running: Guarded,
  { logs, signal }: { logs: readonly Log[]; signal: AbortSignal },
): Promise<number> {
  let status: number | null = null
  void running.exited.then(value => {
    status = value
  })
  const deadline = performance.now() + startMsMax
  for (;;) {
    signal.throwIfAborted()
    const port = await plan.ready()
    if (port !== null) return port
    if (status !== null)
      throw new NicrError(
        'NICR_PART_FAILED',
        `${plan.title} ended with status ${status} before it was ready. ${describeLogs(logs)}`,
      )
    if (performance.now() > deadline)
      throw new NicrError(
        'NICR_PART_FAILED',
        `${plan.title} was not ready within ${startMsMax / 1000} s. ${describeLogs(logs)}`,
      )
    await delay(askAgainMs)
  }
}

/** What the program prints, kept for this start and the one before. */
function openLog(path: string): number {
  try {
    renameSync(path, path.replace(/\.log$/, '.1.log'))
  } catch {
    // The first start has none.
  }
  return openSync(path, 'w')
}

/** A log file, and where in it this start begins. */
interface Log {
  readonly path: string
  readonly startBytes: number
}

function logFrom(path: string): Log {
  return { path, startBytes: statSync(path, { throwIfNoEntry: false })?.size ?? 0 }
}

function describeLogs(logs: readonly Log[]): string {
  const tails = logs.map(log => ({ path: log.path, text: tail(log) })).filter(({ text }) => text !== '')
  if (tails.length === 0) return `It logged nothing in ${logs.map(({ path }) => path).join(', ')}`
  return tails.map(({ path, text }) => `The end of ${path}:\n${text}`).join('\n')
}

/** The last lines since this start; log files are bounded by those who write them. */
function tail({ path, startBytes }: Log): string {
  try {
    const bytes = readFileSync(path)
    // A file that is shorter than it was has been rolled over since.
    const text = bytes.subarray(bytes.length < startBytes ? 0 : startBytes).toString('utf8')
    return text.trimEnd().split('\n').slice(-tailLinesMax).join('\n')
  } catch {
    return ''
  }
}
