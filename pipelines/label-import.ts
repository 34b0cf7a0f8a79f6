import { ADJUDICATION } from '../processors/tagging/join-labels.ts'
import { hashId, labelId, labelSampleId } from '../schemas/ids.ts'
import type { Label, LabelSample } from '../schemas/records.ts'
import type { ClickHouse } from './clickhouse.ts'
import type { LabelRow } from './label-row.ts'

const SOURCE = 'import'

/** Contents that are known by these ids: posted on the platform, or imported with their text before. */
const KNOWN = `
SELECT id, max(posted) AS isPosted FROM (
  SELECT id, 1 AS posted FROM content_log WHERE id IN {ids:Array(String)}
  UNION ALL
  SELECT contentId AS id, 0 AS posted FROM label_samples WHERE kind = {kind:String} AND contentId IN {ids:Array(String)} AND isNotNull(text)
)
GROUP BY id`

export interface ImportSettings {
  readonly kind: string
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
 * The records of some rows. Ids follow from what rows say, so that importing a file again repeats them: a text without an id is named by its hash, and a
 * person's label has the id it would have had at the page.
 * @throws NicrError NICR_CLICKHOUSE_UNAVAILABLE
 */
export async function importRows(
  clickhouse: Pick<ClickHouse, 'query'>,
  rows: readonly LabelRow[],
  settings: ImportSettings,
): Promise<Imported> {
  const { kind, labeller, now, askOverlap, textLengthMax, seen } = settings
  const known = await knownAmong(clickhouse, rows, kind)
  const samples = new Map<string, LabelSample>()
  const labels: Label[] = []
  const refused: Imported['refused'][number][] = []
  for (const row of rows) {
    const { place, text, revision, value } = row
    const contentId = row.contentId ?? `text-${hashId([text ?? ''])}`
    const from = known.get(contentId) ?? (seen.has(contentId) ? 'imported' : undefined)
    const isKnown = from !== undefined
    const problem = problemOf(row, { isKnown, askOverlap, textLengthMax })
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
      boxes: [],
      guidelineVersion: row.guidelineVersion ?? '',
      seconds: row.seconds,
      modelShown: false,
      withdrawn: false,
      at,
    })
  }
  return { samples: [...samples.values()], labels, refused }
}

function problemOf(
  { contentId, text, value }: LabelRow,
  given: { readonly isKnown: boolean; readonly askOverlap: number | null; readonly textLengthMax: number },
): string | null {
  if (!given.isKnown && (text === null || text.trim() === ''))
    return `the field contentId names ${JSON.stringify(contentId)}, which is not known, and there is no text`
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
