import type { ClickHouse } from '../../pipelines/clickhouse.ts'
import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import { heldImage, holdsInput } from '../../pipelines/kind-input.ts'
import { listOf, readContents, type StoredContents } from '../../pipelines/stored-contents.ts'
import { readScores, type StoredScore } from '../../pipelines/stored-scores.ts'
import { joinLabels, type LabelScale } from '../../processors/tagging/join-labels.ts'
import type { LabelSample } from '../../schemas/records.ts'
import type { DataSetManifest } from './data-set.ts'
import { estimateReliability } from './estimate-reliability.ts'
import { contentFields, type LeftOut, type RowDraft, rowImages } from './row-draft.ts'

/** Labels that are read, the latest: those before the champion too, since they tell how reliable their labellers are. */
const LABELS_READ_MAX = 60_000
/** Contents with labels in one data set, the latest. */
export const LABEL_ROWS_MAX = 20_000
/** Labels named in a row. */
const EVIDENCE_MAX = 16
const DRAFT = /^draft:(.+)$/s

export interface StoredLabel {
  readonly id: string
  readonly sampleId: string | null
  readonly contentId: string
  readonly revision: number
  readonly value: number
  readonly labeller: string
  readonly origin: string
  readonly guidelineVersion: string
  readonly at: number
  readonly appendedAt: number
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

const LABELS = `
SELECT id, sampleId, contentId, revision, value, labeller, origin, guidelineVersion, toUnixTimestamp64Milli(at) AS at,
  toUnixTimestamp64Milli(_appended_at) AS appendedAt, _topic AS topic, _partition AS partition, _offset AS offset
FROM labels WHERE kind = {kind:String} ORDER BY offset DESC LIMIT ${LABELS_READ_MAX}`

interface AnsweredSample {
  readonly sampleId: string
  readonly contentId: string
  readonly revision: number
  readonly source: string
  readonly samplingProbability: number
  readonly gold: number | null
  readonly text: string | null
  readonly language: string | null
  readonly images: LabelSample['images']
}

const SAMPLES = `
SELECT sampleId, contentId, revision, source, samplingProbability, gold, text, language, images FROM label_samples
WHERE kind = {kind:String} AND contentId IN (SELECT contentId FROM labels_log WHERE kind = {kind:String})
ORDER BY contentId, _offset`

export interface LabelRows {
  readonly rows: readonly RowDraft[]
  /** What people say of every content that was ever labelled, by content and revision: what weak labels are judged by. */
  readonly truths: ReadonlyMap<string, { readonly contentId: string; readonly value: number }>
  readonly labellers: DataSetManifest['labellers']
  readonly guidelineVersions: readonly string[]
  readonly offsets: DataSetManifest['labels']
}

export interface LabelOrder {
  readonly kind: KindDeclaration
  /** Whether a label is learned from; all tell how reliable people are. */
  readonly isNew: (label: Pick<StoredLabel, 'offset' | 'appendedAt'>) => boolean
}

/**
 * One row for each content and revision that people labelled: their answers joined, hidden checks and what was taken back left out.
 * @throws NicrError NICR_CLICKHOUSE_*
 */
export async function readLabelRows(
  clickhouse: Pick<ClickHouse, 'query'>,
  { kind, isNew }: LabelOrder,
  leftOut: LeftOut,
): Promise<LabelRows> {
  const scale: LabelScale = { ...kind.scale, objective: kind.training.objective }
  const all = (await clickhouse.query<StoredLabel>(LABELS, { kind: kind.kind })).reverse()
  const labels = all.filter(({ value }) => isAnswer(scale, value))
  leftOut.add('labelOffScale', all.length - labels.length)
  const samples = await clickhouse.query<AnsweredSample>(SAMPLES, { kind: kind.kind })
  const gold = new Map(samples.flatMap(one => (one.gold === null ? [] : [[itemOf(one), one.gold] as const])))
  const reliability = estimateReliability(
    scale,
    labels.map(label => ({ item: itemOf(label), labeller: label.labeller, value: label.value })),
    gold,
  )
  // The answers that made a content a check stay; only what people answered to the check itself was known before.
  const checks = new Set(samples.flatMap(one => (one.gold === null ? [] : [one.sampleId])))
  const asked = labels.filter(({ sampleId }) => sampleId === null || !checks.has(sampleId))
  leftOut.add('labelOfHiddenCheck', labels.length - asked.length)
  const joined = joinedBy(scale, asked, reliability)
  const answered = newItems(asked, isNew, leftOut)
  leftOut.add('labelsUndecided', [...answered.keys()].filter(item => !joined.has(item)).length)
  const ids = [...answered.values()].map(([first]) => first!.contentId)
  const known: Known = {
    contents: await readContents(clickhouse, ids),
    scores: await readScores(clickhouse, kind.kind, ids),
    samples: samplesByItem(samples),
    draftAuthors: await draftAuthorsOf(clickhouse, ids),
  }
  const rows = [...answered].flatMap(([item, own]) => {
    const value = joined.get(item)
    return value === undefined ? [] : (rowOf(kind, own, value, known, leftOut) ?? [])
  })
  const used = [...answered.values()].flat()
  return {
    rows,
    truths: joined,
    labellers: labellersOf(used, reliability),
    guidelineVersions: [...new Set(used.map(({ guidelineVersion }) => guidelineVersion))].sort(),
    offsets: {
      fromOffset: asked.find(isNew)?.offset ?? null,
      nextOffset: all.length === 0 ? null : all.at(-1)!.offset + 1,
    },
  }
}

function isAnswer({ objective, min, max }: LabelScale, value: number): boolean {
  return objective === 'BINARY' ? value === 0 || value === 1 : value >= min && value <= max
}

function itemOf({ contentId, revision }: { readonly contentId: string; readonly revision: number }): string {
  return `${revision} ${contentId}`
}

function byItem(labels: readonly StoredLabel[]): Map<string, StoredLabel[]> {
  const items = new Map<string, StoredLabel[]>()
  for (const label of labels) {
    const item = itemOf(label)
    const own = items.get(item)
    if (own === undefined) items.set(item, [label])
    else own.push(label)
  }
  return items
}

function joinedBy(
  scale: LabelScale,
  labels: readonly StoredLabel[],
  reliability: ReadonlyMap<string, number>,
) {
  const joined = new Map<string, { contentId: string; value: number; weight: number }>()
  for (const [item, own] of byItem(labels)) {
    const one = joinLabels(scale, own, labeller => reliability.get(labeller) ?? 0)
    if (one !== null && one.weight > 0) joined.set(item, { contentId: own[0]!.contentId, ...one })
  }
  return joined
}

/** Items with a label to learn from, the latest LABEL_ROWS_MAX, with all their labels. */
function newItems(asked: readonly StoredLabel[], isNew: LabelOrder['isNew'], leftOut: LeftOut) {
  const items = [...byItem(asked)].filter(([, own]) => own.some(isNew))
  leftOut.add('labelledContentOverMax', items.length - LABEL_ROWS_MAX)
  const lastOf = (own: readonly StoredLabel[]) => own.at(-1)!.offset
  return new Map(items.sort(([, left], [, right]) => lastOf(left) - lastOf(right)).slice(-LABEL_ROWS_MAX))
}

/** Of several samples of one revision the first. */
function samplesByItem(samples: readonly AnsweredSample[]) {
  const byKey = new Map<string, AnsweredSample>()
  for (const sample of samples)
    for (const key of [itemOf(sample), sample.sampleId]) if (!byKey.has(key)) byKey.set(key, sample)
  return byKey
}

interface Known {
  readonly contents: StoredContents
  readonly scores: ReadonlyMap<string, StoredScore>
  readonly samples: ReadonlyMap<string, AnsweredSample>
  readonly draftAuthors: ReadonlyMap<string, string>
}

function rowOf(
  kind: KindDeclaration,
  labels: readonly StoredLabel[],
  { value, weight }: { readonly value: number; readonly weight: number },
  { contents, scores, samples, draftAuthors }: Known,
  leftOut: LeftOut,
): RowDraft | null {
  const first = labels[0]!
  const { contentId, revision } = first
  const sampleId = labels.find(label => label.sampleId !== null && samples.has(label.sampleId))?.sampleId
  const sample = samples.get(sampleId ?? itemOf(first))
  const content = contents.at(contentId, revision)
  const carried = { text: sample?.text ?? '', images: (sample?.images ?? []).map(heldImage) }
  const isPosted = content !== null && holdsInput(kind, content)
  if (!isPosted && !holdsInput(kind, carried)) {
    const unknown = kind.input === 'IMAGE' ? 'labelOfUnknownImages' : 'labelOfUnknownText'
    leftOut.add(contents.isDeleted(contentId) ? 'labelOfDeletedContent' : unknown)
    return null
  }
  const fields = isPosted
    ? contentFields(kind, content, scores.get(contentId)?.language ?? null)
    : {
        ...outsideFields(first, carried.text, sample?.language ?? null, draftAuthors.get(contentId) ?? ''),
        ...rowImages(kind, carried),
      }
  return {
    ...fields,
    target: value,
    weight,
    role: 'LABEL',
    source: sample?.source ?? null,
    samplingProbability: sample?.samplingProbability ?? null,
    evidence: labels.slice(-EVIDENCE_MAX).map(({ id, labeller, value, topic, partition, offset }) => ({
      id,
      by: labeller,
      value,
      topic,
      partition,
      offset,
    })),
  }
}

/** Of a text that came with its sample, or beside images that did. */
function outsideFields(label: StoredLabel, text: string, language: string | null, author: string) {
  const { contentId, revision, at } = label
  return { text, contentId, revision, author, thread: null, language, at, place: null, slices: ['all'] }
}

/** Who sent a draft, so that what they sent can be erased. */
async function draftAuthorsOf(clickhouse: Pick<ClickHouse, 'query'>, contentIds: readonly string[]) {
  const drafts = contentIds.flatMap(id => DRAFT.exec(id)?.[1] ?? []).slice(0, DRAFTS_MAX)
  if (drafts.length === 0) return new Map<string, string>()
  const rows = await clickhouse.query<{ draftId: string; reporter: string }>(
    `SELECT assumeNotNull(draftId) AS draftId, argMax(reporter, _offset) AS reporter FROM reports
     WHERE draftId IN (${listOf(drafts)}) GROUP BY draftId`,
  )
  return new Map(rows.map(({ draftId, reporter }) => [`draft:${draftId}`, reporter]))
}

const DRAFTS_MAX = 2000

function labellersOf(labels: readonly StoredLabel[], reliability: ReadonlyMap<string, number>) {
  const counts = new Map<string, number>()
  for (const { labeller } of labels) counts.set(labeller, (counts.get(labeller) ?? 0) + 1)
  return [...counts]
    .map(([labeller, count]) => ({ labeller, labels: count, reliability: reliability.get(labeller) ?? 0 }))
    .sort((left, right) => (left.labeller < right.labeller ? -1 : 1))
}
