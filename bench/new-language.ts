import { LanguageDetector } from '../processors/drift/language-detector.ts'
import { STEP_RECORDS_MAX } from '../processors/drift/monitor.ts'
import { createDraws, drawSentences, ROW_MS, wordAt } from './drift-streams.ts'

/** How soon expressions, and words in new company, are named: over posts that are read for pairs, in steps as they come. */

const POSTS = 20_000
const COUNT = 5
/** Two words of middling frequency each, which never stood together. */
const EXPRESSIONS = Array.from(
  { length: COUNT },
  (_, i) => [wordAt(300 + 7 * i), wordAt(420 + 11 * i)] as const,
)
/** Words of about every fiftieth post, and those that stand beside them afterwards. */
const COMPANIONS = Array.from({ length: COUNT }, (_, i) => wordAt(100 + 9 * i))
const NEIGHBOURS = 12

/** Posts until all expressions were named, where `rate` of the posts hold one; null if they were not. */
export function postsToExpressions(rate: number, seed = 50): number | null {
  const { uniform } = createDraws(seed + 1000)
  const posts = drawSentences(POSTS, seed).map(words => {
    if (uniform() >= rate) return words
    const expression = EXPRESSIONS[Math.floor(uniform() * COUNT)]!
    const place = Math.floor(uniform() * words.length)
    return [...words.slice(0, place), ...expression, ...words.slice(place)]
  })
  const names = EXPRESSIONS.map(words => words.join(' '))
  return lastOf(names, firstNamed(posts, names).terms)
}

/** Posts until all words were named whose neighbours are others than before, and they as frequent as ever. */
export function postsToCompany(seed = 60): number | null {
  const { uniform } = createDraws(seed + 1000)
  const another = (rank: number) => wordAt(rank + Math.floor(uniform() * NEIGHBOURS))
  const posts = drawSentences(POSTS, seed).map(words => {
    const changed = [...words]
    words.forEach((word, i) => {
      if (!COMPANIONS.includes(word)) return
      if (i > 0) changed[i - 1] = another(500)
      if (i + 1 < changed.length) changed[i + 1] = another(600)
    })
    return changed
  })
  return lastOf(COMPANIONS, firstNamed(posts, COMPANIONS).company)
}

/** Expressions and words in new company that are named where nothing is new. */
export function falseLanguage(seed = 70): number {
  const { terms, company } = firstNamed(drawSentences(POSTS, seed), null)
  return [...terms.keys()].filter(term => term.includes(' ')).length + company.size
}

/** Posts until each was named first; it ends once all of `wanted` were. */
function firstNamed(posts: readonly (readonly string[])[], wanted: readonly string[] | null) {
  const detector = new LanguageDetector(counted(drawSentences(POSTS, 21)), POSTS)
  const terms = new Map<string, number>()
  const company = new Map<string, number>()
  for (let from = 0; from < posts.length; from += STEP_RECORDS_MAX) {
    const batch = posts.slice(from, from + STEP_RECORDS_MAX)
    const seen = [...counted(batch)].map(([term, held]) => ({ term, count: held, contentId: null }))
    const found = detector.add(batch.length, seen, from * ROW_MS)
    const position = from + batch.length
    for (const { term } of found.terms) if (!terms.has(term)) terms.set(term, position)
    if (found.company !== null) company.set(found.company.word, company.get(found.company.word) ?? position)
    if (wanted?.every(name => terms.has(name) || company.has(name))) break
  }
  return { terms, company }
}

function lastOf(names: readonly string[], found: ReadonlyMap<string, number>): number | null {
  const positions = names.map(name => found.get(name) ?? Number.POSITIVE_INFINITY)
  const last = Math.max(...positions)
  return Number.isFinite(last) ? last : null
}

/** Posts that hold each word and each pair of neighbours. */
function counted(posts: readonly (readonly string[])[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const words of posts) {
    const terms = new Set([...words, ...words.slice(1).map((word, i) => `${words[i]} ${word}`)])
    for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1)
  }
  return counts
}
