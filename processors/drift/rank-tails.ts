import { RANK_MOMENTS, type RankBasis } from './rank-basis.ts'

/**
 * How much further than a normal law's the tails of a mean of rank moments reach. By Chernoff (1952), the mean of n records is x
 * or more with probability at most e^(−n·I(x)), where I is the Legendre transform of the logarithm of the moment
 * generating function, and hardly less (Cramér 1938). With u = level / n a normal law has I(x) = u at x = √(2u); the moment's own law
 * has it at x = √(2u) · f(√(2u)). Rare values make f large above and infinite below: a mean cannot fall short of them by so much.
 */
export interface Tails {
  /** f at 0, `GRID_STEP`, …, for means above 0 and below. */
  readonly above: Float64Array
  readonly below: Float64Array
}

const GRID_STEP = 0.125
const GRID_SIZE = 13
/** A tilt beyond which the mean is the law's largest value, as near as matters. */
const TILT_MAX = 60
const HALVINGS = 40

/** For each moment of the basis, in order. */
export function tailsOf(basis: RankBasis): readonly Tails[] {
  return Array.from({ length: basis.degree }, (_, moment) => ({
    above: stretches(basis, moment, 1),
    below: stretches(basis, moment, -1),
  }))
}

/**
 * f for a mean on the side of `effect`, interpolated; the last value beyond the grid.
 * @param square s²: twice the level over the number of records
 */
export function stretchOf({ above, below }: Tails, effect: number, square: number): number {
  const grid = effect > 0 ? above : below
  const place = Math.sqrt(square) / GRID_STEP
  const left = Math.floor(place)
  if (left >= GRID_SIZE - 1) return grid[GRID_SIZE - 1]!
  const part = place - left
  return part === 0 ? grid[left]! : grid[left]! * (1 - part) + grid[left + 1]! * part
}

function stretches(basis: RankBasis, moment: number, sign: number): Float64Array {
  return Float64Array.from({ length: GRID_SIZE }, (_, i) =>
    i === 0 ? 1 : meanAt(basis, moment, sign, i * GRID_STEP) / (i * GRID_STEP),
  )
}

/** The mean x at which I(x) = s² / 2; infinite where no mean is so rare. λ·Λ′(λ) − Λ(λ) grows with the tilt λ, so it is found by halving. */
function meanAt(basis: RankBasis, moment: number, sign: number, s: number): number {
  const rarityOf = (tilt: number) => {
    const { value, slope } = cumulants(basis, moment, sign * tilt)
    return sign * tilt * slope - value
  }
  let low = 0
  let high = TILT_MAX
  if (rarityOf(high) < (s * s) / 2) return Number.POSITIVE_INFINITY
  for (let i = 0; i < HALVINGS; i++) {
    const tilt = (low + high) / 2
    if (rarityOf(tilt) < (s * s) / 2) low = tilt
    else high = tilt
  }
  return Math.abs(cumulants(basis, moment, sign * low).slope)
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
