import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import type { LanguageLink } from '../../processors/encoder/language-links.ts'
import { applyLink, type Link } from '../../processors/text/link.ts'
import { matchingLoss } from '../challenger/matching-loss.ts'
import { minimise } from '../challenger/minimise.ts'
import { mean } from '../metrics.ts'

/** A row held out, with its margin before the link. */
export interface LanguageRow {
  readonly margin: number
  readonly target: number
  readonly weight: number
  readonly language: string | null
}

/** Fewer rows of a language say nothing of it, nor do fewer of either class: the common link holds (measured: docs/decisions/0018). */
const LANGUAGE_ROWS_MIN = 20
const CLASS_ROWS_MIN = 5
/** How far a language may well lie from the common link: standard deviations of the slope, and of the offset in those of the margins. */
const SLOPE_DEVIATION = 0.3
const OFFSET_DEVIATION = 0.5
/** A flatter slope would say that the margins say nothing. */
const SLOPE_MIN = 0.1

/**
 * For each language with enough rows, how its margins are read before the common link: the likeliest slope and offset, pulled
 * towards 1 and 0 as if drawn around them, the less the more rows there are (a normal prior: Bishop 2006, §3.3). The likelihood
 * is the link's own, with the spread that its rows have around it (quasi-likelihood: McCullagh & Nelder 1989, §9).
 */
export function fitLanguageLinks(
  kind: Pick<KindDeclaration, 'training' | 'scale'>,
  link: Link,
  rows: readonly LanguageRow[],
): Record<string, LanguageLink> {
  const names = new Set(rows.flatMap(({ language }) => language ?? []))
  const spread = deviation(rows.map(({ margin }) => margin))
  const links: Record<string, LanguageLink> = {}
  if (!(spread > 0)) return links
  for (const name of [...names].toSorted()) {
    const own = rows.filter(({ language }) => language === name)
    if (own.length >= LANGUAGE_ROWS_MIN && holdsBothClasses(kind, own))
      links[name] = fitOne(kind, link, own, spread)
  }
  return links
}

function holdsBothClasses(
  { training }: Pick<KindDeclaration, 'training'>,
  rows: readonly LanguageRow[],
): boolean {
  if (training.objective === 'GRADED') return deviation(rows.map(({ target }) => target)) > 0
  const positives = rows.filter(({ target }) => target === 1).length
  return Math.min(positives, rows.length - positives) >= CLASS_ROWS_MIN
}

function fitOne(
  { scale }: Pick<KindDeclaration, 'scale'>,
  link: Link,
  rows: readonly LanguageRow[],
  spread: number,
): LanguageLink {
  const matching = matchingLoss(link, scale)
  const weight = mean(rows.map(one => one.weight))
  // Of the loss in units of its likelihood: its slope is measured in widths of the scale.
  const unit = matching.width / (dispersionOf(link, rows, spread) * weight)
  const found = minimise((at, gradient) => {
    const [slope, offset] = [1 + SLOPE_DEVIATION * at[0]!, OFFSET_DEVIATION * spread * at[1]!]
    let loss = (at[0]! ** 2 + at[1]! ** 2) / 2
    gradient.set(at)
    for (const { margin, target, weight: counts } of rows) {
      const moved = slope * margin + offset
      const error = unit * counts * matching.slope(moved, target)
      loss += unit * counts * matching.loss(moved, target)
      gradient[0]! += error * SLOPE_DEVIATION * margin
      gradient[1]! += error * OFFSET_DEVIATION * spread
    }
    return loss
  }, 2)
  return {
    slope: Math.max(SLOPE_MIN, 1 + SLOPE_DEVIATION * found[0]!),
    offset: OFFSET_DEVIATION * spread * found[1]!,
  }
}

/** The squared distance of targets and values for each that the slope of the link lets expect: 1 of classes, as good as. */
function dispersionOf(link: Link, rows: readonly LanguageRow[], spread: number): number {
  if (link.form === 'sigmoid') return 1
  const step = STEP_SHARE * spread
  const slopes = rows.map(
    ({ margin }) => (applyLink(link, margin + step) - applyLink(link, margin - step)) / (2 * step),
  )
  const squares = rows.map(({ margin, target }) => (target - applyLink(link, margin)) ** 2)
  return Math.max(DISPERSION_MIN, mean(squares)) / Math.max(DISPERSION_MIN, mean(slopes))
}

const STEP_SHARE = 0.1
const DISPERSION_MIN = 1e-6

function deviation(numbers: readonly number[]): number {
  const middle = mean(numbers)
  return Math.sqrt(mean(numbers.map(number => (number - middle) ** 2)))
}
