import type { ClickHouse } from '../../pipelines/clickhouse.ts'
import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import { holdsInput } from '../../pipelines/kind-input.ts'
import { OF_OLD_ACCOUNT } from '../../pipelines/reader-accounts.ts'
import { saidRuleOf } from '../../pipelines/said.ts'
import { readContents } from '../../pipelines/stored-contents.ts'
import { readScores } from '../../pipelines/stored-scores.ts'
import type { WeakFigures, WeakReliability } from './data-set.ts'
import { contentFields, type LeftOut, type RowDraft } from './row-draft.ts'
import { reportSayings, type Saying, voteSayings, type WeakLabel, weakLabels } from './weak-labels.ts'

/** Votes, and reports, that are read: the latest of accounts that are not new. */
const SAYINGS_READ_MAX = 50_000
/** Of one reader, the latest, so that a few do not crowd out all others. */
const READ_OF_A_READER_MAX = 50
export const WEAK_ROWS_MAX = 5000
/** All weak rows weigh at most this share of all labels. */
export const WEAK_SHARE_MAX = 0.2

const PLACE = '_topic AS topic, _partition AS partition, _offset AS offset'

const VOTES = `
SELECT id, contentId, voter AS by, value, ${PLACE} FROM current_votes WHERE voter != '' AND ${OF_OLD_ACCOUNT}
ORDER BY _appended_at DESC, partition, offset DESC LIMIT ${READ_OF_A_READER_MAX} BY voter LIMIT ${SAYINGS_READ_MAX}`

/** One of a reader for a content, the latest. */
const REPORTS = `
SELECT id, assumeNotNull(contentId) AS contentId, reporter AS by, assumeNotNull(expected) AS value, ${PLACE} FROM (
  SELECT * FROM reports
  WHERE kind = {kind:String} AND reporter != '' AND contentId IS NOT NULL AND expected BETWEEN {min:Float64} AND {max:Float64} AND ${OF_OLD_ACCOUNT}
  ORDER BY _offset DESC LIMIT 1 BY reporter, contentId
)
ORDER BY _appended_at DESC, partition, offset DESC LIMIT ${READ_OF_A_READER_MAX} BY reporter LIMIT ${SAYINGS_READ_MAX}`

export interface WeakOrder {
  readonly kind: KindDeclaration
  /** What people who label say, by content. */
  readonly truths: ReadonlyMap<string, number>
  /** Of all rows with labels. */
  readonly labelWeight: number
}

/**
 * Rows from votes and reports. Accounts that are new say nothing, and without labels to judge readers by there are none.
 * @throws NicrError NICR_CLICKHOUSE_*
 */
export async function readWeakRows(
  clickhouse: Pick<ClickHouse, 'query'>,
  { kind, truths, labelWeight }: WeakOrder,
  leftOut: LeftOut,
): Promise<{ readonly rows: readonly RowDraft[]; readonly figures: WeakFigures }> {
  const { min, max } = kind.scale
  const votes = kind.votes === undefined ? [] : inOrder(await clickhouse.query<Saying>(VOTES))
  const reports = inOrder(await clickhouse.query<Saying>(REPORTS, { kind: kind.kind, min, max }))
  const { agrees } = saidRuleOf(kind)
  const ofVotes = kind.votes === undefined ? NOTHING_SAID : weakLabels(votes, truths, voteSayings(kind.votes))
  const ofReports = weakLabels(
    reports,
    truths,
    reportSayings((expected, truth) => agrees({ value: truth, label: null }, expected), (min + max) / 2),
  )
  const labels = heaviest([...ofReports.labels, ...ofVotes.labels])
  leftOut.add('weakContentOverMax', labels.length - WEAK_ROWS_MAX)
  const drafts = await rowsOf(clickhouse, kind, labels.slice(0, WEAK_ROWS_MAX), leftOut)
  const weight = drafts.reduce((sum, row) => sum + row.weight, 0)
  const scaled = weight === 0 ? 0 : Math.min(1, (WEAK_SHARE_MAX * labelWeight) / weight)
  return {
    rows: scaled === 0 ? [] : drafts.map(row => ({ ...row, weight: row.weight * scaled })),
    figures: {
      votes: ofVotes.reliability,
      reports: ofReports.reliability,
      weightShare: labelWeight === 0 ? 0 : (weight * scaled) / labelWeight,
    },
  }
}

const NOTHING_JUDGED: WeakReliability = { judged: 0, agreeing: 0, reliability: 0 }
const NOTHING_SAID = { labels: [] as readonly WeakLabel[], reliability: NOTHING_JUDGED }

function inOrder(sayings: readonly Saying[]): Saying[] {
  return sayings.toSorted((left, right) => left.partition - right.partition || left.offset - right.offset)
}

/** One label a content, the heaviest first. */
function heaviest(labels: readonly WeakLabel[]): WeakLabel[] {
  const byContent = new Map<string, WeakLabel>()
  for (const label of labels)
    if (label.weight > (byContent.get(label.contentId)?.weight ?? 0)) byContent.set(label.contentId, label)
  return [...byContent.values()].sort(
    (left, right) => right.weight - left.weight || (left.contentId < right.contentId ? -1 : 1),
  )
}

async function rowsOf(
  clickhouse: Pick<ClickHouse, 'query'>,
  kind: KindDeclaration,
  labels: readonly WeakLabel[],
  leftOut: LeftOut,
): Promise<RowDraft[]> {
  const ids = labels.map(({ contentId }) => contentId)
  const contents = await readContents(clickhouse, ids)
  // What the champion did not score is in a language that the kind does not know, or empty.
  const scores = await readScores(clickhouse, kind.kind, ids)
  const rows = labels.flatMap(({ contentId, target, weight, evidence }): RowDraft[] => {
    const content = contents.current(contentId)
    const score = scores.get(contentId)
    if (content === null || !holdsInput(kind, content) || score === undefined) return []
    const fields = contentFields(kind, content, score.language)
    return [{ ...fields, target, weight, role: 'WEAK', source: null, samplingProbability: null, evidence }]
  })
  leftOut.add('weakWithoutInputOrScore', labels.length - rows.length)
  return rows
}
