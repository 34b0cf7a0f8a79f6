import { parentPort, workerData } from 'node:worker_threads'
import { kindNamed } from '../pipelines/kinds.ts'
import { NicrError } from '../schemas/errors.ts'
import { countRepeatedRows } from './repeated-rows.ts'
import type { TrainingMessage, TrainingOrder } from './run-training.ts'
import { trainTextModel } from './train-text-model.ts'

/**
 * The thread that trains (started by `runTraining`), so that the command stays able to show progress and to stop. An
 * expected failure is told with its code; anything else is a bug and ends the thread.
 */
const order = workerData as TrainingOrder
const tell = (message: TrainingMessage) => parentPort?.postMessage(message)

try {
  const manifest = await trainTextModel({ ...order, onProgress: progress => tell({ progress }) })
  const repeats = await countRepeatedRows(kindNamed(order.kind), order.files)
  tell({ manifest, repeats })
} catch (error) {
  if (!(error instanceof NicrError)) throw error
  tell({ failure: { code: error.code, message: error.message } })
}
