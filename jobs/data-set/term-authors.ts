import type { ClickHouse } from '../../pipelines/clickhouse.ts'

/** Terms that are looked for at once. */
const ASKED_TERMS_MAX = 500
/** The latest contents that are looked through. */
const CONTENTS_MAX = 200_000
/** A search that takes longer, in s, answers with what it has: counts are lower bounds. */
const SECONDS_MAX = 15

/** Words as authors wrote them, in small letters, and each with the one after it. */
const AUTHORS = `
WITH
  (SELECT max(_appended_at) FROM content_log) AS latest,
  labelled AS (SELECT contentId FROM labels_log WHERE kind = {kind:String})
SELECT term, toUInt32(uniqExact(author)) AS authors FROM (
  SELECT author, extractAll(lowerUTF8(text), '[\\p{L}\\p{N}_’\\x27-]+') AS words,
    arrayJoin(arrayIntersect(
      arrayConcat(words, arrayMap((a, b) -> concat(a, ' ', b), arrayPopBack(words), arrayPopFront(words))),
      {terms:Array(String)}
    )) AS term
  FROM (
    SELECT author, text FROM content_log
    WHERE _appended_at >= latest - toIntervalDay(30) AND author != '' AND id NOT IN labelled
    ORDER BY _appended_at DESC LIMIT ${CONTENTS_MAX}
  )
)
GROUP BY term
SETTINGS max_execution_time = ${SECONDS_MAX}, timeout_overflow_mode = 'break'`

/**
 * How many distinct authors wrote each word or pair of words in content that nobody labelled for the kind: a word that only labelled
 * content holds, or few people write, is no language. One bounded query; terms beyond `ASKED_TERMS_MAX` are not looked for and absent.
 * @throws NicrError NICR_CLICKHOUSE_*
 */
export async function authorsOf(
  clickhouse: Pick<ClickHouse, 'query'>,
  { kind, terms }: { readonly kind: string; readonly terms: readonly string[] },
): Promise<ReadonlyMap<string, number>> {
  const asked = terms.slice(0, ASKED_TERMS_MAX)
  if (asked.length === 0) return new Map()
  const rows = await clickhouse.query<{ term: string; authors: number }>(AUTHORS, { kind, terms: asked })
  const found = new Map(rows.map(({ term, authors }) => [term, authors]))
  return new Map(asked.map(term => [term, found.get(term) ?? 0]))
}
