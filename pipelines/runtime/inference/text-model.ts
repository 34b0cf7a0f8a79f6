import type { Model } from '../../../processors/scorer.ts'
import type { TextPrediction } from '../../../processors/text/heads.ts'
import type { TextInput } from '../../../processors/text/text-input.ts'
import { NicrError } from '../../../schemas/errors.ts'
import type { ModelFolder } from '../../model-manifest.ts'
import { ENCODER } from './encoder/encoder-files.ts'
import { loadEncoderModel } from './encoder/encoder-model.ts'
import type { EncoderRun } from './encoder/encoder-run.ts'
import { HASHED_HEADS, loadHeadsModel } from './heads-model.ts'

/**
 * Loads a version of a kind that reads text, of whichever family it is.
 * @throws NicrError NICR_MODEL_INVALID, NICR_MODEL_DIGEST_MISMATCH
 */
export async function loadTextModel(
  folder: ModelFolder,
  run?: EncoderRun,
): Promise<Model<TextInput, TextPrediction>> {
  const { family } = folder.manifest
  if (family === HASHED_HEADS) return loadHeadsModel(folder)
  if (family === ENCODER) return loadEncoderModel(folder, run)
  throw new NicrError(
    'NICR_MODEL_INVALID',
    `${folder.path}: family ${family} is neither ${HASHED_HEADS} nor ${ENCODER}`,
  )
}
