import { RANK_MOMENTS, type RankBasis } from './rank-basis.ts'

/**
 * How much further than a normal law's the tails of a mean of rank moments reach. By Chernoff (1952), the mean of n records is x
 * or more with probability at most e^(−n·I(x)), where I is the Legendre transform of the logarithm of the moment
 * generating function, and hardly less (Cramér 1938). With u = level / n a normal law has I(x) = u at x = √(2u); the moment's own law
 * has it at x = √(2u) · f(√(2u)), and f is nearly a parabola where the detectors look.
 */
export interface Tails {
  /** f(s) = 1 + linear · s + square · s², for means above 0 and below. */
  readonly above: Stretch
  readonly below: Stretch
}

interface Stretch {
  readonly linear: number
  readonly square: number
}

/** f is fitted at these s: 80 and 20 records at a level of e^-10. */
const NEAR = 0.5
const FAR = 1
/** Where records cannot have so extreme a mean at all, f ends here. */
const TILT_MAX = 50
const HALVINGS = 40

/** For each moment of the basis, in order. */
export function tailsOf(basis: RankBasis): readonly Tails[] {
  return Array.from({ length: basis.degree }, (_, moment) => ({
    above: stretched(basis, moment, 1),
    below: stretched(basis, moment, -1),
  }))
}

/**
 * f for a mean on the side of `effect`.
 * @param square s²: twice the level over the number of records
 */
export function stretchOf({ above, below }: Tails, effect: number, square: number): number {
  const { linear, square: factor } = effect > 0 ? above : below
  return 1 + linear * Math.sqrt(square) + factor * square
}

function stretched(basis: RankBasis, moment: number, sign: number): Stretch {
  const near = meanAt(basis, moment, sign, NEAR) / NEAR - 1
  const far = meanAt(basis, moment, sign, FAR) / FAR - 1
  const square = (far / FAR - near / NEAR) / (FAR - NEAR)
  return { linear: near / NEAR - square * NEAR, square }
}

/** The mean x at which I(x) = s² / 2: λ·Λ′(λ) − Λ(λ) grows with the tilt λ, so it is found by halving. */
function meanAt(basis: RankBasis, moment: number, sign: number, s: number): number {
  let low = 0
  let high = TILT_MAX
  for (let i = 0; i < HALVINGS; i++) {
    const tilt = (low + high) / 2
    const { value, slope } = cumulants(basis, moment, sign * tilt)
    if (sign * tilt * slope - value < (s * s) / 2) low = tilt
    else high = tilt
  }
  return sign * cumulants(basis, moment, sign * low).slope
}

/** Logarithm of the moment generating function at a tilt, and its slope. */
export function cumulants(
  { bins, shares, moments }: RankBasis,
  moment: number,
  tilt: number,
): { readonly value: number; readonly slope: number } {
  let sum = 0
  let first = 0
  for (let bin = 0; bin < bins; bin++) {
    const own = moments[bin * RANK_MOMENTS + moment]!
    const weight = shares[bin]! * Math.exp(tilt * own)
    sum += weight
    first += weight * own
  }
  return { value: Math.log(sum), slope: first / sum }
}
