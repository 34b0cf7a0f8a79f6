import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type EncoderHead, outputWidth } from '../../../../processors/encoder/encoder-head.ts'
import { type EncoderSettings, encoderProblem } from '../../../../processors/encoder/encoder-settings.ts'
import { headLanguagesProblem } from '../../../../processors/encoder/language-links.ts'
import { platformProblem } from '../../../../processors/text/added-tone.ts'
import type { HeadsModel } from '../../../../processors/text/heads.ts'
import { NicrError } from '../../../../schemas/errors.ts'
import { digestOfFile } from '../../../file-digest.ts'
import type { ModelFolder } from '../../../model-manifest.ts'
import { decodeHeadsModel } from '../heads-onnx.ts'

/** The family's name in manifests. */
export const ENCODER = 'encoder'
/** Beside `model.onnx`: what makes a value of the encoder's output, and the n-grams that answer beside it. */
export const HEAD_FILE = 'head.json'
export const NGRAMS_FILE = 'ngrams.onnx'
/** What a platform taught, of a version that the closed loop made: one head whose margin is added to the encoder's. */
export const PLATFORM_FILE = 'platform.onnx'

export interface EncoderFiles {
  readonly settings: EncoderSettings
  readonly head: EncoderHead
  /** null: there are none. */
  readonly ngrams: HeadsModel | null
  readonly platform: HeadsModel | null
}

/**
 * Reads what a version of an encoder says of itself, every file compared with its digest.
 * @throws NicrError NICR_MODEL_INVALID, NICR_MODEL_DIGEST_MISMATCH
 */
export async function readEncoderFiles({ path, manifest }: ModelFolder): Promise<EncoderFiles> {
  const invalid = (problem: string, cause?: unknown) =>
    new NicrError('NICR_MODEL_INVALID', `${path}: ${problem}`, { cause })
  const problem = encoderProblem(manifest.features)
  if (problem !== null) throw invalid(problem)
  const settings = manifest.features as unknown as EncoderSettings
  if (settings.files[HEAD_FILE] === undefined) throw invalid(`files does not name ${HEAD_FILE}`)
  for (const [name, stated] of Object.entries(settings.files)) {
    const digest = await digestOfFile(join(path, name)).catch((cause: Error) => {
      throw invalid(`${name} cannot be read: ${cause.message}`, cause)
    })
    if (digest !== stated)
      throw new NicrError(
        'NICR_MODEL_DIGEST_MISMATCH',
        `${join(path, name)} has sha256 ${digest}, its manifest states ${stated}; restore the folder or add it anew`,
      )
  }
  const head = JSON.parse(await readFile(join(path, HEAD_FILE), 'utf8')) as EncoderHead
  if (!(outputWidth(head.core) > 0) || !Number.isFinite(head.ngrams + (head.shift ?? 0)))
    throw invalid(`${HEAD_FILE} holds no head`)
  const wrongLanguages = headLanguagesProblem(head.languages)
  if (wrongLanguages !== null) throw invalid(`${HEAD_FILE}: ${wrongLanguages}`)
  const modelIn = async (name: string) => {
    if (settings.files[name] === undefined) return null
    const model = decodeHeadsModel(await readFile(join(path, name)))
    if (typeof model === 'string') throw invalid(`${name} ${model}`)
    return model
  }
  const [ngrams, platform] = [await modelIn(NGRAMS_FILE), await modelIn(PLATFORM_FILE)]
  const unfit = platform && platformProblem(platform)
  if (unfit !== null) throw invalid(`${PLATFORM_FILE} ${unfit}`)
  return { settings, head, ngrams, platform }
}
