import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Model, ModelCard } from '../../../processors/scorer.ts'
import { featureSettings } from '../../../processors/text/features.ts'
import {
  type HeadsModel,
  predictText,
  predictValue,
  type TextPrediction,
} from '../../../processors/text/heads.ts'
import type { TextInput } from '../../../processors/text/text-input.ts'
import { NicrError } from '../../../schemas/errors.ts'
import type { ModelFolder } from '../../model-manifest.ts'
import { decodeHeadsModel } from './heads-onnx.ts'

/** The family's name in manifests. */
export const HASHED_HEADS = 'hashed-heads'

/**
 * Loads a version of hashed heads for evaluation in this thread, without onnxruntime: the weights come out of the same
 * `model.onnx`, and a parity test holds both to the same scores. It answers at once.
 * @throws NicrError NICR_MODEL_INVALID
 */
export async function loadHeadsModel(folder: ModelFolder): Promise<Model<TextInput, TextPrediction>> {
  const model = await readHeadsModel(folder)
  return {
    card: cardOf(folder),
    predict: (inputs, detail) =>
      inputs.map(input => (detail === 'VALUE' ? predictValue(model, input) : predictText(model, input))),
    close: async () => {},
  }
}

/** The weights of a version, as trainers and tests want them. @throws NicrError NICR_MODEL_INVALID */
export async function readHeadsModel(folder: ModelFolder): Promise<HeadsModel> {
  const { family, features } = folder.manifest
  const invalid = (problem: string) => new NicrError('NICR_MODEL_INVALID', `${folder.path}: ${problem}`)
  if (family !== HASHED_HEADS) throw invalid(`family ${family} is not ${HASHED_HEADS}`)
  if (!isDeepStrictEqual(features, featureSettings)) {
    const expected = JSON.stringify(featureSettings)
    throw invalid(`was trained with other features than this program reads (${expected}); train it anew`)
  }
  const model = decodeHeadsModel(await readFile(join(folder.path, 'model.onnx')))
  if (typeof model === 'string') throw invalid(`model.onnx ${model}`)
  const buckets = model.weights.length / model.heads.length
  if (buckets !== featureSettings.buckets)
    throw invalid(`model.onnx has ${buckets} weights a head, not ${featureSettings.buckets}`)
  const signals = model.dense.length / model.heads.length
  if (signals !== featureSettings.dense.length)
    throw invalid(`model.onnx reads ${signals} signals, not ${featureSettings.dense.length}`)
  return model
}

/** What a scorer may know of the version. */
export function cardOf({ manifest }: ModelFolder): ModelCard {
  return { kind: manifest.kind, version: manifest.version, settings: manifest.settings }
}
