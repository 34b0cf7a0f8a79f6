import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KindDeclaration } from '../pipelines/kind-declaration.ts'
import { kindNamed } from '../pipelines/kinds.ts'
import type { ModelManifest } from '../pipelines/model-manifest.ts'
import { HASHED_HEADS, readHeadsModel } from '../pipelines/runtime/inference/heads-model.ts'
import { decodeHeadsModel, encodeHeadsModel } from '../pipelines/runtime/inference/heads-onnx.ts'
import { encodeReference, REFERENCE_FILE } from '../pipelines/training-reference.ts'
import { featureSettings } from '../processors/text/features.ts'
import type { HeadsModel } from '../processors/text/heads.ts'
import { NicrError } from '../schemas/errors.ts'
import { assembleModel, thresholdSettings, type UnseenMargin, unseenMargins } from './assemble-model.ts'
import { countReference, WordCounter } from './count-reference.ts'
import { learnHeads, type TrainingProgress } from './learn-heads.ts'
import { measure } from './measure.ts'
import { modelCard } from './model-card.ts'
import { collectStack } from './stack.ts'
import { summariseRows, type TrainingFile } from './training-rows.ts'

export interface TrainTextModelOptions {
  /** A kind of the table by name, or a declaration of the caller's own. */
  readonly kind: string | KindDeclaration
  readonly files: readonly TrainingFile[]
  /** The version's folder, e.g. `models/niceness/3`; made if it is not there. */
  readonly outDir: string
  /** A whole number; with the same files the same seed gives the same bytes. */
  readonly seed?: number
  /** The version's name: a whole number from 1. */
  readonly version?: string
  /** Folder of the version to train onwards from: heads of the same name start from its weights and are pulled to them. */
  readonly parent?: string
  readonly onProgress?: (progress: TrainingProgress) => void
}

/**
 * Trains a text model from files of rows and writes its folder: `model.onnx`, `manifest.json`, `README.md`, and where the kind
 * watches for drift `reference.json`, what it was trained on as hashed words and counts. Out of core:
 * memory does not grow with the rows. One twentieth of the rows measures; all others teach, and by copies of the heads that
 * leave a part out they calibrate as well.
 * @throws NicrError NICR_KIND_UNKNOWN, NICR_INPUT_INVALID (file, line, field), NICR_FILE_UNREADABLE, NICR_MODEL_INVALID
 */
export async function trainTextModel(options: TrainTextModelOptions): Promise<ModelManifest> {
  return (await trainTextModelBeside(options)).manifest
}

/** As `trainTextModel`; whatever is to be mixed with the model by the same rows needs its margins of rows that it had not learned from. */
export async function trainTextModelBeside(
  options: TrainTextModelOptions,
): Promise<{ readonly manifest: ModelManifest; readonly unseenMargin: UnseenMargin }> {
  const kind = typeof options.kind === 'string' ? kindNamed(options.kind) : options.kind
  const seed = options.seed ?? 1
  const parent = options.parent === undefined ? null : await readParent(options.parent, kind.kind)
  const summary = await summariseRows(kind, options.files)
  const words = new WordCounter()
  const learned = await learnHeads(kind, options.files, {
    summary,
    seed,
    parent: parent?.model ?? null,
    words,
    onProgress: options.onProgress,
  })
  const stack = await collectStack(kind, options.files, summary, learned, seed)
  if (stack.count < STACK_ROWS_MIN)
    throw new NicrError(
      'NICR_INPUT_INVALID',
      `${summary.rows} rows are too few: ${stack.count} are left to calibrate with, at least ${STACK_ROWS_MIN} must be`,
    )
  const onnx = encodeHeadsModel(assembleModel(kind, learned, stack), kind.kind)
  // What is measured is what is shipped: the weights as the file has rounded them.
  const model = decodeHeadsModel(onnx)
  if (typeof model === 'string') throw new Error(`the model just made ${model}`)
  const settings = thresholdSettings(kind, model, stack)
  const version = options.version ?? '1'
  const reference =
    kind.drift &&
    encodeReference(
      await countReference(kind, options.files, {
        drift: kind.drift,
        model,
        card: { kind: kind.kind, version, settings },
        vocabulary: words.vocabulary(),
      }),
    )
  const manifest: ModelManifest = {
    kind: kind.kind,
    version,
    family: HASHED_HEADS,
    features: featureSettings,
    digest: createHash('sha256').update(onnx).digest('hex'),
    ...(reference && { reference: reference.digest }),
    dataHash: summary.hash,
    seed,
    parent: parent?.version ?? null,
    settings,
    ...(await measure(kind, options.files, summary, model, settings)),
  }
  await mkdir(options.outDir, { recursive: true })
  await writeFile(join(options.outDir, 'model.onnx'), onnx)
  if (reference !== undefined) await writeFile(join(options.outDir, REFERENCE_FILE), reference.text)
  await writeFile(join(options.outDir, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  await writeFile(join(options.outDir, 'README.md'), modelCard(kind, manifest))
  return { manifest, unseenMargin: unseenMargins(kind, learned, model, stack) }
}

/** Fewer say nothing of how margins become values. */
const STACK_ROWS_MIN = 20

/** @throws NicrError NICR_MODEL_INVALID also for another kind's version: its heads mean other things by the same names */
async function readParent(
  path: string,
  kind: string,
): Promise<{ readonly version: string; readonly model: HeadsModel }> {
  const invalid = (problem: string, cause?: unknown) =>
    new NicrError('NICR_MODEL_INVALID', `${path}: ${problem}`, { cause })
  try {
    const manifest = JSON.parse(await readFile(join(path, 'manifest.json'), 'utf8')) as ModelManifest
    if (manifest.kind !== kind) throw invalid(`is of kind ${manifest.kind}, not ${kind}`)
    return { version: manifest.version, model: await readHeadsModel({ path, manifest }) }
  } catch (cause) {
    throw cause instanceof NicrError ? cause : invalid((cause as Error).message, cause)
  }
}
