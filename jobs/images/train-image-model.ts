import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { IMAGE_FEATURES } from '../../pipelines/runtime/inference/image-model.ts'
import { encodeImageNet } from '../../pipelines/runtime/inference/image-onnx.ts'
import { openTextDetector } from '../../pipelines/runtime/inference/text-detector.ts'
import { imageFeatureSettings } from '../../processors/images/image-features.ts'
import { type ImageNet, imageMargin, looksMargin } from '../../processors/images/image-net.ts'
import { fitPlatt, type MarginOutcome, thresholdFor } from '../calibrate.ts'
import { metricsOf, roundedMetrics } from '../metrics.ts'
import { calibrated, fitImageNet, type ImageExample } from './fit-image-net.ts'
import { type ImageManifest, imageModelCard } from './image-model-card.ts'
import {
  FOLDS,
  type MadePictures,
  makePictures,
  type PictureRow,
  readPictures,
  type TrainImageModelOptions,
} from './training-pictures.ts'

/** How much a picture counts that was made of others, beside these. */
const MADE_WEIGHT = 0.25

/**
 * Trains an image model from rows with `image`, the label, and where wanted `group` (kept on one side of every split),
 * `kind` (figures of its own on the card) and `drawn` (true for one that was drawn to teach with: it is learned from and measured,
 * but probabilities and threshold are set by the others, since looks alone leave its likes to what is written in them). Every part of the rows is measured by a network that saw none of its groups, nor
 * pictures made of them; the shipped one learns from all.
 * @throws NicrError NICR_INPUT_INVALID (file, line, field; too few or too many rows), NICR_FILE_UNREADABLE
 */
export async function trainImageModel(options: TrainImageModelOptions): Promise<ImageManifest> {
  const { kind, outDir, seed = 1 } = options
  const detector = await openTextDetector()
  const { rows, hash } = await readPictures(options, detector)
  const made = await makePictures(rows, detector, seed, options.onProgress)
  await detector.close()
  const nets = Array.from({ length: FOLDS }, (_, out) => fitImageNet(examplesOf(rows, made, out), seed))
  // As they come, and as they are sent on: a set often has all its pictures from one program.
  const judged = [...rows, ...made.sentOn]
  const scale = fitPlatt(
    outcomesOf(
      judged.filter(row => !row.isDrawn),
      nets,
      looksMargin,
    ),
  )
  const scaled = nets.map(net => calibrated(net, scale))
  const values = outcomesOf(judged, scaled, imageMargin).map(({ margin, target }) => ({
    value: 1 / (1 + Math.exp(-margin)),
    target,
  }))
  if (kind.training.objective !== 'BINARY') throw new Error(`${kind.kind} is not of two classes`)
  const deciding = values.filter((_, i) => i < rows.length && !rows[i]!.isDrawn)
  const settings = { threshold: thresholdFor(deciding, kind.training.threshold) }
  const net = calibrated(fitImageNet(examplesOf(rows, made, null), seed), scale)
  const onnx = encodeImageNet(net, kind.kind)
  const metricsWhere = (holds: (row: PictureRow) => boolean) =>
    roundedMetrics(
      metricsOf(
        kind,
        values.filter((_, i) => i < rows.length && holds(rows[i]!)),
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
  const rightOf = (from: number, to: number, name: string) => {
    const of = values.filter((_, i) => i >= from && i < to && judged[i]!.subkind === name)
    return of.filter(({ value, target }) => value >= settings.threshold === (target === 1)).length / of.length
  }
  const right = subkinds.map(name => ({
    name,
    rows: rows.filter(row => row.subkind === name).length,
    right: rightOf(0, rows.length, name),
    rightSentOn: rightOf(rows.length, judged.length, name),
  }))
  await mkdir(outDir, { recursive: true })
  await writeFile(join(outDir, 'model.onnx'), onnx)
  await writeFile(join(outDir, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  await writeFile(join(outDir, 'README.md'), imageModelCard(kind, manifest, right))
  return manifest
}

/** What is learned from when a part is left out; null: from all. */
function examplesOf(rows: readonly PictureRow[], made: MadePictures, out: number | null): ImageExample[] {
  const examples = (from: readonly PictureRow[], weight: number) =>
    from.filter(({ fold }) => fold !== out).map(({ features, target }) => ({ features, target, weight }))
  return [...examples(rows, 1), ...examples(made.sentOn, MADE_WEIGHT), ...examples(made.hidden, MADE_WEIGHT)]
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
