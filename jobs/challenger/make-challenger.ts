import { existsSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { kinds } from '../../pipelines/kinds.ts'
import { type ErrorCode, NicrError } from '../../schemas/errors.ts'
import { packagePath } from '../../schemas/package-root.ts'
import { writeVersionFolder } from '../version-folder.ts'
import { type BuiltChallenger, buildChallenger } from './build-challenger.ts'
import type { Challenger, ChallengerOptions, ChallengerOrder, ChallengerTask } from './challenger.ts'

/** What the thread is to make; a declaration cannot be sent to it, so the kind goes by name. */
export type ThreadOrder = Omit<ChallengerOrder, 'kind'> & {
  readonly kind: string
  /** Whether this thread answers who wrote a term. */
  readonly asksAuthors: boolean
}

/** What the thread tells. */
export type ChallengerMessage =
  | {
      readonly task: ChallengerTask
      readonly progress: number
      readonly figures: Readonly<Record<string, number>>
    }
  | { readonly asked: readonly string[] }
  | { readonly built: BuiltChallenger }
  | { readonly failure: { readonly code: ErrorCode; readonly message: string } }

/** What it is told. */
export interface ChallengerAnswer {
  readonly authors: ReadonlyMap<string, number>
}

/**
 * Learns a challenger from a data set, writes its folder, compares it with its parent on rows it had not seen and judges
 * it, in a thread of its own; a kind that is not in the table of kinds is made in this one, which stands still meanwhile. A gate
 * that fails throws nothing: `passed` tells. The same order gives the same files, but for what is timed.
 * @throws NicrError NICR_INPUT_INVALID (too few labels, labels of one class only, a folder that is taken), NICR_MODEL_INVALID,
 * NICR_MODEL_DIGEST_MISMATCH; the signal's reason
 */
export async function makeChallenger(
  order: ChallengerOrder,
  options: ChallengerOptions = {},
): Promise<Challenger> {
  const built = await writeVersionFolder(order.outDir, async partial => {
    const inPartial = { ...order, outDir: partial }
    const isKnown = kinds[order.kind.kind] === order.kind
    const made = await (isKnown ? inThread(inPartial, options) : buildChallenger(inPartial, options))
    options.signal?.throwIfAborted()
    return made
  })
  return {
    ...built,
    folder: { path: order.outDir, manifest: built.manifest },
    passed: built.gates.every(gate => gate.passed),
  }
}

function inThread(
  { kind, ...order }: ChallengerOrder,
  { onProgress, signal, authorsOf }: ChallengerOptions,
): Promise<BuiltChallenger> {
  const program = packagePath('dist', 'jobs', 'challenger', 'challenger-worker.js')
  if (!existsSync(program)) throw new Error(`${program} is missing: run \`npm run build\``)
  const workerData: ThreadOrder = { ...order, kind: kind.kind, asksAuthors: authorsOf !== undefined }
  return new Promise((done, fail) => {
    const worker = new Worker(program, { workerData })
    // Only a thread that has ended writes no more.
    const stop = (reason: unknown) => void worker.terminate().then(() => fail(reason))
    const abort = () => stop(signal?.reason)
    if (signal?.aborted === true) abort()
    signal?.addEventListener('abort', abort, { once: true })
    worker.on('message', (message: ChallengerMessage) => {
      if ('task' in message) onProgress?.(message.task, message.progress, message.figures)
      else if ('failure' in message) fail(new NicrError(message.failure.code, message.failure.message))
      else if ('built' in message) done(message.built)
      else
        authorsOf!(message.asked).then(
          authors => worker.postMessage({ authors } satisfies ChallengerAnswer),
          stop,
        )
    })
    worker.on('error', fail)
    worker.on('exit', code => {
      signal?.removeEventListener('abort', abort)
      if (signal?.aborted !== true)
        fail(new Error(`the challenger's thread ended with ${code} before it was done`))
    })
  })
}
