import { join } from 'node:path'
import type { AddEncoderOptions, TrainedNgrams } from '../jobs/encoder/add-encoder.ts'
import { trainTextModelBeside } from '../jobs/train-text-model.ts'
import { writeVersionFolder } from '../jobs/version-folder.ts'
import type { Config } from '../pipelines/config.ts'
import type { KindDeclaration } from '../pipelines/kind-declaration.ts'
import type { ModelFolder } from '../pipelines/model-manifest.ts'
import { readFolder } from '../pipelines/model-registry.ts'
import { ENCODER, NGRAMS_FILE } from '../pipelines/runtime/inference/encoder/encoder-files.ts'
import { HASHED_HEADS } from '../pipelines/runtime/inference/heads-model.ts'
import { NicrError } from '../schemas/errors.ts'
import { findModelFolder } from './model-folder.ts'
import { nextVersionOf } from './models.ts'
import { createProgressLine } from './progress-line.ts'

/** Which n-grams answer beside an encoder, as the user says. */
export interface NgramsOptions {
  readonly data: readonly string[]
  /** A version, or what points to one; the champion's unless given. */
  readonly beside?: string
  readonly alone: boolean
  readonly trainNgrams: boolean
  readonly seed: number
}

/** As `AddEncoderOptions` wants them, and the version that the encoder becomes. */
export interface NgramsBeside extends Pick<AddEncoderOptions, 'ngrams' | 'trainNgrams'> {
  readonly version: string
}

/**
 * Finds the n-grams beside an encoder, or says how to train them.
 * @throws NicrError NICR_INPUT_INVALID, NICR_MODEL_NOT_FOUND
 */
export async function ngramsBeside(
  kind: KindDeclaration,
  options: NgramsOptions,
  config: Config,
): Promise<NgramsBeside> {
  const { data, beside, alone } = options
  if (Number(alone) + Number(options.trainNgrams) + Number(beside !== undefined) > 1)
    throw new NicrError('NICR_INPUT_INVALID', '--train-ngrams, --beside and --alone: one of them')
  const version = await nextVersionOf(config, kind.kind)
  if (!options.trainNgrams) return { ngrams: alone ? null : await ngramsOf(kind, beside, config), version }
  if (data.length === 0)
    throw new NicrError('NICR_INPUT_INVALID', '--train-ngrams wants labelled rows: --data')
  const trainNgrams = () => trainNgramsOf(kind, options, config, version)
  return { ngrams: null, trainNgrams, version: String(Number(version) + 1) }
}

/** Makes a version of n-grams by the same rows. It stays whatever becomes of the encoder: it is a version like any other. */
async function trainNgramsOf(
  kind: KindDeclaration,
  { data, seed }: NgramsOptions,
  config: Config,
  version: string,
): Promise<TrainedNgrams> {
  const outDir = join(config.dataDir, 'models', kind.kind, version)
  const progress = createProgressLine(process.stderr, rows => `${rows} rows read by the n-grams`)
  try {
    const { unseenMargin } = await writeVersionFolder(outDir, partial =>
      trainTextModelBeside({
        kind,
        files: data.map(path => ({ path })),
        outDir: partial,
        seed,
        version,
        onProgress: ({ rows }) => progress.show(rows),
      }),
    )
    return { ngrams: await readFolder(outDir, kind.kind, version), unseenMargin }
  } finally {
    progress.clear()
  }
}

/** The n-grams of a version: itself, or those that an encoder has beside it, or that encoder's parent. */
async function ngramsOf(
  kind: KindDeclaration,
  reference: string | undefined,
  config: Config,
): Promise<ModelFolder | null> {
  const folder = await findModelFolder(kind, reference, config, '--beside')
  if (folder.manifest.family === HASHED_HEADS) return folder
  const { files } = folder.manifest.features as unknown as {
    readonly files?: Readonly<Record<string, string>>
  }
  const version = folder.manifest.parent
  if (folder.manifest.family === ENCODER && files?.[NGRAMS_FILE] !== undefined && version !== null)
    return ngramsOf(kind, version, config)
  if (reference === undefined) return null
  throw new NicrError(
    'NICR_INPUT_INVALID',
    `--beside: ${kind.kind}@${folder.manifest.version} has no n-grams`,
  )
}
