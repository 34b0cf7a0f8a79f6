/**
 * Functions that laws and quantiles need. None of them answers NaN for arguments in its stated range; relative errors are
 * some 1e-13 where the parameters are below a few thousand.
 */

/** Lanczos (1964) with g = 7; coefficients by Godfrey (2001). */
const LANCZOS_G = 7
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const

/** ln Γ(x) for x > 0. */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  const shifted = x - 1
  let sum: number = LANCZOS[0]
  for (let i = 1; i < LANCZOS.length; i++) sum += LANCZOS[i]! / (shifted + i)
  const base = shifted + LANCZOS_G + 0.5
  return Math.log(2 * Math.PI) / 2 + (shifted + 0.5) * Math.log(base) - base + Math.log(sum)
}

const RELATIVE_PRECISION = 1e-16
/** The series and the fraction need some √shape terms; this is far more. */
const GAMMA_TERMS_MAX = 100_000

/**
 * The regularised upper incomplete gamma function Q(shape, x), by its series below shape + 1 and by its continued fraction
 * above (Lentz's way; Press et al., Numerical Recipes, §6.2).
 * @param shape above 0
 * @param x at least 0; Infinity gives 0
 */
function gammaSurvival(shape: number, x: number): number {
  if (x <= 0) return 1
  if (x === Number.POSITIVE_INFINITY) return 0
  const front = Math.exp(shape * Math.log(x) - x - logGamma(shape))
  return x < shape + 1
    ? Math.max(0, 1 - front * lowerSeries(shape, x))
    : Math.min(1, front * upperFraction(shape, x))
}

function lowerSeries(shape: number, x: number): number {
  let term = 1 / shape
  let sum = term
  for (let k = 1; k < GAMMA_TERMS_MAX && term > sum * RELATIVE_PRECISION; k++) {
    term *= x / (shape + k)
    sum += term
  }
  return sum
}

function upperFraction(shape: number, x: number): number {
  const tiny = 1e-300
  let b = x + 1 - shape
  let c = 1 / tiny
  let d = 1 / b
  let fraction = d
  for (let k = 1; k < GAMMA_TERMS_MAX; k++) {
    const a = -k * (k - shape)
    b += 2
    d = 1 / nonZero(a * d + b, tiny)
    c = nonZero(b + a / c, tiny)
    fraction *= c * d
    if (Math.abs(c * d - 1) < 2 * RELATIVE_PRECISION) break
  }
  return fraction
}

function nonZero(value: number, tiny: number): number {
  return Math.abs(value) < tiny ? tiny : value
}

/** The chance that chi-square with so many degrees of freedom is above the value; 1 for none at all. */
export function chiSquareSurvival(value: number, degreesOfFreedom: number): number {
  return degreesOfFreedom <= 0 ? 1 : gammaSurvival(degreesOfFreedom / 2, value / 2)
}

/**
 * The value that chi-square exceeds with the chance `level`: by halving, between bounds that double until they hold it.
 * @param level within (0, 1)
 * @returns 0 for no degrees of freedom
 */
export function chiSquareThreshold(level: number, degreesOfFreedom: number): number {
  if (degreesOfFreedom <= 0) return 0
  let low = 0
  let high = degreesOfFreedom
  while (chiSquareSurvival(high, degreesOfFreedom) > level) {
    low = high
    high *= 2
  }
  for (;;) {
    const middle = (low + high) / 2
    if (middle <= low || middle >= high) return high
    if (chiSquareSurvival(middle, degreesOfFreedom) > level) low = middle
    else high = middle
  }
}

/**
 * The value that a standard normal exceeds in either direction with the chance `level`: the root of chi-square's with one degree
 * of freedom.
 * @param level within (0, 1)
 */
export function normalTwoSidedThreshold(level: number): number {
  return Math.sqrt(chiSquareThreshold(level, 1))
}
