import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type KindDeclaration, kindNamed } from '../pipelines/kinds.ts'
import type { ModelManifest } from '../pipelines/model-manifest.ts'
import { HASHED_LINEAR } from '../pipelines/runtime/inference/linear-text-model.ts'
import {
  decodeLinearTextModel,
  encodeLinearTextModel,
} from '../pipelines/runtime/inference/linear-text-onnx.ts'
import { createFeatureReader, featureSettings, type TextInput } from '../processors/text/features.ts'
import { applyLink, type LinearTextModel, marginOf } from '../processors/text/linear.ts'
import { NicrError } from '../schemas/errors.ts'
import { fitPiecewise, fitPlatt, type MarginOutcome, thresholdFor } from './calibrate.ts'
import { createFtrl, type FtrlLearner, type FtrlSettings } from './ftrl.ts'
import { metricsOf, type Outcome } from './metrics.ts'
import { modelCard } from './model-card.ts'
import {
  CALIBRATION_FOLD,
  type DataSummary,
  readAllRows,
  readShuffledRows,
  summariseRows,
  TEST_FOLD,
  type TrainingFile,
} from './training-rows.ts'

export interface TrainTextModelOptions {
  /** A kind of the table by name, or a declaration of the caller's own. */
  readonly kind: string | KindDeclaration
  readonly files: readonly TrainingFile[]
  /** The version's folder, e.g. `models/niceness/2`; made if it is not there. */
  readonly outDir: string
  /** A whole number; with the same files the same seed gives the same bytes. */
  readonly seed?: number
  /** The version's name: a whole number from 1. */
  readonly version?: string
  /** Folder of the version to train onwards from. */
  readonly parent?: string
  readonly onProgress?: (progress: TrainingProgress) => void
}

export interface TrainingProgress {
  readonly epoch: number
  readonly epochs: number
  readonly rows: number
}

/** Chosen by the calibration tenth of the first models' rows: slower learning gained nothing, faster overfits. */
const EPOCHS = 4
const learnerSettings = {
  GRADED: { loss: 'squared', alpha: 0.05, beta: 0.1, l1: 0, l2: 0 },
  BINARY: { loss: 'logistic', alpha: 0.5, beta: 0.1, l1: 0, l2: 0 },
} as const satisfies Record<string, FtrlSettings>

/**
 * Trains a text model from files of rows and writes its folder: `model.onnx`, `manifest.json`, `README.md`. Out of core:
 * memory does not grow with the rows. One tenth of the rows calibrates, another one measures, the rest teaches.
 * @throws NicrError NICR_KIND_UNKNOWN, NICR_INPUT_INVALID (file, line, field), NICR_FILE_UNREADABLE
 */
