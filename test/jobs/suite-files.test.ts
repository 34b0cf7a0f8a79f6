import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type IdentityRow, identityTexts, slotCount } from '../../jobs/suite-measures.ts'
import { suitesOf } from '../../jobs/suites.ts'
import { packagePath } from '../../schemas/package-root.ts'

type Fields = Readonly<Record<string, string | number>>
const rowsOf = (...path: string[]): Fields[] =>
  readFileSync(packagePath(...path), 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Fields)
const suite = (kind: string, name: string) => rowsOf('models', kind, 'suites', `${name}.jsonl`)
const textOf = (row: Fields) => String(row['text'])

/** Letters and digits alone, in one case, so that a change of punctuation does not hide a copy. */
const normalised = (text: string) =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim() || text

const TACTICS = [
  'spacing separators cyrillic greek full-width math-letters small-capitals zero-width combining-marks leet',
  'masked stretched typo punctuation emoji mixed paraphrase',
].flatMap(line => line.split(' '))

describe('the committed suites', () => {
  it.each(['niceness', 'text-spam', 'toxicity'])('of %s are read, four of them or three', async kind => {
    const names = (await suitesOf(kind)).map(one => one.name)
    const unhappy = kind === 'text-spam' ? [] : ['unhappy-civil']
    expect(names).toEqual(['identity-terms', 'obfuscation', 'plain-language', ...unhappy])
  })

  it.each([
    ['text-spam', 240],
    ['toxicity', 200],
  ])('disguise texts of %s in every tactic', (kind, atLeast) => {
    const rows = suite(kind, 'obfuscation')
    const disguised = rows.filter(row => row['tactic'] !== 'paraphrase')
    expect(disguised.length).toBeGreaterThanOrEqual(atLeast)
    expect(new Set(rows.map(row => row['original'])).size).toBeGreaterThanOrEqual(60)
    for (const tactic of TACTICS)
      expect(rows.filter(row => row['tactic'] === tactic).length, tactic).toBeGreaterThanOrEqual(12)
    expect(rows.filter(row => !TACTICS.includes(String(row['tactic'])))).toEqual([])
    expect(rows.filter(row => row['text'] === row['original'])).toEqual([])
    expect(repeated(rows.map(textOf))).toEqual([])
  })

  it('try at least 25 sentences on at least 30 groups', () => {
    const rows = suite('niceness', 'identity-terms') as unknown as IdentityRow[]
    const templates = rows.flatMap(row => ('template' in row ? [row.template] : []))
    expect(templates.length).toBeGreaterThanOrEqual(25)
    expect(rows.length - templates.length).toBeGreaterThanOrEqual(30)
    expect(templates.filter(template => slotCount(template) !== 1)).toEqual([])
    const texts = identityTexts(rows).map(one => one.text)
    expect(repeated(texts)).toEqual([])
    expect(texts.filter(text => /[{}]|\ba [aeio]|\ban [^aeio\W]/iu.test(text))).toEqual([])
  })

  it('hold at least 220 unhappy sentences and 320 of plain language, none twice', () => {
    const unhappy = suite('niceness', 'unhappy-civil').map(textOf)
    expect(unhappy.length).toBeGreaterThanOrEqual(220)
    const plain = ['niceness', 'text-spam', 'toxicity'].map(kind => suite(kind, 'plain-language').map(textOf))
    for (const texts of plain) {
      expect(texts.length).toBeGreaterThanOrEqual(320)
      expect(repeated(texts)).toEqual([])
    }
    expect(repeated([...unhappy, ...plain[0]!])).toEqual([])
  })

  it('name labels of their kinds, both of them', () => {
    const labels = (kind: string) =>
      [...new Set(suite(kind, 'plain-language').map(row => row['label']))].sort()
    expect(labels('text-spam')).toEqual(['ham', 'spam'])
    expect(labels('toxicity')).toEqual(['civil', 'toxic'])
  })
})

describe('own training rows', () => {
  const files = readdirSync(packagePath('jobs', 'own-rows')).filter(name => name.endsWith('.jsonl'))
  const rows = files.flatMap(file => rowsOf('jobs', 'own-rows', file))

  it('are complete and not repeated', () => {
    const bad = rows.filter(({ text, niceness, toxic, spam }) => {
      const graded = typeof niceness === 'number' && niceness >= 0 && niceness <= 10
      const flagged = [toxic, spam].every(flag => flag === 0 || flag === 1)
      return typeof text !== 'string' || text.trim() === '' || !graded || !flagged
    })
    expect(bad).toEqual([])
    expect(repeated(rows.map(textOf))).toEqual([])
    expect(rows.filter(row => row['spam'] === 1).length).toBeGreaterThanOrEqual(350)
  })

  it('share no sentence with the suites or the golden sentences', () => {
    const learnt = new Set(rows.map(row => normalised(textOf(row))))
    const kinds = ['niceness', 'text-spam', 'toxicity']
    const tested = new Set([
      ...kinds.flatMap(kind => suite(kind, 'plain-language').map(textOf)),
      ...kinds
        .slice(1)
        .flatMap(kind => suite(kind, 'obfuscation').flatMap(row => [textOf(row), String(row['original'])])),
      ...suite('niceness', 'unhappy-civil').map(textOf),
      ...identityTexts(suite('niceness', 'identity-terms') as unknown as IdentityRow[]).map(one => one.text),
      ...rowsOf('test', 'golden', 'sentences.jsonl').map(textOf),
    ])
    expect([...tested].filter(text => learnt.has(normalised(text)))).toEqual([])
    expect(nearCopies([...tested], rows.map(textOf))).toEqual([])
  })
})

/** Texts that stand there before, letter by letter; disguises differ in nothing else. */
function repeated(texts: readonly string[]): string[] {
  const seen = new Set<string>()
  return texts.filter(text => seen.size === seen.add(text).size)
}

/** Above this share of common words (common over all), two sentences count as nearly the same. */
const OVERLAP_MAX = 0.75
/** Shorter texts have too few words to be nearly the same; equal ones are found apart. */
const WORDS_MIN = 4

/** For each text the learnt one that it nearly repeats, where there is one. */
function nearCopies(texts: readonly string[], learnt: readonly string[]): (readonly [string, string])[] {
  const wordsOf = (text: string) => new Set(normalised(text).split(' '))
  const known = learnt.map(text => ({ text, words: wordsOf(text) }))
  return texts.flatMap(text => {
    const words = wordsOf(text)
    if (words.size < WORDS_MIN) return []
    const copied = known.find(other => overlap(words, other.words) > OVERLAP_MAX)
    return copied === undefined ? [] : [[text, copied.text] as const]
  })
}

function overlap(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  if (Math.min(a.size, b.size) <= OVERLAP_MAX * Math.max(a.size, b.size)) return 0
  let common = 0
  for (const word of a) if (b.has(word)) common++
  return common / (a.size + b.size - common)
}
