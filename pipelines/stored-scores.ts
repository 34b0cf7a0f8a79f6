import type { ClickHouse } from './clickhouse.ts'
import { chunksOf, listOf } from './stored-contents.ts'

/** What a champion said of the highest revision of a content that it scored. */
export interface StoredScore {
  readonly contentId: string
  readonly revision: number
  readonly value: number
  readonly label: string | null
  readonly language: string | null
  readonly modelVersion: string
}

/**
 * The champion scores of these contents; absent where there is none, or it was cleared.
 * @throws NicrError NICR_CLICKHOUSE_*
 */
export async function readScores(
  clickhouse: Pick<ClickHouse, 'query'>,
  kind: string,
  contentIds: Iterable<string>,
): Promise<ReadonlyMap<string, StoredScore>> {
  const scores = new Map<string, StoredScore>()
  for (const chunk of chunksOf(contentIds)) {
    const rows = await clickhouse.query<StoredScore>(
      `SELECT contentId, latest.1 AS revision, assumeNotNull(latest.2) AS value, latest.3 AS label, latest.4 AS language, latest.5 AS modelVersion
       FROM (
         SELECT contentId, argMax((revision, value, label, language, modelVersion, status), (revision, _offset)) AS latest
         FROM scores_log WHERE kind = {kind:String} AND alias = 'CHAMPION' AND contentId IN (${listOf(chunk)})
         GROUP BY contentId
       ) WHERE latest.6 = 'SCORED'`,
      { kind },
    )
    for (const row of rows) scores.set(row.contentId, row)
  }
  return scores
}
