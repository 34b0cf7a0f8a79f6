import type { ClickHouse } from '../../pipelines/clickhouse.ts'
import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import { heldImage, holdsInput, imageKey } from '../../pipelines/kind-input.ts'
import { listOf, readContents } from '../../pipelines/stored-contents.ts'
import type { AskedAlready } from '../../processors/choose-samples/choose-samples.ts'
import type { LabelSample } from '../../schemas/records.ts'

/** Open samples that are counted; more are as good as full. */
const OPEN_READ_MAX = 5000
/** Texts that people labelled lately, which near-duplicates are held against. */
const LABELLED_TEXTS_MAX = 1000

/** Rows of everything that a choice depends on. Not collapsed, so that each is known without reading the table. */
const COUNTS = `
SELECT (SELECT count() FROM scores_log) AS scores, (SELECT count() FROM content_log) AS contents, (SELECT count() FROM votes_log) AS votes,
  (SELECT count() FROM reports_log) AS reports, (SELECT count() FROM labels_log) AS labels,
  (SELECT count() FROM label_samples_log) AS samples, (SELECT count() FROM drift_reports_log) AS drift`

const OPEN = `
SELECT contentId, revision, source, ifNull(sample.text, '') AS text, sample.images AS images
FROM label_samples AS sample
LEFT JOIN (
  SELECT contentId, revision, toInt32(uniqExact(labeller)) AS done FROM labels WHERE kind = {kind:String} GROUP BY contentId, revision
) AS labelled USING (contentId, revision)
WHERE kind = {kind:String} AND gold IS NULL AND done < overlap
ORDER BY contentId, source LIMIT ${OPEN_READ_MAX}`

const LABELLED = `
SELECT contentId FROM labels_log WHERE kind = {kind:String}
GROUP BY contentId ORDER BY max(_offset) DESC LIMIT ${LABELLED_TEXTS_MAX}`

type OpenRow = Pick<LabelSample, 'contentId' | 'revision' | 'source' | 'images'> & { readonly text: string }

/**
 * Something that is the same as long as nothing was stored that a choice depends on.
 * @throws NicrError NICR_CLICKHOUSE_*
 */
export async function stateOf(clickhouse: Pick<ClickHouse, 'query'>): Promise<string> {
  return JSON.stringify(await clickhouse.query(COUNTS))
}

/**
 * Which of these samples are stored already.
 * @throws NicrError NICR_CLICKHOUSE_*
 */
export async function storedAmong(
  clickhouse: Pick<ClickHouse, 'query'>,
  samples: readonly LabelSample[],
): Promise<ReadonlySet<string>> {
  if (samples.length === 0) return new Set()
  const ids = listOf(samples.map(({ sampleId }) => sampleId))
  const rows = await clickhouse.query<{ sampleId: string }>(
    `SELECT DISTINCT sampleId FROM label_samples_log WHERE sampleId IN (${ids})`,
  )
  return new Set(rows.map(({ sampleId }) => sampleId))
}

/**
 * Samples of a kind that wait for labels, and what was labelled lately. What was deleted waits no more: nobody can be shown it.
 * @param pending samples that were chosen and are not stored yet
 * @throws NicrError NICR_CLICKHOUSE_*
 */
export async function readAsked(
  clickhouse: Pick<ClickHouse, 'query'>,
  kind: KindDeclaration,
  pending: readonly LabelSample[],
): Promise<AskedAlready> {
  const asked = { kind: kind.kind }
  const stored = await clickhouse.query<OpenRow>(OPEN, asked)
  const labelled = await clickhouse.query<{ contentId: string }>(LABELLED, asked)
  const open = [...stored, ...pending.map(sample => ({ ...sample, text: sample.text ?? '' }))]
  const contents = await readContents(
    clickhouse,
    [...open, ...labelled].map(({ contentId }) => contentId),
  )
  const readsImages = kind.input === 'IMAGE'
  const known = labelled.flatMap(({ contentId }) => contents.current(contentId) ?? [])
  return {
    open: open.flatMap(({ contentId, revision, source, text, images }) => {
      const own = { author: '', text, images: images.map(heldImage) }
      const held = contents.at(contentId, revision) ?? (holdsInput(kind, own) ? own : null)
      if (held === null) return []
      const pictures = readsImages ? { pictures: held.images.map(imageKey) } : {}
      return [{ contentId, source, author: held.author, text: held.text, ...pictures }]
    }),
    labelledTexts: readsImages ? [] : known.map(({ text }) => text),
    labelledPictures: readsImages ? known.flatMap(({ images }) => images.map(imageKey)) : [],
  }
}
