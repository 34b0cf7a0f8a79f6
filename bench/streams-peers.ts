import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import type { Delivery } from '../pipelines/config.ts'
import { NicrError } from '../schemas/errors.ts'

/** How the peers' programs are started. Nothing of them is part of Nicr. */
export interface PeerPrograms {
  /** A folder with `schemas` and `py`. */
  readonly dir: string
  /** A Java with the class path that holds StreamsPeer and its libraries; null: none. */
  readonly java: { readonly path: string; readonly classPath: string } | null
  /** A Python with the peers' requirements; null: none. */
  readonly python: string | null
}

export interface Peer {
  readonly name: PeerName
  readonly command: string
  readonly args: readonly string[]
}

export const peerNames = ['kafka-streams', 'quix'] as const
export type PeerName = (typeof peerNames)[number]

export interface PeerJob {
  readonly brokers: readonly string[]
  readonly input: string
  readonly output: string
  readonly group: string
  readonly events: number
  readonly delivery: Delivery
}

const modes: Readonly<Record<Delivery, string>> = { 'at-least-once': 'alo', 'exactly-once': 'eos' }
/** As much as the peers' own script gives it. */
const JAVA_HEAP = '-Xmx1g'
/** Characters kept of what a peer says: of its output the first, of its complaints the last. */
const SAID_MAX = 2_000
/** With its first record in hand each prints the wall clock in ms. */
const FIRST = /^FIRST (\d+)/m

/** The peers that can be started, and why others cannot. */
export function findPeers({ dir, java, python }: PeerPrograms): {
  readonly peers: readonly Peer[]
  readonly missing: Partial<Record<PeerName, string>>
} {
  const peers: Peer[] = []
  const missing: Partial<Record<PeerName, string>> = {}
  if (java === null) missing['kafka-streams'] = 'no class path was given (--class-path)'
  else
    peers.push({
      name: 'kafka-streams',
      command: java.path,
      args: [JAVA_HEAP, '-cp', absolute(java.classPath), 'StreamsPeer'],
    })
  if (python === null) missing.quix = 'no Python was given (--python)'
  else peers.push({ name: 'quix', command: python, args: [resolve(dir, 'py', 'quix_peer.py')] })
  return { peers, missing }
}

/**
 * Runs a peer's program until it ends by itself.
 * @returns the wall clock, in ms, when it had its first record at hand
 * @throws NicrError NICR_BENCH_FAILED with the end of what it said; the signal's reason
 */
export async function runPeer(
  { name, command, args }: Peer,
  job: PeerJob,
  { dir, msMax, signal }: { readonly dir: string; readonly msMax: number; readonly signal: AbortSignal },
): Promise<number> {
  signal.throwIfAborted()
  // They look for the schemas where they run, and may write there: their own folder is left alone.
  const cwd = mkdtempSync(join(tmpdir(), 'nicr-bench-peer-'))
  symlinkSync(resolve(dir, 'schemas'), join(cwd, 'schemas'))
  try {
    // `env` adds the job to the environment that this process has, and becomes the program.
    const child = spawn('env', [...assignments(job), command, ...args], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: msMax,
      killSignal: 'SIGKILL',
      signal,
    })
    let began = ''
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      began = `${began}${text}`.slice(0, SAID_MAX)
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = `${said}${text}`.slice(-SAID_MAX)
    })
    // By then all that it said was read.
    const [code, killedBy] = await once(child, 'close')
    const first = FIRST.exec(began)
    if (code !== 0 || first === null)
      throw new Error(`it ended with ${code ?? killedBy}. ${said.trim().split('\n').at(-1)}`)
    return Number(first[1])
  } catch (cause) {
    signal.throwIfAborted()
    throw new NicrError('NICR_BENCH_FAILED', `${name}: ${(cause as Error).message}`, { cause })
  } finally {
    rmSync(cwd, { recursive: true, force: true })
  }
}

/** A class path for a program that runs in another folder. */
function absolute(classPath: string): string {
  return classPath
    .split(delimiter)
    .map(entry => resolve(entry))
    .join(delimiter)
}

/** The job as the peers take it: in their environment. */
function assignments({ brokers, input, output, group, events, delivery }: PeerJob): string[] {
  return Object.entries({
    BROKERS: brokers.join(','),
    IN: input,
    OUT: output,
    GROUP: group,
    N: events,
    MODE: modes[delivery],
    PYTHONDONTWRITEBYTECODE: 1,
  }).map(([name, value]) => `${name}=${value}`)
}
