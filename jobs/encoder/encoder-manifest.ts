import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import type { ModelFolder, ModelManifest } from '../../pipelines/model-manifest.ts'
import { ENCODER } from '../../pipelines/runtime/inference/encoder/encoder-files.ts'
import type { EncodedReference } from '../../pipelines/training-reference.ts'
import type { EncoderSettings } from '../../processors/encoder/encoder-settings.ts'
import { metricsByLanguage } from '../language-metrics.ts'
import { metricsOf, roundedMetrics } from '../metrics.ts'
import type { DataSummary, TrainingFile } from '../training-rows.ts'
import type { FittedHead } from './fit-encoder-head.ts'

/** What was asked for. */
export interface WantedEncoder {
  readonly kind: KindDeclaration
  readonly version: string
  readonly seed: number
  /** Rows it was calibrated by. */
  readonly files: readonly TrainingFile[]
}

/** What a manifest of an encoder is made of, beside what was asked for. */
export interface MadeEncoder {
  /** Those beside it. */
  readonly ngrams: ModelFolder | null
  readonly features: EncoderSettings
  readonly digest: string
  readonly summary: DataSummary | null
  readonly fitted: FittedHead
  readonly reference: EncodedReference | null
}

/** The manifest of a version of an encoder, with its figures on rows held out. */
export function encoderManifest(
  { kind, version, seed, files }: WantedEncoder,
  { ngrams, features, digest, summary, fitted, reference }: MadeEncoder,
): ModelManifest<EncoderSettings> {
  const { outcomes, settings } = fitted
  const metrics = outcomes.length === 0 ? {} : roundedMetrics(metricsOf(kind, outcomes, settings))
  const byLanguage = [...metricsByLanguage(kind, features.languages === null ? [] : outcomes, settings)]
  return {
    kind: kind.kind,
    version,
    family: ENCODER,
    features,
    digest,
    ...(reference && { reference: reference.digest }),
    dataHash: summary?.hash ?? createHash('sha256').digest('hex'),
    seed,
    parent: ngrams?.manifest.version ?? null,
    settings,
    metrics,
    ...(byLanguage.length > 0 && {
      metricsByLanguage: Object.fromEntries(byLanguage.map(([name, own]) => [name, roundedMetrics(own)])),
    }),
    sources: files.map((file, i) => ({
      name: file.name ?? basename(file.path),
      licence: file.licence ?? 'not stated',
      rows: summary?.rowsOfFile[i] ?? 0,
      metrics: {},
    })),
  }
}
