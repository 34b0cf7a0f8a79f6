import type { ClickHouse } from '../../pipelines/clickhouse.ts'
import { mayHoldTerms, TERMS_MAX, termsHeldBy } from '../../pipelines/drift-terms.ts'

/** Content is looked through that was appended within so many days of the latest. */
const WINDOW_DAYS = 30
/** A search that takes longer, in s, answers with what it has: counts are lower bounds. */
const SECONDS_MAX = 10

const AUTHORS = (terms: readonly string[]) => `
SELECT term, toUInt32(uniqExact(author)) AS authors FROM (
  SELECT author, arrayJoin(${termsHeldBy('text', terms)}) AS term FROM content_log
  WHERE _appended_at >= (SELECT max(_appended_at) FROM content_log) - toIntervalDay(${WINDOW_DAYS}) AND author != '' AND ${mayHoldTerms('text', terms)}
    AND id NOT IN (SELECT contentId FROM labels_log WHERE kind = {kind:String})
)
GROUP BY term
SETTINGS max_execution_time = ${SECONDS_MAX}, timeout_overflow_mode = 'break'`

/**
 * How many distinct authors wrote each term in content that nobody labelled for the kind: a word that only labelled content holds, or
 * few people write, is no language. One bounded query; terms beyond TERMS_MAX are not looked for and absent.
 * @throws NicrError NICR_CLICKHOUSE_*
 */
export async function authorsOf(
  clickhouse: Pick<ClickHouse, 'query'>,
  { kind, terms }: { readonly kind: string; readonly terms: readonly string[] },
): Promise<ReadonlyMap<string, number>> {
  const asked = terms.slice(0, TERMS_MAX)
  if (asked.length === 0) return new Map()
  const rows = await clickhouse.query<{ term: string; authors: number }>(AUTHORS(asked), { kind })
  const found = new Map(rows.map(({ term, authors }) => [term, authors]))
  return new Map(asked.map(term => [term, found.get(term) ?? 0]))
}
