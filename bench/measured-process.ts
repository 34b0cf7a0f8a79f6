import { fork } from 'node:child_process'
import type { Config } from '../pipelines/config.ts'
import type { KafkaSettings } from '../pipelines/runtime/kafka/client.ts'
import { NicrError } from '../schemas/errors.ts'
import { benchProgram } from './bench-program.ts'

/** What a measured process is told to do; the reference copy and the pipeline take the same job. */
export interface Job {
  readonly kafka: KafkaSettings
  readonly topics: Config['topics']
  readonly batch: Config['batch']
  readonly delivery: Config['delivery']
  /** Events to work off, after which the process ends. */
  readonly events: number
  /** Names the consumer group, the model version and the copy's output topic: no two runs share anything but the input. */
  readonly run: string
  readonly work: 'copy' | 'small-model' | 'champions'
}

/** What a measured process answers. Both times begin when its first batch is handed over and end with the last commit. */
export interface Measurement {
  readonly seconds: number
  /** User and system time of the process, all its threads. */
  readonly cpuSeconds: number
}

/** Programs in `dist/bench`, each run in a process of its own, so that its CPU time is its own. */
const programs = { copy: 'reference-copy.js', 'small-model': 'pipeline-run.js', champions: 'pipeline-run.js' }

/** A run that takes longer waits for something that will not come. */
const RUN_MS_MAX = 10 * 60_000

export interface RunOptions {
  /** Folder for V8's CPU profile of the process. */
  readonly profileDir?: string
  readonly signal?: AbortSignal
}

/**
 * Runs a job in a process of its own.
 * @throws NicrError NICR_BENCH_FAILED if it does not answer; the signal's reason
 */
export async function measureJob(job: Job, { profileDir, signal }: RunOptions = {}): Promise<Measurement> {
  signal?.throwIfAborted()
  const program = benchProgram(programs[job.work])
  // Nicr runs with the flags this command was started with; the reference is a plain Node program.
  const execArgv = job.work === 'copy' ? [] : [...process.execArgv]
  if (profileDir !== undefined)
    execArgv.push('--cpu-prof', '--cpu-prof-dir', profileDir, '--cpu-prof-name', `${job.run}.cpuprofile`)
  return new Promise((resolve, reject) => {
    const child = fork(program, { execArgv })
    const onAbort = () => child.kill('SIGKILL')
    const late = setTimeout(onAbort, RUN_MS_MAX)
    signal?.addEventListener('abort', onAbort, { once: true })
    let measurement: Measurement | null = null
    child.once('message', message => {
      measurement = message as Measurement
    })
    child.once('error', reject)
    child.once('exit', code => {
      clearTimeout(late)
      signal?.removeEventListener('abort', onAbort)
      if (signal?.aborted) reject(signal.reason)
      else if (measurement === null)
        reject(
          new NicrError(
            'NICR_BENCH_FAILED',
            `${job.run} ended with ${code} before it had worked off its events`,
          ),
        )
      else resolve(measurement)
    })
    child.send(job)
  })
}

/**
 * The measured process's side: waits for the job, does it, answers, and ends. It also ends when the launcher is gone.
 * @param work resolves with what it measured once all events are committed; its `close` is called after the answer
 */
export function answerJob(
  work: (job: Job) => Promise<{ readonly measurement: Measurement; close(): Promise<void> }>,
): void {
  process.once('disconnect', () => process.exit(1))
  process.once('message', (job: Job) => {
    work(job)
      .then(async ({ measurement, close }) => {
        await new Promise(sent => process.send!(measurement, sent))
        await close()
        process.exit(0)
      })
      .catch(error => {
        console.error(error)
        process.exit(1)
      })
  })
}

/** Counts events between the first batch and the last commit. */
export class Meter {
  private readonly events: number
  private counted = 0
  private startedAt = 0
  private startedCpu: NodeJS.CpuUsage | null = null
  private finish: (measurement: Measurement) => void = () => undefined
  readonly finished: Promise<Measurement>

  constructor(events: number) {
    this.events = events
    this.finished = new Promise(resolve => {
      this.finish = resolve
    })
  }

  /** Called with every batch; the first starts the clock. */
  begin(): void {
    if (this.startedCpu !== null) return
    this.startedCpu = process.cpuUsage()
    this.startedAt = performance.now()
  }

  /** Called after every commit. */
  count(events: number): void {
    this.counted += events
    if (this.counted < this.events || this.startedCpu === null) return
    const { user, system } = process.cpuUsage(this.startedCpu)
    this.finish({ seconds: (performance.now() - this.startedAt) / 1000, cpuSeconds: (user + system) / 1e6 })
  }
}
