import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NicrError } from '../schemas/errors.ts'
import { benchProgram } from './bench-program.ts'
import { type Comments, readComments, writeComments } from './comments.ts'

export interface TrainBenchOptions {
  readonly rows: number
  /** Read from the public sets, or invented, unless given. */
  readonly comments?: Comments
  /** Folder for V8's CPU profile of the training. */
  readonly profileDir?: string
  readonly signal: AbortSignal
  readonly report: (progress: string) => void
}

/** What the measured process answers. */
export interface TrainMeasurement {
  readonly rows: number
  readonly seconds: number
  readonly cpuSeconds: number
  /** Of the reference: every row of the same file read and parsed once. */
  readonly parseSeconds: number
  /** Most memory the process ever held. */
  readonly peakBytes: number
  readonly digest: string
  readonly metrics: Readonly<Record<string, number>>
}

export interface TrainBenchResult {
  readonly rows: number
  /** Rows of the set over the seconds of the whole training, all its passes and measures included. */
  readonly rowsPerSecond: number
  /** To reading and parsing the same file once, in the same minute. */
  readonly vsJsonParse: number
  readonly seconds: number
  readonly cpuSeconds: number
  readonly peakMegabytes: number
  readonly corpus: Comments['corpus']
  readonly metrics: Readonly<Record<string, number>>
}

/** Measures a training for niceness on one file of comments. @throws NicrError NICR_BENCH_FAILED; the signal's reason */
export async function benchTrain(options: TrainBenchOptions): Promise<TrainBenchResult> {
  const comments = options.comments ?? (await readComments())
  const dir = mkdtempSync(join(tmpdir(), 'nicr-bench-'))
  try {
    const rowsPath = join(dir, 'comments.jsonl')
    await writeComments(comments, options.rows, rowsPath)
    options.report(`training on ${options.rows} comments`)
    return trainResult(await measureTraining(rowsPath, join(dir, 'model'), options), comments.corpus)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** The figures of a measurement, rounded to what they can tell. */
export function trainResult(
  { rows, seconds, cpuSeconds, parseSeconds, peakBytes, metrics }: TrainMeasurement,
  corpus: Comments['corpus'],
): TrainBenchResult {
  return {
    rows,
    rowsPerSecond: Math.round(rows / seconds),
    vsJsonParse: Number((parseSeconds / seconds).toFixed(4)),
    seconds: Number(seconds.toFixed(2)),
    cpuSeconds: Number(cpuSeconds.toFixed(2)),
    peakMegabytes: Math.round(peakBytes / 1024 / 1024),
    corpus,
    metrics,
  }
}

function measureTraining(
  rowsPath: string,
  outDir: string,
  { profileDir, signal }: TrainBenchOptions,
): Promise<TrainMeasurement> {
  signal.throwIfAborted()
  const program = benchProgram('train-run.js')
  const profiled = ['--cpu-prof', '--cpu-prof-dir', profileDir ?? '', '--cpu-prof-name', 'train.cpuprofile']
  return new Promise((resolve, reject) => {
    const child = fork(program, [rowsPath, outDir], { execArgv: profileDir === undefined ? [] : profiled })
    const onAbort = () => child.kill('SIGKILL')
    signal.addEventListener('abort', onAbort, { once: true })
    let measurement: TrainMeasurement | null = null
    child.once('message', message => {
      measurement = message as TrainMeasurement
    })
    child.once('error', reject)
    child.once('exit', code => {
      signal.removeEventListener('abort', onAbort)
      if (signal.aborted) reject(signal.reason)
      else if (measurement === null)
        reject(new NicrError('NICR_BENCH_FAILED', `the training ended with ${code} before it was done`))
      else resolve(measurement)
    })
  })
}
