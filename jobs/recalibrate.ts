import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { digestOfFile } from '../pipelines/file-digest.ts'
import type { KindDeclaration, ThresholdRule } from '../pipelines/kind-declaration.ts'
import type { ModelFolder, ModelManifest, Recalibration } from '../pipelines/model-manifest.ts'
import { listVersions, readFolder } from '../pipelines/model-registry.ts'
import { ENCODER, HEAD_FILE, readEncoderFiles } from '../pipelines/runtime/inference/encoder/encoder-files.ts'
import { readHeadsModel } from '../pipelines/runtime/inference/heads-model.ts'
import { encodeHeadsModel } from '../pipelines/runtime/inference/heads-onnx.ts'
import {
  type EncodedReference,
  encodeReference,
  REFERENCE_FILE,
  readReference,
} from '../pipelines/training-reference.ts'
import { logOdds, reweighted, SHARE_MIN } from '../processors/drift/class-share.ts'
import { answerFeatures } from '../processors/drift/text-drift.ts'
import type { EncoderHead } from '../processors/encoder/encoder-head.ts'
import { noPromotions, type Promotions } from '../processors/fold-promotions.ts'
import { NicrError } from '../schemas/errors.ts'
import { nextVersion } from './next-version.ts'
import { recalibratedCard } from './recalibrated-card.ts'
import { type ChangedFiles, digestsOf, MODEL_FILE, writeChanged } from './version-files.ts'
import { writeVersionFolder } from './version-folder.ts'

/** A share that differs from the assumed one by less is the same. */
const SHIFT_MIN = 1e-6

export interface RecalibrationOrder {
  readonly kind: KindDeclaration
  readonly parent: ModelFolder
  readonly recalibration: Recalibration
  /** Where versions lie, the committed ones first; the new one goes below the last. */
  readonly modelsDirs: readonly string[]
  /** Numbers count on over what was promoted; nothing unless given. */
  readonly promotions?: Promotions
}

export interface PlannedVersion {
  readonly path: string
  readonly manifest: ModelManifest
  readonly parent: ModelFolder
  /** Files that differ from the parent's, by name. */
  readonly changed: ChangedFiles
  /** What the parent was trained on; null where that is not known. */
  readonly reference: EncodedReference | null
  /** Whether the very same version lies there already: nothing is to be written. */
  readonly exists: boolean
}

/**
 * The version that is `parent` under another share of its class, under the next free number; nothing is written. Its probability
 * is the parent's re-weighted exactly (Saerens, Latinne & Decaestecker 2002): log-odds move by those of the shares, which is a
 * constant added to the margin, so the ranking of texts stays. The same order gives the same bytes.
 * @throws NicrError NICR_INPUT_INVALID for a kind without a probability, or where nothing would change; NICR_MODEL_INVALID
 */
export async function planRecalibration(order: RecalibrationOrder): Promise<PlannedVersion> {
  const { kind, parent, recalibration, modelsDirs, promotions = noPromotions } = order
  const { manifest } = parent
  const rule = thresholdRuleOf(kind)
  const { shift } = recalibration
  if (!(Math.abs(shift) >= SHIFT_MIN))
    throw new NicrError(
      'NICR_INPUT_INVALID',
      `${kind.kind}@${manifest.version} assumes that share already; there is nothing to recalibrate`,
    )
  const changed = await changedFiles(kind, parent, shift)
  const { threshold } = manifest.settings
  const { auc } = manifest.metrics
  const version = await nextVersion(kind.kind, { modelsDirs }, promotions)
  const reference = await recalibratedReference(parent, recalibration.toShare)
  const planned: ModelManifest = {
    ...manifest,
    version,
    ...digestsOf(parent, changed),
    parent: manifest.version,
    settings:
      threshold === undefined
        ? manifest.settings
        : { ...manifest.settings, threshold: thresholdUnder(rule, threshold, shift) },
    // Of the parent's figures only the ranking is still true; the others were measured under its share.
    metrics: auc === undefined ? {} : { auc },
    sources: manifest.sources.map(source => ({ ...source, metrics: {} })),
    ...(reference && { reference: reference.digest }),
    recalibration,
  }
  const same = await sameVersion(planned, modelsDirs)
  if (same !== null) return { ...same, changed, parent, reference, exists: true }
  const path = join(modelsDirs.at(-1)!, kind.kind, version)
  return { path, manifest: planned, changed, parent, reference, exists: false }
}

/** The files that make the margin so much more of every text. */
async function changedFiles(
  { kind }: KindDeclaration,
  parent: ModelFolder,
  shift: number,
): Promise<ChangedFiles> {
  if (parent.manifest.family !== ENCODER) {
    const model = await readHeadsModel(parent)
    const offsets = model.offsets.map(offset => offset + shift)
    return new Map([[MODEL_FILE, encodeHeadsModel({ ...model, offsets }, kind)]])
  }
  const { head } = await readEncoderFiles(parent)
  const moved: EncoderHead = { ...head, shift: (head.shift ?? 0) + shift }
  return new Map([[HEAD_FILE, Buffer.from(`${JSON.stringify(moved)}\n`)]])
}

