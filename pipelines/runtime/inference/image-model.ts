import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { imageFeatureSettings } from '../../../processors/images/image-features.ts'
import { type ImageNet, imageMargin } from '../../../processors/images/image-net.ts'
import type { ImageInput, ImagePrediction } from '../../../processors/images/image-scorer.ts'
import type { Model, ModelCard } from '../../../processors/scorer.ts'
import { NicrError } from '../../../schemas/errors.ts'
import type { ModelFolder } from '../../model-manifest.ts'
import { decodeImageNet } from './image-onnx.ts'

/** The family's name in manifests. */
export const IMAGE_FEATURES = 'image-features'

/**
 * Loads a version for evaluation in this thread, without onnxruntime: the weights come out of the same `model.onnx`, and a
 * parity test holds both to the same scores. It answers at once.
 * @throws NicrError NICR_MODEL_INVALID
 */
export async function loadImageModel(folder: ModelFolder): Promise<Model<ImageInput, ImagePrediction>> {
  const { manifest, path } = folder
  const invalid = (problem: string) => new NicrError('NICR_MODEL_INVALID', `${path}: ${problem}`)
  if (manifest.family !== IMAGE_FEATURES) throw invalid(`family ${manifest.family} is not ${IMAGE_FEATURES}`)
  if (!isDeepStrictEqual(manifest.features, imageFeatureSettings))
    throw invalid('was trained with other features than this program reads; train it anew')
  const net = decodeImageNet(await readFile(join(path, 'model.onnx')))
  if (typeof net === 'string') throw invalid(`model.onnx ${net}`)
  if (net.means.length !== imageFeatureSettings.count)
    throw invalid(`model.onnx reads ${net.means.length} features, not ${imageFeatureSettings.count}`)
  return imageNetModel(net, {
    kind: manifest.kind,
    version: manifest.version,
    settings: manifest.settings,
  })
}

/** A network as a model: it answers at once. */
export function imageNetModel(net: ImageNet, card: ModelCard): Model<ImageInput, ImagePrediction> {
  return {
    card,
    predict: inputs =>
      inputs.map(({ images }) => ({
        probabilities: images.map(({ features }) => 1 / (1 + Math.exp(-imageMargin(net, features)))),
      })),
    close: async () => {},
  }
}
