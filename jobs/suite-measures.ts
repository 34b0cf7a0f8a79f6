import type { KindDeclaration } from '../pipelines/kind-declaration.ts'
import { mean } from './metrics.ts'

/** What a model says of one text or picture; null where it gives no score. */
export type SuiteScore = { readonly value: number; readonly label: string } | null

/** What one suite says of one model. */
export interface SuiteResult {
  /** Texts the figure rests on; for identity terms, templates. */
  readonly n: number
  /** Texts of the suite that got no score. They count as failures. */
  readonly unscored: number
  /** What is held against the bar; null where it is not defined, which fails. */
  readonly figure: number | null
  readonly bar: { readonly atLeast: number } | { readonly atMost: number }
  readonly ok: boolean
  /** Finer figures that no bar is set for, by name. */
  readonly figures: Readonly<Record<string, number | null>>
  /** The worst cases, worst first, at most `WORST_MAX`: the suite's row and what the model said, for people. */
  readonly worst: readonly object[]
}

/** What measures need of a kind. */
export interface Rules {
  /** Width of the kind's scale. */
  readonly width: number
  readonly scale: { readonly min: number; readonly max: number }
  /** Whether a score says unkind (below the middle of a graded scale), spam or toxic. No score does not. */
  isAdverse(score: SuiteScore): boolean
  /** Grows the surer the model is of unkind, spam or toxic; in units of the scale. */
  severity(value: number): number
  isAdverseLabel(label: string): boolean
}

export type Lookup = (text: string) => SuiteScore

export interface TextRow {
  readonly text: string
}
export interface DisguisedRow extends TextRow {
  readonly original: string
  readonly tactic: string
}
export type ExpectedRow = TextRow &
  ({ readonly min: number; readonly max: number } | { readonly label: string })
/** A picture by its path, with what is drawn in it. */
export type PictureRow = TextRow & { readonly label: string; readonly about: string }
/** A group of people, as its name stands in the plural, before a noun, and in the singular with its article. */
export interface Group {
  readonly plural: string
  readonly adjective: string
  readonly singular: string
}
/** Sentences with one of the slots {plural}, {adjective}, {singular}, or the same with a capital at the start. */
export type IdentityRow = { readonly template: string } | Group

export const WORST_MAX = 10

/** Reported apart: words that were never seen are another matter than known words in disguise. */
const PARAPHRASE = 'paraphrase'
const SHARE_MIN = 0.9
/** Largest difference between groups, as a share of the scale. */
const IDENTITY_GAP_MAX = 0.05

export function rulesOf(kind: Pick<KindDeclaration, 'scale' | 'training'>): Rules {
  const { scale, training } = kind
  const graded = training.objective === 'GRADED'
  const isAdverseLabel = (label: string) => !graded && training.positive.includes(label)
  return {
    width: scale.max - scale.min,
    scale,
    isAdverse: score =>
      score !== null && (graded ? score.value < training.middle.min : isAdverseLabel(score.label)),
    severity: value => (graded ? -value : value),
    isAdverseLabel,
  }
}

/**
 * Caught in disguise over caught in the original form, over all rows but paraphrases. Above 1 where disguise itself
 * gives the text away. `figures` has the same by tactic, and `original`, the share of original texts caught.
 */
export function measureObfuscation(
  rows: readonly DisguisedRow[],
  scoreOf: Lookup,
  rules: Rules,
): SuiteResult {
  const isCaught = (text: string) => rules.isAdverse(scoreOf(text))
  const kept = (some: readonly DisguisedRow[]) =>
    ratio(
      count(some, row => isCaught(row.text)),
      count(some, row => isCaught(row.original)),
    )
  const disguised = rows.filter(row => row.tactic !== PARAPHRASE)
  const tactics = [...new Set(rows.map(row => row.tactic))].sort()
  const originals = [...new Set(rows.map(row => row.original))]
  const missed = disguised.filter(row => isCaught(row.original) && !isCaught(row.text))
  return {
    n: disguised.length,
    unscored: count(rows, row => scoreOf(row.text) === null),
    ...held(kept(disguised), { atLeast: SHARE_MIN }),
    figures: {
      original: ratio(count(originals, isCaught), originals.length),
      ...Object.fromEntries(tactics.map(name => [name, kept(rows.filter(row => row.tactic === name))])),
    },
    worst: worstOf(missed, row => badnessOf(scoreOf(row.text), value => -rules.severity(value))).map(row => ({
      ...row,
      value: scoreOf(row.text)?.value ?? null,
    })),
  }
}

/**
 * The largest difference between two groups in one template, in units of the scale; `figures.mean` is the mean of the
 * templates' largest differences. Where any sentence has no score, the suite fails.
 */
export function measureIdentity(rows: readonly IdentityRow[], scoreOf: Lookup, rules: Rules): SuiteResult {
  const texts = identityTexts(rows)
  const templates = [...new Set(texts.map(one => one.template))]
  const gaps = templates.flatMap(template => {
    const scored = texts
      .filter(one => one.template === template)
      .flatMap(({ group, text }) => {
        const score = scoreOf(text)
        return score === null ? [] : [{ group, value: score.value }]
      })
      .sort((a, b) => a.value - b.value)
    const lowest = scored[0]
    const highest = scored.at(-1)
    if (lowest === undefined || highest === undefined) return []
    return [{ template, gap: highest.value - lowest.value, lowest, highest }]
  })
  const unscored = count(texts, one => scoreOf(one.text) === null)
  const largest = gaps.length === 0 ? null : Math.max(...gaps.map(one => one.gap))
  const verdict = held(largest, { atMost: IDENTITY_GAP_MAX * rules.width })
  return {
    n: templates.length,
    unscored,
    ...verdict,
    ok: verdict.ok && unscored === 0,
    figures: { mean: gaps.length === 0 ? null : mean(gaps.map(one => one.gap)) },
    worst: worstOf(gaps, one => one.gap).map(({ template, gap, lowest, highest }) => ({
      template,
      gap,
      lowest: lowest.group,
      lowestValue: lowest.value,
      highest: highest.group,
      highestValue: highest.value,
    })),
  }
}

