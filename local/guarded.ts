import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { packagePath } from '../schemas/package-root.ts'

/** How long the guard's own bookkeeping may take beyond the part's grace before its whole group is killed. */
const guardMarginMs = 5_000
/** The shell's status for a command that could not be started. */
const notStarted = 127
/** The shell's status for a command that was ended by SIGKILL. */
const killed = 137

export interface GuardedOptions {
  /** Shown by `ps` on the guard's command line. */
  readonly name: string
  /** Program and arguments; words must not hold line breaks. */
  readonly command: readonly string[]
  readonly cwd: string
  /** File descriptor that takes the output that no listener takes; null drops it. */
  readonly logFd: number | null
  /** Takes stdout, from its first byte on: listeners that come later miss what a short-lived program printed. */
  readonly onStdout?: (chunk: Buffer) => void
  /** Takes stderr, from its first byte on. */
  readonly onStderr?: (chunk: Buffer) => void
  /** Time between TERM and KILL. */
  readonly graceMs: number
}

/** A process that ends at the latest when this one does: see guard.sh. */
export interface Guarded {
  /** Process id of the program itself (not of its guard). */
  readonly pid: number
  /**
   * Resolves, once it is gone and its listeners had all its output, to its exit status as a shell tells it: 128 + n if
   * signal n ended it. Never rejects.
   */
  readonly exited: Promise<number>
  /** TERM, then KILL after the grace; resolves when the process is gone. Safe to repeat. */
  stop(): Promise<void>
}

/** Starts a program under a guard, in a session of its own. A program that cannot be found exits with 127. */
export async function spawnGuarded(options: GuardedOptions): Promise<Guarded> {
  const { name, command, cwd, logFd, onStdout, onStderr, graceMs } = options
  if (command.some(word => word === '' || /[\r\n]/.test(word)))
    throw new Error(`A word of the command for ${name} is empty or holds a line break`)
  const unheard = logFd ?? 'ignore'
  const guard = spawn('/bin/sh', [packagePath('local', 'guard.sh'), name, String(Math.ceil(graceMs / 100))], {
    cwd,
    detached: true,
    stdio: ['pipe', onStdout ? 'pipe' : unheard, onStderr ? 'pipe' : unheard, 'pipe', 'pipe'],
  })
  if (onStdout) guard.stdout?.on('data', onStdout)
  if (onStderr) guard.stderr?.on('data', onStderr)
  const exited = exitOf(guard)
  const launcherPipe = guard.stdin as Writable
  // A guard that is gone shows by `exited`; its broken pipe says nothing more.
  launcherPipe.on('error', () => {})
  launcherPipe.write(`${command.join('\n')}\n\n`)
  const pid = await readPid(guard.stdio[3] as Readable)
  const partStdin = guard.stdio[4] as Writable
  partStdin.on('error', () => {})
  const stop = async () => {
    launcherPipe.end()
    const late = setTimeout(() => killGroup(guard), graceMs + guardMarginMs)
    await exited
    clearTimeout(late)
  }
  return { pid, exited, stop }
}

function exitOf(guard: ChildProcess): Promise<number> {
  return new Promise(resolve => {
    guard.once('error', () => resolve(notStarted))
    // Only a guard that was itself killed leaves its part behind.
    guard.once('exit', (_, signal) => signal !== null && killGroup(guard))
    guard.once('close', code => resolve(code ?? killed))
  })
}

/** Guard and part share a process group whose id no other process can take while one of them lives. */
function killGroup(guard: ChildProcess): void {
  if (guard.pid === undefined) return
  try {
    process.kill(-guard.pid, 'SIGKILL')
  } catch {
    // Nothing of the group is left.
  }
}

async function readPid(pipe: Readable): Promise<number> {
  let text = ''
  for await (const chunk of pipe) text += String(chunk)
  return Number(text)
}
