import { existsSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import type { ModelManifest } from '../pipelines/model-manifest.ts'
import { type ErrorCode, NicrError } from '../schemas/errors.ts'
import { packagePath } from '../schemas/package-root.ts'
import type { TrainingProgress } from './learn-heads.ts'
import type { RepeatedRows } from './repeated-rows.ts'
import type { TrainTextModelOptions } from './train-text-model.ts'
import { writeVersionFolder } from './version-folder.ts'

/** What the thread is to train; a declaration cannot be sent to it, so the kind goes by name. */
export type TrainingOrder = Omit<TrainTextModelOptions, 'onProgress' | 'kind'> & {
  readonly kind: string
  /** Of kinds that look at pictures: the field with the path, relative to the file; `image` unless given. */
  readonly imageField?: string
}

/** How far it is: passes over the rows, or pictures that were looked at, those made of them included. */
export type TrainingStep = TrainingProgress | { readonly pictures: number }

/** What the thread tells. */
export type TrainingMessage =
  | { readonly progress: TrainingStep }
  | Trained
  | { readonly failure: { readonly code: ErrorCode; readonly message: string } }

export interface Trained {
  readonly manifest: ModelManifest<unknown>
  /** Of texts; null for a kind that looks at pictures. */
  readonly repeats: RepeatedRows | null
}

export interface RunTrainingOptions {
  readonly onProgress?: (progress: TrainingStep) => void
  /** Stops the training; the reason is thrown. */
  readonly signal?: AbortSignal
}

/**
 * Trains in a thread of its own; there is never a half of a version.
 * @throws NicrError as `trainTextModel`, `trainImageModel` and `writeVersionFolder`
 */
export async function runTraining(order: TrainingOrder, options: RunTrainingOptions = {}): Promise<Trained> {
  return writeVersionFolder(order.outDir, async partial => {
    const trained = await inThread({ ...order, outDir: partial }, options)
    options.signal?.throwIfAborted()
    return trained
  })
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
