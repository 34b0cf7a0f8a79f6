import { fork, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { SessionSettings } from '../pipelines/runtime/inference/encoder/encoder-session.ts'
import { NicrError } from '../schemas/errors.ts'
import { packagePath } from '../schemas/package-root.ts'
import { benchProgram } from './bench-program.ts'

/** Texts in batches, one batch after the other, for so many seconds. */
export interface EncoderJob {
  readonly texts: readonly string[]
  readonly batch: number
  readonly seconds: number
}

export interface EncoderRate {
  readonly texts: number
  /** User and system time of the process, all threads. */
  readonly cpuSeconds: number
}

export type EncoderQuestion =
  | { readonly type: 'OPEN'; readonly settings: SessionSettings }
  | ({ readonly type: 'RUN' } & EncoderJob)

/** One side of the comparison, in a process of its own, so that its CPU time is its own. */
export interface EncoderSide {
  /** What answers, with versions. */
  readonly name: string
  run(job: EncoderJob): Promise<EncoderRate>
  stop(): Promise<void>
}

/** @throws NicrError NICR_BENCH_FAILED; the signal’s reason */
export async function startOurs(settings: SessionSettings, signal: AbortSignal): Promise<EncoderSide> {
  signal.throwIfAborted()
  const program = benchProgram('encoder-run.js')
  const child = fork(program, { serialization: 'advanced', execArgv: [] })
  const ended = endOf(child, 'exit', 'the encoder', signal)
  const ask = async <Answer>(question: EncoderQuestion): Promise<Answer> => {
    const answer = new Promise<Answer>(resolve => child.once('message', one => resolve(one as Answer)))
    child.send(question)
    return Promise.race([answer, ended])
  }
  await ask<null>({ type: 'OPEN', settings })
  return {
    name: 'nicr',
    run: job => ask<EncoderRate>({ type: 'RUN', ...job }),
    async stop() {
      child.disconnect()
      await ended.catch(() => undefined)
    },
  }
}

/**
 * The pipeline of transformers with a network of the folder’s shape; or why there is none, in words.
 * @param python a Python that has torch and transformers
 * @throws the signal’s reason
 */
export async function startPipeline(
  python: string,
  folder: string,
  signal: AbortSignal,
): Promise<EncoderSide | string> {
  signal.throwIfAborted()
  const child = spawn(python, [packagePath('scripts', 'pipeline-speed.py'), folder], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  // By then all that it said was read.
  const ended = endOf(child, 'close', python, signal)
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-SAID_MAX)
  })
  child.stdin.on('error', () => undefined)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async <Answer>() => {
    const line = await Promise.race([lines.next(), ended])
    if (line.done === true) await ended
    return JSON.parse(String(line.value)) as Answer
  }
  try {
    const { name } = await next<{ name: string }>()
    return {
      name,
      run(job) {
        child.stdin.write(`${JSON.stringify(job)}\n`)
        return next<EncoderRate>()
      },
      async stop() {
        child.stdin.end()
        await ended.catch(() => undefined)
      },
    }
  } catch (error) {
    signal.throwIfAborted()
    return `${python} does not run transformers: ${said.trim().split('\n').at(-1) || (error as Error).message}`
  }
}

/** Of what a program says when it fails, the end. */
const SAID_MAX = 2_000

/** Rejects when the program ends; ends it with the signal. */
function endOf(
  child: ReturnType<typeof spawn>,
  event: 'exit' | 'close',
  name: string,
  signal: AbortSignal,
): Promise<never> {
  const onAbort = () => child.kill('SIGKILL')
  signal.addEventListener('abort', onAbort, { once: true })
  const ended = new Promise<never>((_, reject) => {
    child.once('error', reject)
    child.once(event, (code: number | null) => {
      signal.removeEventListener('abort', onAbort)
      reject(
        signal.aborted ? signal.reason : new NicrError('NICR_BENCH_FAILED', `${name} ended with ${code}`),
      )
    })
  })
  ended.catch(() => undefined)
  return ended
}
