import { hash } from 'node:crypto'
import type {
  Automation,
  DriftReport,
  Erasure,
  FeatureProfile,
  Label,
  LabelBox,
  LabelSample,
  ModelPromotion,
  RetrainRequest,
  RetrainStep,
  Score,
} from './records.ts'

/** Where a record lies. `topic` is the full name. */
export interface Position {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** 128 bits: two of 10^15 ids are alike with a probability of about 10^-9. */
const ID_HEX_DIGITS = 32

/**
 * The deterministic id of something that these parts identify: the first 128 bits of their SHA-256, in hexadecimal.
 * Only the last part may hold a NUL, which keeps the parts apart.
 */
export function hashId(parts: readonly (string | number)[]): string {
  return hash('sha256', parts.join('\0'), 'hex').slice(0, ID_HEX_DIGITS)
}

/** A score's id: the same revision scored by the same model version in the same part is the same score. */
export function scoreId(
  score: Pick<Score, 'contentId' | 'revision' | 'kind' | 'modelVersion' | 'alias'>,
): string {
  return hashId([score.revision, score.kind, score.modelVersion, score.alias, score.contentId])
}

/** A promotion's id: the same move made at the same moment is the same promotion. */
export function promotionId(
  promotion: Pick<ModelPromotion, 'kind' | 'alias' | 'version' | 'previous' | 'at'>,
): string {
  const { kind, alias, version, previous, at } = promotion
  return hashId([alias, version, previous ?? '', at, kind])
}

/** A profile's id: the same records under the same model and reference are the same profile. */
export function profileId(
  profile: Pick<
    FeatureProfile,
    'kind' | 'modelVersion' | 'referenceVersion' | 'sourceTopic' | 'sourcePartition' | 'firstOffset'
  >,
): string {
  const { kind, modelVersion, referenceVersion, sourceTopic, sourcePartition, firstOffset } = profile
  return hashId([modelVersion, referenceVersion, sourceTopic, sourcePartition, firstOffset, kind])
}

/** A drift report's id: the same method over the same window is the same finding. */
export function driftReportId(
  report: Pick<DriftReport, 'kind' | 'feature' | 'slice' | 'method' | 'referenceVersion' | 'windowEnd'>,
): string {
  const { kind, feature, slice, method, referenceVersion, windowEnd } = report
  return hashId([kind, slice, method, referenceVersion, windowEnd, feature])
}

/** A retrain request's id: the same policy, about the same model, with the same evidence, is the same request. */
export function retrainRequestId(
  request: Pick<RetrainRequest, 'kind' | 'policy' | 'modelVersion' | 'evidence'>,
): string {
  const { kind, policy, modelVersion, evidence } = request
  // Without the sentences: their wording may change.
  const figures = evidence.map(({ source, ref, feature, value, threshold }) => [
    source,
    ref,
    feature,
    value,
    threshold,
  ])
  return hashId([kind, policy, modelVersion, JSON.stringify(figures)])
}

/** A sample's id: the same revision chosen for the same kind and reason is the same sample. */
export function labelSampleId(
  sample: Pick<LabelSample, 'contentId' | 'revision' | 'kind' | 'source'>,
): string {
  const { contentId, revision, kind, source } = sample
  return hashId([revision, kind, source, contentId])
}

/** A retrain step's id: the same thing said of a request at the same moment is the same step. */
export function retrainStepId(step: Pick<RetrainStep, 'requestId' | 'step' | 'task' | 'at'>): string {
  const { requestId, step: state, task, at } = step
  return hashId([state, task, at, requestId])
}

/** The id of a person's word on whether a kind runs by itself. */
export function automationId(said: Pick<Automation, 'kind' | 'paused' | 'by' | 'at'>): string {
  const { kind, paused, by, at } = said
  return hashId([String(paused), at, kind, by])
}

/** An erasure's id: the same part of what was erased of a person at a moment. */
export function erasureId({ person, at, part }: Pick<Erasure, 'person' | 'at' | 'part'>): string {
  return hashId([person, at, part])
}

/** A label's id: what a person says of a revision under a kind is one label, said again it is replaced; as a moderator they decide beside it. */
export function labelId(
  label: Pick<Label, 'contentId' | 'revision' | 'kind' | 'labeller' | 'origin'>,
): string {
  const { contentId, revision, kind, labeller, origin } = label
  return hashId([revision, kind, origin === 'adjudication' ? origin : '', labeller, contentId])
}

/** A bank entry's id for a whole picture: the same file under a kind is one entry, whoever tags it. */
export function bankPictureId(kind: string, sha256: string): string {
  return hashId([kind, 'PICTURE', sha256])
}

/** A bank entry's id for a marked logo: the same rectangle of a label is one entry. */
export function bankLogoId(
  kind: string,
  sha256: string,
  labelId: string,
  { x, y, width, height }: Pick<LabelBox, 'x' | 'y' | 'width' | 'height'>,
): string {
  return hashId([kind, 'LOGO', sha256, x, y, width, height, labelId])
}

/** The id of a record whose producer left it empty, e.g. `nicr.content:3:42`. */
export function deriveId(position: Position): string {
  return `${position.topic}:${position.partition}:${position.offset}`
}

/** The position that `deriveId` wrote; null of any other text. */
export function parseDerivedId(text: string): Position | null {
  const parts = /^([^:]+):(\d{1,10}):(\d{1,15})$/.exec(text)
  return parts === null ? null : { topic: parts[1]!, partition: Number(parts[2]), offset: Number(parts[3]) }
}

/** The record itself, or with an id derived from where it lies if its own is empty. */
export function withId<T extends { readonly id: string }>(record: T, position: Position): T {
  return record.id === '' ? { ...record, id: deriveId(position) } : record
}
