import { parentPort, workerData } from 'node:worker_threads'
import { kindNamed } from '../pipelines/kinds.ts'
import { NicrError } from '../schemas/errors.ts'
import { trainImageModel } from './images/train-image-model.ts'
import { countRepeatedRows } from './repeated-rows.ts'
import type { Trained, TrainingMessage, TrainingOrder } from './run-training.ts'
import { trainTextModel } from './train-text-model.ts'

/**
 * The thread that trains (started by `runTraining`), so that the command stays able to show progress and to stop. An
 * expected failure is told with its code; anything else is a bug and ends the thread.
 */
const order = workerData as TrainingOrder
const tell = (message: TrainingMessage) => parentPort?.postMessage(message)

try {
  tell(await train())
} catch (error) {
  if (!(error instanceof NicrError)) throw error
  tell({ failure: { code: error.code, message: error.message } })
}

async function train(): Promise<Trained> {
  const kind = kindNamed(order.kind)
  if (kind.input === 'IMAGE') {
    const onProgress = (pictures: number) => tell({ progress: { pictures } })
    return { manifest: await trainImageModel({ ...order, kind, onProgress }), repeats: null }
  }
  const manifest = await trainTextModel({ ...order, onProgress: progress => tell({ progress }) })
  return { manifest, repeats: await countRepeatedRows(kind, order.files) }
}
