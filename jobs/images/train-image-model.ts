import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { decodeImage } from '../../pipelines/images/decode-image.ts'
import { recompress } from '../../pipelines/images/recompress.ts'
import { readJsonLines } from '../../pipelines/jsonl.ts'
import type { KindDeclaration } from '../../pipelines/kinds.ts'
import { labelsWanted, targetOf } from '../../pipelines/label-values.ts'
import type { ModelManifest } from '../../pipelines/model-manifest.ts'
import { IMAGE_FEATURES } from '../../pipelines/runtime/inference/image-model.ts'
import { encodeImageNet } from '../../pipelines/runtime/inference/image-onnx.ts'
import { openTextDetector, type TextDetector } from '../../pipelines/runtime/inference/text-detector.ts'
import {
  type ImageFeatureSettings,
  imageFeatureSettings,
  imageFeatures,
  TEXT_PIXELS,
} from '../../processors/images/image-features.ts'
import { type ImageNet, imageMargin, looksMargin } from '../../processors/images/image-net.ts'
import type { Raster } from '../../processors/images/raster.ts'
import { NicrError } from '../../schemas/errors.ts'
import { fitPlatt, type MarginOutcome, thresholdFor } from '../calibrate.ts'
import { metricsOf } from '../metrics.ts'
import { createRandom } from '../random.ts'
import { resend } from './augment.ts'
import { calibrated, fitImageNet, type ImageExample } from './fit-image-net.ts'
import { imageModelCard } from './image-model-card.ts'

export interface TrainImageModelOptions {
  readonly kind: KindDeclaration
  readonly files: readonly { readonly path: string; readonly name?: string; readonly licence?: string }[]
  /** The version's folder; made if it is not there. */
  readonly outDir: string
  /** With the same files the same seed gives the same bytes; 1 unless given. */
  readonly seed?: number
  readonly version?: string
  /** Field with the picture's path, relative to the file of rows; `image` unless given. */
  readonly imageField?: string
  readonly onProgress?: (pictures: number) => void
}

export type ImageManifest = ModelManifest<ImageFeatureSettings>

/** A row with its picture and what was seen in it. */
interface PictureRow {
  readonly path: string
  readonly set: number
  readonly target: number
  readonly fold: number
  /** Of the set, for figures apart; `` where it has none. */
  readonly group: string
  readonly subkind: string
  readonly features: Float32Array
}

/** Parts that each are left out once, to calibrate and measure with. */
const FOLDS = 5
const FOLD_ROWS_MIN = 10
/** One picture of so many is learned from a second time, as it would be sent on; and how much that counts beside the first. */
const RESENT_OF = 3
const RESENT_WEIGHT = 0.5
/** Features of so many pictures stay in memory: about 100 MB. */
const ROWS_MAX = 20_000

/**
 * Trains an image model from rows with `image`, the label, and where wanted `group` (kept on one side of every split) and
 * `kind` (figures of its own on the card). Every part of the rows is measured by a network that saw none of its groups, nor
 * pictures made of them; the shipped one learns from all.
 * @throws NicrError NICR_INPUT_INVALID (file, line, field; too few or too many rows), NICR_FILE_UNREADABLE
 */
