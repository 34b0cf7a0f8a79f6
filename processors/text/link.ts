/** How a margin becomes a value on the kind's own scale; monotone in each form. */
export type Link =
  | { readonly form: 'sigmoid' }
  | {
      /** `min` up to the first knot, then the slope grows by `slopes[k]` at `knots[k]`; cut off at `max`. */
      readonly form: 'piecewise'
      readonly knots: readonly number[]
      readonly slopes: readonly number[]
      readonly min: number
      readonly max: number
    }

/** The kind's value for a margin; finite for every finite margin. */
export function applyLink(link: Link, margin: number): number {
  if (link.form === 'sigmoid') return 1 / (1 + Math.exp(-margin))
  const { knots, slopes } = link
  let value = link.min
  for (let k = 0; k < knots.length; k++) {
    const above = margin - knots[k]!
    if (above > 0) value += slopes[k]! * above
  }
  return Math.min(link.max, Math.max(link.min, value))
}

/** Below this distance of margins the quotient loses its digits, and the slope at the spot is as good. */
export const MARGIN_DISTANCE_MIN = 1e-4

/** Mean slope of the link between two margins, `value` being the link at `margin`: a share of the way is that share of the change. */
export function meanSlope(link: Link, bias: number, margin: number, value: number): number {
  const distance = margin - bias
  if (Math.abs(distance) >= MARGIN_DISTANCE_MIN) return (value - applyLink(link, bias)) / distance
  const half = MARGIN_DISTANCE_MIN / 2
  return (applyLink(link, margin + half) - applyLink(link, margin - half)) / MARGIN_DISTANCE_MIN
}
