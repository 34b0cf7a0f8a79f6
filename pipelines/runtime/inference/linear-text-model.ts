import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Model, ModelCard } from '../../../processors/scorer.ts'
import { featureSettings, type TextInput } from '../../../processors/text/features.ts'
import { type LinearTextModel, predictText, type TextPrediction } from '../../../processors/text/linear.ts'
import { NicrError } from '../../../schemas/errors.ts'
import type { ModelFolder } from '../../model-registry.ts'
import { decodeLinearTextModel } from './linear-text-onnx.ts'

/** The family's name in manifests. */
export const HASHED_LINEAR = 'hashed-linear'

/**
 * Loads a hashed linear model for evaluation in this thread, without onnxruntime: the weights come out of the same
 * `model.onnx`, and a parity test holds both to the same scores. It answers at once.
 * @throws NicrError NICR_MODEL_INVALID
 */
export async function loadLinearTextModel(folder: ModelFolder): Promise<Model<TextInput, TextPrediction>> {
  const model = await readLinearTextModel(folder)
  return {
    card: cardOf(folder),
    predict: inputs => inputs.map(input => predictText(model, input)),
    close: async () => {},
  }
}

/** The weights of a version, as trainers and tests want them. @throws NicrError NICR_MODEL_INVALID */
export async function readLinearTextModel(folder: ModelFolder): Promise<LinearTextModel> {
  const { family, features } = folder.manifest
  const invalid = (problem: string) => new NicrError('NICR_MODEL_INVALID', `${folder.path}: ${problem}`)
  if (family !== HASHED_LINEAR) throw invalid(`family ${family} is not ${HASHED_LINEAR}`)
  if (!isDeepStrictEqual(features, featureSettings)) {
    const expected = JSON.stringify(featureSettings)
    throw invalid(`was trained with other features than this program reads (${expected}); train it anew`)
  }
  const model = decodeLinearTextModel(await readFile(join(folder.path, 'model.onnx')))
  if (typeof model === 'string') throw invalid(`model.onnx ${model}`)
  if (model.weights.length !== featureSettings.buckets)
    throw invalid(`model.onnx has ${model.weights.length} weights, not ${featureSettings.buckets}`)
  return model
}

/** What a scorer may know of the version. */
export function cardOf({ manifest }: ModelFolder): ModelCard {
  return { kind: manifest.kind, version: manifest.version, settings: manifest.settings }
}