export async function trainImageModel(options: TrainImageModelOptions): Promise<ImageManifest> {
  const { kind, outDir, seed = 1 } = options
  const detector = await openTextDetector()
  const { rows, hash } = await readPictures(options, detector)
  const made = await resendPictures(rows, detector, seed, options.onProgress)
  await detector.close()
  const nets = Array.from({ length: FOLDS }, (_, out) => fitImageNet(examplesOf(rows, made, out), seed))
  const scale = fitPlatt(outcomesOf(rows, nets, looksMargin))
  const scaled = nets.map(net => calibrated(net, scale))
  const values = outcomesOf(rows, scaled, imageMargin).map(({ margin, target }) => ({
    value: 1 / (1 + Math.exp(-margin)),
    target,
  }))
  if (kind.training.objective !== 'BINARY') throw new Error(`${kind.kind} is not of two classes`)
  const settings = { threshold: thresholdFor(values, kind.training.threshold) }
  const net = calibrated(fitImageNet(examplesOf(rows, made, null), seed), scale)
  const onnx = encodeImageNet(net, kind.kind)
  const metricsWhere = (holds: (row: PictureRow) => boolean) =>
    rounded(
      metricsOf(
        kind,
        values.filter((_, i) => holds(rows[i]!)),
        settings,
      ),
    )
  const manifest: ImageManifest = {
    kind: kind.kind,
    version: options.version ?? '1',
    family: IMAGE_FEATURES,
    features: imageFeatureSettings,
    digest: createHash('sha256').update(onnx).digest('hex'),
    dataHash: hash,
    seed,
    parent: null,
    settings,
    metrics: metricsWhere(() => true),
    sources: options.files.map(({ path, name, licence }, set) => ({
      name: name ?? basename(path),
      licence: licence ?? 'not stated',
      rows: rows.filter(row => row.set === set).length,
      metrics: metricsWhere(row => row.set === set),
    })),
  }
  const subkinds = [...new Set(rows.map(row => row.subkind))].filter(name => name !== '').sort()
  const right = subkinds.map(name => {
    const of = values.filter((_, i) => rows[i]!.subkind === name)
    const hits = of.filter(({ value, target }) => value >= settings.threshold === (target === 1)).length
    return { name, rows: of.length, right: hits / of.length }
  })
  await mkdir(outDir, { recursive: true })
  await writeFile(join(outDir, 'model.onnx'), onnx)
  await writeFile(join(outDir, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  await writeFile(join(outDir, 'README.md'), imageModelCard(kind, manifest, right))
  return manifest
}

async function readPictures(
  { kind, files, imageField = 'image', onProgress }: TrainImageModelOptions,
  detector: TextDetector,
): Promise<{ readonly rows: readonly PictureRow[]; readonly hash: string }> {
  const hash = createHash('sha256')
  const rows: PictureRow[] = []
  for (const [set, { path: file }] of files.entries())
    for await (const line of readJsonLines(file)) {
      const refuse = (problem: string) =>
        new NicrError('NICR_INPUT_INVALID', `${file}, line ${line.line}: ${problem}`)
      if ('error' in line) throw refuse(line.error)
      const fields = line.value as Readonly<Record<string, unknown>>
      const image = fields?.[imageField]
      const target = targetOf(kind, fields?.[kind.training.field])
      if (typeof image !== 'string') throw refuse(`the field ${imageField} is not a path`)
      if (target === null) throw refuse(`the field ${kind.training.field} is ${labelsWanted(kind)}`)
      if (rows.length === ROWS_MAX) throw refuse(`more than ${ROWS_MAX} rows; train from a part of them`)
      const path = resolve(dirname(file), image)
      const bytes = await readFile(path).catch((cause: Error) => {
        throw refuse(`${image} cannot be read: ${cause.message}`)
      })
      hash.update(JSON.stringify([image, target])).update(bytes)
      const group = String(fields['group'] ?? image)
      const subkind = typeof fields['kind'] === 'string' ? fields['kind'] : ''
      const frame = await firstFrame(bytes).catch((cause: unknown) => {
        throw cause instanceof NicrError ? refuse(`${image}: ${cause.code}: ${cause.message}`) : cause
      })
      const features = await featuresOf(frame, detector)
      rows.push({ path, set, target, fold: foldOf(group), group, subkind, features })
      onProgress?.(rows.length)
    }
  for (let fold = 0; fold < FOLDS; fold++)
    for (const target of [0, 1])
      if (rows.filter(row => row.fold === fold && row.target === target).length < FOLD_ROWS_MIN)
        throw new NicrError(
          'NICR_INPUT_INVALID',
          `${rows.length} rows are too few, or of too few groups, of either label`,
        )
  return { rows, hash: hash.digest('hex') }
}

async function featuresOf(image: Raster, detector: TextDetector): Promise<Float32Array> {
  return imageFeatures(image, await detector.detect(image, TEXT_PIXELS))
}

async function firstFrame(bytes: Uint8Array): Promise<Raster> {
  return (await decodeImage(bytes)).frames[0]!
}

function foldOf(group: string): number {
  return createHash('sha256').update(group).digest()[0]! % FOLDS
}

/** Some of the pictures as they are sent on; each stays in the part of the one that it was made of. */
async function resendPictures(
  rows: readonly PictureRow[],
  detector: TextDetector,
  seed: number,
  onProgress: TrainImageModelOptions['onProgress'],
): Promise<readonly PictureRow[]> {
  const random = createRandom(seed)
  const made: PictureRow[] = []
  for (const row of rows.filter((_, i) => i % RESENT_OF === 0)) {
    const { image, quality } = resend(await firstFrame(await readFile(row.path)), random)
    made.push({ ...row, features: await featuresOf(await recompress(image, quality), detector) })
    onProgress?.(rows.length + made.length)
  }
  return made
}

/** What is learned from when a part is left out; null: from all. */
function examplesOf(
  rows: readonly PictureRow[],
  made: readonly PictureRow[],
  out: number | null,
): ImageExample[] {
  const examples = (from: readonly PictureRow[], weight: number) =>
    from.filter(({ fold }) => fold !== out).map(({ features, target }) => ({ features, target, weight }))
  return [...examples(rows, 1), ...examples(made, RESENT_WEIGHT)]
}

/** Margins of all rows in order, each by the network that saw nothing of its part. */
function outcomesOf(
  rows: readonly PictureRow[],
  nets: readonly ImageNet[],
  marginOf: (net: ImageNet, features: Float32Array) => number,
): MarginOutcome[] {
  return rows.map(({ features, fold, target }) => {
    return { margin: marginOf(nets[fold]!, features), target, weight: 1 }
  })
}

function rounded(metrics: Readonly<Record<string, number>>): Record<string, number> {
  const entries = Object.entries(metrics).filter(([, value]) => Number.isFinite(value))
  return Object.fromEntries(entries.map(([name, value]) => [name, Math.round(value * 1e4) / 1e4]))
}
