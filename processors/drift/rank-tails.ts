import { RANK_MOMENTS, type RankBasis } from './rank-basis.ts'

/**
 * How much further than a normal law's the tails of a mean of rank moments reach. By Chernoff (1952), the mean of n records is x
 * or more with probability at most e^(−n·I(x)), where I is the Legendre transform of the logarithm of the moment
 * generating function, and hardly less (Cramér 1938). With u = level / n a normal law has I(x) = u at x = √(2u); the moment's own law
 * has it at x = √(2u) · f(√(2u)). Rare values make f large above and infinite below: a mean cannot fall short of them by so much.
 * Here f of each moment, above 0 and then below, at 0, `GRID_STEP`, …: one array, since there is one for every feature and slice.
 */
export type Tails = Float32Array

const GRID_STEP = 0.125
const GRID_SIZE = 13
/** A tilt beyond which the mean is the law's largest value, as near as matters. */
const TILT_MAX = 60
const HALVINGS = 24

/** The tails of all moments of a basis; a basis that grows with its reference keeps them. */
export function tailsOf(basis: RankBasis): Tails {
  const known = tailsOfBases.get(basis)
  if (known !== undefined) return known
  const tails = new Float32Array(basis.degree * 2 * GRID_SIZE)
  for (let moment = 0; moment < basis.degree; moment++)
    for (const sign of [1, -1])
      for (let i = 0; i < GRID_SIZE; i++)
        tails[placeOf(moment, sign) + i] =
          i === 0 ? 1 : meanAt(basis, moment, sign, i * GRID_STEP) / (i * GRID_STEP)
  tailsOfBases.set(basis, tails)
  return tails
}

const tailsOfBases = new WeakMap<RankBasis, Tails>()

/**
 * f of a moment for a mean on the side of `effect`, interpolated; the last value beyond the grid.
 * @param square s²: twice the level over the number of records
 */
export function stretchOf(tails: Tails, moment: number, effect: number, square: number): number {
  const place = Math.sqrt(square) / GRID_STEP
  const left = Math.min(GRID_SIZE - 1, Math.floor(place))
  const at = placeOf(moment, effect) + left
  const part = place - left
  return left === GRID_SIZE - 1 || part === 0 ? tails[at]! : tails[at]! * (1 - part) + tails[at + 1]! * part
}

function placeOf(moment: number, sign: number): number {
  return (2 * moment + (sign > 0 ? 0 : 1)) * GRID_SIZE
}

/** The mean x at which I(x) = s² / 2; infinite where no mean is so rare. λ·Λ′(λ) − Λ(λ) grows with the tilt λ, so it is found by halving. */
function meanAt(basis: RankBasis, moment: number, sign: number, s: number): number {
  const rarityOf = (tilt: number) => {
    const { value, slope } = cumulants(basis, basis.shares, moment, sign * tilt)
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
  return Math.abs(cumulants(basis, basis.shares, moment, sign * low).slope)
}

/** Logarithm of the moment generating function at a tilt, and its slope, where bins have these shares. */
export function cumulants(
  { bins, moments }: RankBasis,
  shares: Float64Array,
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
