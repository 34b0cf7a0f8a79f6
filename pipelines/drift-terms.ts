import type { ClickHouse } from './clickhouse.ts'
import { listOf } from './stored-contents.ts'

/** Terms that are looked for at once. */
export const TERMS_MAX = 64
const TERM_UNITS_MAX = 80

/** New words and expressions of a version, and words in new company with those neighbours, the heaviest first. */
const TERMS = `
SELECT term.name AS name, max(term.weight) AS weight
FROM drift_reports AS r ARRAY JOIN contributors AS term
WHERE kind = {kind:String} AND modelVersion = {modelVersion:String} AND drifted AND r.finding IN ('NEW_WORDS', 'NEW_COMPANY')
  AND lengthUTF8(term.name) BETWEEN 1 AND ${TERM_UNITS_MAX}
GROUP BY name ORDER BY weight DESC, name LIMIT ${TERMS_MAX}`

/**
 * What drift reports named as new while a version was the champion, the heaviest first, at most TERMS_MAX.
 * @throws NicrError NICR_CLICKHOUSE_*
 */
export async function readDriftTerms(
  clickhouse: Pick<ClickHouse, 'query'>,
  { kind, modelVersion }: { readonly kind: string; readonly modelVersion: string },
): Promise<string[]> {
  const rows = await clickhouse.query<{ name: string }>(TERMS, { kind, modelVersion })
  return rows.map(({ name }) => name)
}

/** SQL: which of these terms a text holds as words, as near as drift needs it. */
export function termsHeldBy(text: string, terms: readonly string[]): string {
  const words = `concat(' ', replaceRegexpAll(lowerUTF8(${text}), '[\\\\s.,!?;:"()\\\\[\\\\]…]+', ' '), ' ')`
  return `arrayFilter(term -> position(${words}, concat(' ', term, ' ')) > 0, [${listOf(terms)}])`
}

/** SQL: whether a text may hold one; much cheaper than `termsHeldBy`. */
export function mayHoldTerms(text: string, terms: readonly string[]): string {
  return `multiSearchAnyCaseInsensitiveUTF8(${text}, [${listOf(terms)}])`
}

/** Makes a search for the first of these terms that a text holds as words, as `termsHeldBy` reads it; null where it holds none. */
export function createTermFinder(terms: readonly string[]): (text: string) => string | null {
  const wanted = terms.map(term => ({ term, padded: ` ${term} ` }))
  return text => {
    if (wanted.length === 0) return null
    const words = ` ${text.toLowerCase().replaceAll(/[\s.,!?;:"()[\]…]+/g, ' ')} `
    return wanted.find(({ padded }) => words.includes(padded))?.term ?? null
  }
}
