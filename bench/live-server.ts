import { fork } from 'node:child_process'
import { NicrError } from '../schemas/errors.ts'
import { benchProgram } from './bench-program.ts'
import type { TypedDraft } from './typed-drafts.ts'

/** What is served: Nicr itself, or a reference that sends back what it gets. */
export type ServerWork = 'nicr' | 'ws-echo' | 'fastify-echo'

/** What a server's process is asked, one at a time. */
export type Question =
  | { readonly type: 'serve'; readonly work: ServerWork }
  | { readonly type: 'cpu' }
  | { readonly type: 'parts'; readonly drafts: readonly TypedDraft[] }

export interface PartMicros {
  /** Reading a draft's frame and writing its answer's, without a socket. */
  readonly framing: number
  readonly scoring: number
}

/** A server in a process of its own, so that its CPU time is its own. */
export interface MeasuredServer {
  readonly port: number
  /** User and system time since the process began, all threads, in microseconds. */
  cpuMicros(): Promise<number>
  /** Nicr only: CPU time a draft of what its answer is made of, in microseconds. */
  partMicros(drafts: readonly TypedDraft[]): Promise<PartMicros>
  stop(): Promise<void>
}

/** Known to the bench's Nicr alone. */
export const BENCH_KEY = 'bench-key-of-nicr-bench-live'

/** As `nicr serve` is run in docker-compose.yml; the references have them too. */
const SERVER_FLAGS = ['--max-semi-space-size=64']

/**
 * Starts a server on a free port of the loopback.
 * @throws NicrError NICR_BENCH_FAILED if it does not start, or ends before it is stopped; the signal's reason
 */
export async function startServer(
  work: ServerWork,
  { profileDir, signal }: { readonly profileDir?: string; readonly signal: AbortSignal },
): Promise<MeasuredServer> {
  signal.throwIfAborted()
  const program = benchProgram('live-server-run.js')
  const profiled = ['--cpu-prof', '--cpu-prof-dir', profileDir ?? '', '--cpu-prof-name', `${work}.cpuprofile`]
  const child = fork(program, { execArgv: [...SERVER_FLAGS, ...(profileDir === undefined ? [] : profiled)] })
  const onAbort = () => child.kill('SIGKILL')
  signal.addEventListener('abort', onAbort, { once: true })
  const ended = new Promise<never>((_, reject) => {
    child.once('error', reject)
    child.once('exit', code => {
      signal.removeEventListener('abort', onAbort)
      reject(
        signal.aborted ? signal.reason : new NicrError('NICR_BENCH_FAILED', `${work} ended with ${code}`),
      )
    })
  })
  ended.catch(() => undefined)
  const ask = async <Answer>(question: Question): Promise<Answer> => {
    const answer = new Promise<Answer>(resolve =>
      child.once('message', message => resolve(message as Answer)),
    )
    child.send(question)
    return Promise.race([answer, ended])
  }
  const { port } = await ask<{ port: number }>({ type: 'serve', work })
  return {
    port,
    cpuMicros: () => ask({ type: 'cpu' }),
    partMicros: drafts => ask({ type: 'parts', drafts }),
    async stop() {
      child.disconnect()
      await ended.catch(() => undefined)
    },
  }
}