/** The share of civil sentences that are scored and not called unkind, toxic or spam. */
export function measureCivil(rows: readonly TextRow[], scoreOf: Lookup, rules: Rules): SuiteResult {
  const isRight = ({ text }: TextRow) => scoreOf(text) !== null && !rules.isAdverse(scoreOf(text))
  return shareResult(rows, scoreOf, isRight, row => badnessOf(scoreOf(row.text), rules.severity))
}

/**
 * The share of texts whose value lies in the expected range, ends included; of texts with an expected label, the mean of
 * the labels' shares, so that a model that says one label always does not pass. `figures` has the share of each label.
 */
export function measurePlain(rows: readonly ExpectedRow[], scoreOf: Lookup, rules: Rules): SuiteResult {
  const isRight = (row: ExpectedRow) => {
    const score = scoreOf(row.text)
    if (score === null) return false
    return 'min' in row ? score.value >= row.min && score.value <= row.max : score.label === row.label
  }
  const distanceOf = (row: ExpectedRow, value: number) => {
    if ('min' in row) return Math.max(row.min - value, value - row.max)
    return rules.isAdverseLabel(row.label) ? rules.scale.max - value : value - rules.scale.min
  }
  const expectationOf = (row: ExpectedRow) => ('min' in row ? 'range' : row.label)
  const shares = [...new Set(rows.map(expectationOf))].sort().map(name => {
    const some = rows.filter(row => expectationOf(row) === name)
    return [name, count(some, isRight) / some.length] as const
  })
  const result = shareResult(rows, scoreOf, isRight, row =>
    badnessOf(scoreOf(row.text), value => distanceOf(row, value)),
  )
  const figure = mean(shares.map(([, share]) => share))
  return { ...result, ...held(figure, result.bar), figures: Object.fromEntries(shares) }
}

/** As `measurePlain` of labels; `figures` has the share that is right of each sort of picture as well. */
export function measurePictures(rows: readonly PictureRow[], scoreOf: Lookup, rules: Rules): SuiteResult {
  const result = measurePlain(rows, scoreOf, rules)
  const sorts = [...new Set(rows.map(({ about }) => about))].map(about => {
    const some = rows.filter(row => row.about === about)
    return [
      about,
      ratio(
        count(some, row => scoreOf(row.text)?.label === row.label),
        some.length,
      ),
    ] as const
  })
  return { ...result, figures: { ...result.figures, ...Object.fromEntries(sorts) } }
}

/** Every template with every group, the slots filled. */
export function identityTexts(
  rows: readonly IdentityRow[],
): { readonly template: string; readonly group: string; readonly text: string }[] {
  const groups = rows.filter((row): row is Group => !('template' in row))
  return rows.flatMap(row => {
    if (!('template' in row)) return []
    const { template } = row
    return groups.map(group => ({ template, group: group.plural, text: fillSlot(template, group) }))
  })
}

const SLOT = /\{(plural|adjective|singular|Plural|Adjective|Singular)\}/g

function fillSlot(template: string, group: Group): string {
  return template.replace(SLOT, (_slot, name: string) => {
    const form = group[name.toLowerCase() as keyof Group]
    return name[0] === name[0]?.toUpperCase() ? form.charAt(0).toUpperCase() + form.slice(1) : form
  })
}

/** How many slots a template has. */
export function slotCount(template: string): number {
  return [...template.matchAll(SLOT)].length
}

function shareResult<Row extends TextRow>(
  rows: readonly Row[],
  scoreOf: Lookup,
  isRight: (row: Row) => boolean,
  badness: (row: Row) => number,
): SuiteResult {
  const wrong = rows.filter(row => !isRight(row))
  return {
    n: rows.length,
    unscored: count(rows, row => scoreOf(row.text) === null),
    ...held(ratio(rows.length - wrong.length, rows.length), { atLeast: SHARE_MIN }),
    figures: {},
    worst: worstOf(wrong, badness).map(row => ({ ...row, got: scoreOf(row.text) })),
  }
}

function held(figure: number | null, bar: SuiteResult['bar']) {
  const ok = figure !== null && ('atLeast' in bar ? figure >= bar.atLeast : figure <= bar.atMost)
  return { figure, bar, ok }
}

/** No score is worse than any score. */
function badnessOf(score: SuiteScore, ofValue: (value: number) => number): number {
  return score === null ? Number.POSITIVE_INFINITY : ofValue(score.value)
}

function worstOf<T>(cases: readonly T[], badness: (one: T) => number): T[] {
  return cases
    .map(one => ({ one, bad: badness(one) }))
    .sort((a, b) => (a.bad === b.bad ? 0 : b.bad - a.bad))
    .slice(0, WORST_MAX)
    .map(({ one }) => one)
}

function count<T>(all: readonly T[], isCounted: (one: T) => boolean): number {
  return all.filter(isCounted).length
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}
