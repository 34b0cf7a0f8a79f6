import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { ModelManifest } from '../pipelines/model-manifest.ts'
import { type ErrorCode, NicrError } from '../schemas/errors.ts'
import { packagePath } from '../schemas/package-root.ts'
import type { RepeatedRows } from './repeated-rows.ts'
import type { TrainingProgress, TrainTextModelOptions } from './train-text-model.ts'

/** What the thread is to train; a declaration cannot be sent to it, so the kind goes by name. */
export type TrainingOrder = Omit<TrainTextModelOptions, 'onProgress' | 'kind'> & { readonly kind: string }

/** What the thread tells. */
export type TrainingMessage =
  | { readonly progress: TrainingProgress }
  | Trained
  | { readonly failure: { readonly code: ErrorCode; readonly message: string } }

export interface Trained {
  readonly manifest: ModelManifest
  readonly repeats: RepeatedRows
}

export interface RunTrainingOptions {
  readonly onProgress?: (progress: TrainingProgress) => void
  /** Stops the training; the reason is thrown. */
  readonly signal?: AbortSignal
}

/**
 * Trains in a thread of its own. The version is written beside `outDir` and takes its name when it is whole, so there is
 * never a half of one.
 * @throws NicrError as `trainTextModel`; NICR_INPUT_INVALID if `outDir` holds something already or cannot be made
 */
export async function runTraining(order: TrainingOrder, options: RunTrainingOptions = {}): Promise<Trained> {
  const outDir = resolve(order.outDir)
  await checkFree(outDir)
  const partial = join(dirname(outDir), `.${basename(outDir)}.${process.pid}.partial`)
  const firstMade = await mkdir(partial, { recursive: true }).catch(cause => {
    throw new NicrError('NICR_INPUT_INVALID', `${outDir} cannot be made: ${(cause as Error).message}`, {
      cause,
    })
  })
  try {
    const trained = await inThread({ ...order, outDir: partial }, options)
    options.signal?.throwIfAborted()
    await rename(partial, outDir).catch(cause => {
      throw taken(outDir, cause)
    })
    return trained
  } catch (error) {
    await removeMade(partial, firstMade)
    throw error
  }
}

async function checkFree(outDir: string): Promise<void> {
  if (!existsSync(outDir)) return
  const held = await readdir(outDir).catch(cause => {
    throw taken(outDir, cause)
  })
  if (held.length > 0) throw taken(outDir)
}

function taken(outDir: string, cause?: unknown): NicrError {
  return new NicrError(
    'NICR_INPUT_INVALID',
    `${outDir} is there already and is not written over; name another folder, or remove it`,
    { cause },
  )
}

/** Removes the folder and, upwards, the parents that were made for it and hold nothing else. */
async function removeMade(partial: string, firstMade: string | undefined): Promise<void> {
  await rm(partial, { recursive: true, force: true })
  if (firstMade === undefined) return
  for (let parent = dirname(partial); parent.startsWith(firstMade); parent = dirname(parent)) {
    try {
      await rmdir(parent)
    } catch {
      // Another command has put something there.
      return
    }
  }
}

function inThread(order: TrainingOrder, { onProgress, signal }: RunTrainingOptions): Promise<Trained> {
  const program = packagePath('dist', 'jobs', 'training-worker.js')
  if (!existsSync(program)) throw new Error(`${program} is missing: run \`npm run build\``)
  return new Promise((done, fail) => {
    const worker = new Worker(program, { workerData: order })
    // Only a thread that has ended writes no more.
    const stop = () => void worker.terminate().then(() => fail(signal?.reason))
    if (signal?.aborted === true) stop()
    signal?.addEventListener('abort', stop, { once: true })
    worker.on('message', (message: TrainingMessage) => {
      if ('progress' in message) onProgress?.(message.progress)
      else if ('failure' in message) fail(new NicrError(message.failure.code, message.failure.message))
      else done(message)
    })
    worker.on('error', fail)
    worker.on('exit', code => {
      signal?.removeEventListener('abort', stop)
      if (signal?.aborted !== true)
        fail(new Error(`the training thread ended with ${code} before it was done`))
    })
  })
}
