import { ADJUDICATION } from '../processors/tagging/join-labels.ts'
import { hashId, labelId, labelSampleId } from '../schemas/ids.ts'
import type { Label, LabelSample } from '../schemas/records.ts'
import type { ClickHouse } from './clickhouse.ts'
import type { KindDeclaration } from './kind-declaration.ts'
import { holdsInput, imageKey } from './kind-input.ts'
import type { LabelRow } from './label-row.ts'

const SOURCE = 'import'

/** Contents that are known by these ids: posted on the platform, or imported with their text or images before. */
const KNOWN = `
SELECT id, max(posted) AS isPosted FROM (
  SELECT id, 1 AS posted FROM content_log WHERE id IN {ids:Array(String)}
  UNION ALL
  SELECT contentId AS id, 0 AS posted FROM label_samples WHERE kind = {kind:String} AND contentId IN {ids:Array(String)} AND (isNotNull(text) OR notEmpty(images))
)
GROUP BY id`

export interface ImportSettings {
  readonly kind: Pick<KindDeclaration, 'kind' | 'input'>
  /** Of rows that name nobody. */
  readonly labeller: string
  /** Event time of rows that state none, ms since the epoch. */
  readonly now: number
  /** How many people are asked about a row without a label; null: such a row is refused. */
  readonly askOverlap: number | null
  /** In UTF-16 code units. */
  readonly textLengthMax: number
  /** Contents whose text came earlier in the file, which ClickHouse may not know yet; added to. */
  readonly seen: Set<string>
}

/** Of `seen`: beyond it a row without a text may have to be imported again. */
const SEEN_MAX = 1_000_000

export interface Imported {
  readonly samples: readonly LabelSample[]
  readonly labels: readonly Label[]
  readonly refused: readonly { readonly place: string; readonly error: string }[]
}

/**
 * The records of some rows. Ids follow from what rows say, so that importing a file again repeats them: what has no id is named by a hash of its text or images, and a
 * person's label has the id it would have had at the page.
 * @throws NicrError NICR_CLICKHOUSE_UNAVAILABLE
 */
export async function importRows(
  clickhouse: Pick<ClickHouse, 'query'>,
  rows: readonly LabelRow[],
  settings: ImportSettings,
): Promise<Imported> {
  const { labeller, now, askOverlap, textLengthMax, seen } = settings
  const { kind, input } = settings.kind
  const known = await knownAmong(clickhouse, rows, kind)
  const samples = new Map<string, LabelSample>()
  const labels: Label[] = []
  const refused: Imported['refused'][number][] = []
  for (const row of rows) {
    const { place, text, images, revision, value } = row
    const contentId = row.contentId ?? nameOf(row)
    const from = known.get(contentId) ?? (seen.has(contentId) ? 'imported' : undefined)
    const isKnown = from !== undefined
    const problem = problemOf(row, { input, isKnown, askOverlap, textLengthMax })
    if (problem !== null) {
      refused.push({ place, error: problem })
      continue
    }
    const at = row.at ?? now
    const named = { contentId, revision, kind, source: SOURCE }
    const sample = { ...named, sampleId: labelSampleId(named) }
    const isAsked = value === null
    // A content that is known needs no sample for its text.
    if (!isKnown || isAsked)
      samples.set(sample.sampleId, {
        ...sample,
        samplingProbability: 1,
        share: 1,
        // Of a content that is labelled already nobody needs to be asked.
        overlap: isAsked ? (askOverlap ?? 1) : 0,
        gold: null,
        requestId: null,
        text: isKnown ? null : text,
        language: isKnown ? null : row.language,
        images: isKnown ? [] : images,
        at,
      })
    // Rows further down may name it without its text.
    if (!isKnown && seen.size < SEEN_MAX) seen.add(contentId)
    if (value === null) continue
    const said = {
      contentId,
      revision,
      kind,
      labeller: row.labeller ?? labeller,
      origin: row.adjudicated ? ADJUDICATION : SOURCE,
    }
    labels.push({
      ...said,
      id: labelId(said),
      sampleId: from === 'posted' ? null : sample.sampleId,
      value,
      boxes: row.boxes,
      guidelineVersion: row.guidelineVersion ?? '',
      seconds: row.seconds,
      modelShown: false,
      withdrawn: false,
      at,
    })
  }
  return { samples: [...samples.values()], labels, refused }
}

/** The name of what has no id: of its text, or of its images. */
function nameOf({ text, images }: LabelRow): string {
  return images.length > 0
    ? `image-${hashId([text ?? '', ...images.map(imageKey)])}`
    : `text-${hashId([text ?? ''])}`
}

function problemOf(
  { contentId, text, images, value }: LabelRow,
  given: {
    readonly input: KindDeclaration['input']
    readonly isKnown: boolean
    readonly askOverlap: number | null
    readonly textLengthMax: number
  },
): string | null {
  if (!given.isKnown && !holdsInput(given, { text: text ?? '', images }))
    return `the field contentId names ${JSON.stringify(contentId)}, which is not known, and there is no ${given.input === 'IMAGE' ? 'image' : 'text'}`
  if (text !== null && text.length > given.textLengthMax)
    return `the field text has ${text.length} UTF-16 code units, the limit is ${given.textLengthMax} (NICR_TEXT_LENGTH)`
  if (value === null && given.askOverlap === null)
    return 'has no label; with --ask it becomes a question for taggers'
  return null
}

async function knownAmong(
  clickhouse: Pick<ClickHouse, 'query'>,
  rows: readonly LabelRow[],
  kind: string,
): Promise<Map<string, 'posted' | 'imported'>> {
  const ids = [...new Set(rows.flatMap(({ contentId }) => (contentId === null ? [] : [contentId])))]
  if (ids.length === 0) return new Map()
  const found = await clickhouse.query<{ id: string; isPosted: number }>(KNOWN, { ids, kind })
  return new Map(found.map(({ id, isPosted }) => [id, isPosted === 1 ? 'posted' : 'imported']))
}
