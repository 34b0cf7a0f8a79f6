import type { KindDeclaration } from '../pipelines/kind-declaration.ts'
import { metricsOf, type Outcome } from './metrics.ts'

/** Fewer rows of a language give figures that say nothing. */
export const LANGUAGE_ROWS_MIN = 20

/** Metrics of the rows of each language with enough of them, those with the most rows first. */
export function metricsByLanguage(
  kind: KindDeclaration,
  outcomes: readonly (Outcome & { readonly language: string | null })[],
  settings: Readonly<Record<string, number>>,
): ReadonlyMap<string, Record<string, number>> {
  const byLanguage = new Map<string, Outcome[]>()
  for (const outcome of outcomes) {
    if (outcome.language === null) continue
    const own = byLanguage.get(outcome.language)
    if (own === undefined) byLanguage.set(outcome.language, [outcome])
    else own.push(outcome)
  }
  const enough = [...byLanguage].filter(([, own]) => own.length >= LANGUAGE_ROWS_MIN)
  return new Map(
    enough
      .toSorted(([a, left], [b, right]) => right.length - left.length || a.localeCompare(b))
      .map(([language, own]) => [language, metricsOf(kind, own, settings)]),
  )
}
