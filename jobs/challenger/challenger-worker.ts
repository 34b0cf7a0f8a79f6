import { parentPort, workerData } from 'node:worker_threads'
import { kindNamed } from '../../pipelines/kinds.ts'
import { NicrError } from '../../schemas/errors.ts'
import { buildChallenger } from './build-challenger.ts'
import type { ChallengerAnswer, ChallengerMessage, ThreadOrder } from './make-challenger.ts'

/**
 * The thread that makes a challenger (started by `makeChallenger`), so that heartbeats go on and the work can be stopped. An
 * expected failure is told with its code; anything else is a bug and ends the thread.
 */
const order = workerData as ThreadOrder
const tell = (message: ChallengerMessage) => parentPort?.postMessage(message)

async function ask(terms: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const answered = new Promise<ChallengerAnswer>(done => parentPort?.once('message', done))
  tell({ asked: terms })
  return (await answered).authors
}

try {
  const built = await buildChallenger(
    { ...order, kind: kindNamed(order.kind) },
    {
      onProgress: (task, progress, figures) => tell({ task, progress, figures }),
      ...(order.asksAuthors && { authorsOf: ask }),
    },
  )
  tell({ built })
} catch (error) {
  if (!(error instanceof NicrError)) throw error
  tell({ failure: { code: error.code, message: error.message } })
}