/** What the parent learned from is what its child did, but for what the parent answered to it. */
async function recalibratedReference(parent: ModelFolder, share: number): Promise<EncodedReference | null> {
  const open = await readReference(parent)
  if (open === null) return null
  const features = open.reference.features.filter(({ name }) => !answerFeatures.includes(name))
  return encodeReference({ ...open.reference, positiveShare: share, features })
}

/**
 * Writes a planned version: its files, `manifest.json` and a card that says what it is.
 * @throws NicrError as `writeVersionFolder`
 */
export async function writeRecalibrated(
  kind: KindDeclaration,
  { path, manifest, changed, parent, reference }: PlannedVersion,
): Promise<void> {
  await writeVersionFolder(path, async folder => {
    await writeChanged(folder, { manifest, parent, changed })
    await writeFile(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
    await writeFile(join(folder, 'README.md'), recalibratedCard(kind, manifest))
    if (reference !== null) await writeFile(join(folder, REFERENCE_FILE), reference.text)
  })
}

/** @throws NicrError NICR_INPUT_INVALID for a kind whose value is no probability of a class, or that looks at pictures */
export function thresholdRuleOf({ kind, input, training }: KindDeclaration): ThresholdRule {
  if (input === 'IMAGE')
    throw new NicrError(
      'NICR_INPUT_INVALID',
      `${kind} looks at pictures, and only kinds that read text are recalibrated; train it anew`,
    )
  if (training.objective === 'BINARY') return training.threshold
  throw new NicrError(
    'NICR_INPUT_INVALID',
    `the value of ${kind} is no probability of a class, so there is no share to calibrate it to`,
  )
}

/**
 * The correction from the share a version assumes to another.
 * @throws NicrError NICR_INPUT_INVALID if it is not known what it assumes; NICR_MODEL_INVALID, NICR_MODEL_DIGEST_MISMATCH
 */
export async function recalibrationTo(share: number, folder: ModelFolder): Promise<Recalibration> {
  const { manifest } = folder
  const open = await readReference(folder)
  const fromShare = open?.reference.positiveShare ?? assumedShareOf(manifest)
  if (fromShare !== null)
    return { fromShare, toShare: share, shift: logOdds(share) - logOdds(fromShare), report: null }
  throw new NicrError(
    'NICR_INPUT_INVALID',
    `the manifest of ${manifest.kind}@${manifest.version} does not tell which share of its class it was calibrated to; recalibrate it by a report`,
  )
}

/**
 * The share of its class that a version's probabilities assume: the one it was recalibrated to, or else that of the rows it was
 * measured on, a random part of those it was calibrated on. From accuracy a, precision q and recall r it follows that
 * share = (1 − a) / (1 − r + r · (1 − q) / q).
 * @returns null where the metrics do not tell it
 */
export function assumedShareOf({ recalibration, metrics }: ModelManifest): number | null {
  if (recalibration !== undefined) return recalibration.toShare
  const { accuracy, precision, recall } = metrics
  if (accuracy === undefined || precision === undefined || recall === undefined) return null
  const share = (1 - accuracy) / (1 - recall + (recall * (1 - precision)) / precision)
  return share > SHARE_MIN && share < 1 - SHARE_MIN ? share : null
}

/**
 * What the threshold is under the new share. One that bounds the false alarms among negatives bounds those of the same texts, so it
 * moves with the probabilities, but never below 0.5: nothing is named that is more likely not so. The best one for the mean F1 of
 * both classes lies between that for accuracy, which stays, and that for balanced accuracy, which moves as far as the log-odds of the
 * share: it moves half as far.
 */
export function thresholdUnder({ rule }: ThresholdRule, threshold: number, shift: number): number {
  if (threshold >= 1) return threshold
  if (rule === 'macroF1') return reweighted(threshold, shift / 2)
  return Math.max(Math.min(0.5, threshold), reweighted(threshold, shift))
}

/** A usable version that differs from the planned one in its number only. */
async function sameVersion(
  planned: ModelManifest,
  modelsDirs: readonly string[],
): Promise<ModelFolder | null> {
  for (const { path, version } of await listVersions(planned.kind, { modelsDirs })) {
    const folder = await readFolder(path, planned.kind, version).catch(() => null)
    if (folder === null || !isDeepStrictEqual(folder.manifest, { ...planned, version })) continue
    const digest = await digestOfFile(join(path, MODEL_FILE)).catch(() => null)
    if (digest === planned.digest) return folder
  }
  return null
}
