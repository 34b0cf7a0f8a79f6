import { applyLink, type Link } from '../../processors/text/link.ts'

/**
 * The matching loss of a link (Auer, Herbster & Warmuth 1996; Helmbold, Kivinen & Warmuth 1999): convex in the margin, and
 * its slope is the value less the target. Of the sigmoid it is the logistic loss, of a straight line half the square. With it a
 * soft target, such as a champion's own score, is met exactly where its margin is.
 */
export interface MatchingLoss {
  /** Width of the scale that slopes are measured in: they lie in −1 … 1. */
  readonly width: number
  loss(margin: number, target: number): number
  slope(margin: number, target: number): number
  /** The value on the kind's scale. */
  valueOf(margin: number): number
  /** Of a label of a class around its probability; 0 for a grade, of which it is not known. */
  variance(margin: number): number
}

export function matchingLoss(
  link: Link,
  { min, max }: { readonly min: number; readonly max: number },
): MatchingLoss {
  const width = max - min
  const integral = link.form === 'sigmoid' ? softplus : piecewiseIntegral(link)
  return {
    width,
    loss: (margin, target) => (integral(margin) - target * margin) / width,
    slope: (margin, target) => (applyLink(link, margin) - target) / width,
    valueOf: margin => applyLink(link, margin),
    variance: margin => {
      if (link.form !== 'sigmoid') return 0
      const value = applyLink(link, margin)
      return value * (1 - value)
    },
  }
}

function softplus(margin: number): number {
  return Math.max(margin, 0) + Math.log1p(Math.exp(-Math.abs(margin)))
}

function piecewiseIntegral(link: Extract<Link, { form: 'piecewise' }>): (margin: number) => number {
  const { knots, slopes, min, max } = link
  const top = topOf(link)
  return margin => {
    const inside = Math.min(margin, top)
    let sum = min * inside
    for (let k = 0; k < knots.length; k++) {
      const above = inside - knots[k]!
      if (above > 0) sum += (slopes[k]! * above * above) / 2
    }
    return sum + max * (margin - inside)
  }
}

/** The margin from which on the link is cut off. */
function topOf({ knots, slopes, min, max }: Extract<Link, { form: 'piecewise' }>): number {
  let value = min
  let slope = 0
  for (let k = 0; k < knots.length; k++) {
    slope += slopes[k]!
    const rise = slope * ((knots[k + 1] ?? Number.POSITIVE_INFINITY) - knots[k]!)
    if (slope > 0 && value + rise >= max) return knots[k]! + (max - value) / slope
    value += rise
  }
  return Number.POSITIVE_INFINITY
}