export async function trainTextModel(options: TrainTextModelOptions): Promise<ModelManifest> {
  const kind = typeof options.kind === 'string' ? kindNamed(options.kind) : options.kind
  const seed = options.seed ?? 1
  const summary = await summariseRows(kind, options.files)
  const learner = await learn(kind, options, summary, seed)
  const outcomes = await heldOutMargins(kind, options.files, CALIBRATION_FOLD, learner.margin)
  if (outcomes.length < CALIBRATION_ROWS_MIN)
    throw new NicrError(
      'NICR_INPUT_INVALID',
      `${summary.rows} rows are too few: ${outcomes.length} fell into the calibration tenth, at least ${CALIBRATION_ROWS_MIN} must`,
    )
  const onnx = encodeLinearTextModel(calibrated(kind, learner, outcomes), kind.kind)
  // What is measured is what is shipped: the weights as the file has rounded them.
  const model = decodeLinearTextModel(onnx)
  if (typeof model === 'string') throw new Error(`the model just made ${model}`)
  const settings = await chooseSettings(kind, options.files, model)
  const manifest: ModelManifest = {
    kind: kind.kind,
    version: options.version ?? '1',
    family: HASHED_LINEAR,
    features: featureSettings,
    digest: createHash('sha256').update(onnx).digest('hex'),
    dataHash: summary.hash,
    seed,
    parent: null,
    settings,
    metrics: await measure(kind, options.files, model, settings),
    sources: await describeSources(kind, options.files, summary, model, settings),
  }
  await mkdir(options.outDir, { recursive: true })
  await writeFile(join(options.outDir, 'model.onnx'), onnx)
  await writeFile(join(options.outDir, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  await writeFile(join(options.outDir, 'README.md'), modelCard(kind, manifest))
  return manifest
}

async function learn(
  kind: KindDeclaration,
  options: TrainTextModelOptions,
  summary: DataSummary,
  seed: number,
): Promise<FtrlLearner> {
  const { objective } = kind.training
  const readFeatures = createFeatureReader()
  const learner = createFtrl(featureSettings.buckets, learnerSettings[objective])
  const toTarget = targetScale(kind)
  let rows = 0
  for (let epoch = 1; epoch <= EPOCHS; epoch++) {
    for await (const batch of readShuffledRows(kind, options.files, summary, seed + epoch)) {
      for (const row of batch) {
        if (row.fold === CALIBRATION_FOLD || row.fold === TEST_FOLD || row.weight === 0) continue
        learner.learn(readFeatures(row.text), toTarget(row.target), row.weight)
      }
      rows += batch.length
      options.onProgress?.({ epoch, epochs: EPOCHS, rows })
    }
  }
  return learner
}

/** Graded targets are learned as −1 … 1, so that learning rates do not depend on the scale. */
function targetScale({ training, scale }: KindDeclaration): (target: number) => number {
  if (training.objective === 'BINARY') return target => target
  const middle = (scale.min + scale.max) / 2
  const half = (scale.max - scale.min) / 2
  return target => (target - middle) / half
}

/** The margins of a held-out fold, at most `HELD_OUT_ROWS_MAX` of them: more would tell no more and fill the memory. */
async function heldOutMargins(
  kind: KindDeclaration,
  files: readonly TrainingFile[],
  fold: number,
  margin: (input: TextInput) => number,
): Promise<MarginOutcome[]> {
  const readFeatures = createFeatureReader()
  const outcomes: MarginOutcome[] = []
  for await (const batch of readAllRows(kind, files)) {
    for (const row of batch)
      if (row.fold === fold && outcomes.length < HELD_OUT_ROWS_MAX)
        outcomes.push({ margin: margin(readFeatures(row.text)), target: row.target, weight: row.weight })
  }
  return outcomes
}

/** Fewer say nothing of how margins become values. */
const CALIBRATION_ROWS_MIN = 5
const HELD_OUT_ROWS_MAX = 100_000

function calibrated(
  kind: KindDeclaration,
  learner: FtrlLearner,
  outcomes: readonly MarginOutcome[],
): LinearTextModel {
  const weights = Float32Array.from(learner.weights.subarray(0, featureSettings.buckets))
  const bias = learner.bias()
  if (kind.training.objective === 'GRADED') return { weights, bias, link: fitPiecewise(outcomes, kind.scale) }
  const { slope, offset } = fitPlatt(outcomes)
  return {
    weights: weights.map(weight => slope * weight),
    bias: slope * bias + offset,
    link: { form: 'sigmoid' },
  }
}

type Settings = Readonly<Record<string, number>>

/** What a scorer decides by, chosen on the calibration fold. */
async function chooseSettings(
  kind: KindDeclaration,
  files: readonly TrainingFile[],
  model: LinearTextModel,
): Promise<Settings> {
  if (kind.training.objective === 'GRADED') return {}
  const outcomes = await heldOutOutcomes(kind, files, CALIBRATION_FOLD, model)
  return { threshold: thresholdFor(outcomes, kind.training.threshold) }
}

/** Metrics of the test fold of some files. */
async function measure(
  kind: KindDeclaration,
  files: readonly TrainingFile[],
  model: LinearTextModel,
  settings: Settings,
): Promise<Record<string, number>> {
  const outcomes = await heldOutOutcomes(kind, files, TEST_FOLD, model)
  return rounded(metricsOf(kind, outcomes, settings))
}

async function describeSources(
  kind: KindDeclaration,
  files: readonly TrainingFile[],
  summary: DataSummary,
  model: LinearTextModel,
  settings: Settings,
): Promise<ModelManifest['sources']> {
  const sources = []
  for (const [i, file] of files.entries())
    sources.push({
      name: file.name ?? basename(file.path),
      licence: file.licence ?? 'not stated',
      rows: summary.rowsOfFile[i]!,
      metrics: await measure(kind, [file], model, settings),
    })
  return sources
}

async function heldOutOutcomes(
  kind: KindDeclaration,
  files: readonly TrainingFile[],
  fold: number,
  model: LinearTextModel,
): Promise<Outcome[]> {
  const outcomes = await heldOutMargins(kind, files, fold, input => marginOf(model, input))
  return outcomes.map(({ margin, target }) => ({ value: applyLink(model.link, margin), target }))
}

/** Four digits are what so few rows can tell; a metric that a missing class leaves undefined is left out. */
function rounded(metrics: Readonly<Record<string, number>>): Record<string, number> {
  const known = Object.entries(metrics).filter(([, value]) => Number.isFinite(value))
  return Object.fromEntries(known.map(([name, value]) => [name, Math.round(value * 1e4) / 1e4]))
}
