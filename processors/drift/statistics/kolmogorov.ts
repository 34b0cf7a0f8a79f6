/**
 * The law of Kolmogorov's statistic Dₙ = sup |Fₙ − F| for n independent values of a continuous law, two-sided. It is computed as
 * Simard & L'Ecuyer (2011, J. Stat. Software 39(11)) choose among ways, hence agrees with `scipy.stats.kstwo.sf`; only Smirnov's
 * sum is taken in strides where it is long, so that large samples cost no more than small ones.
 */

/** Up to here Durbin's matrix is used wherever Smirnov's sum is not yet exact. */
const MATRIX_SAMPLES = 140
const MATRIX_SAMPLES_MAX = 100_000
/** Below it the survival function is 1 to within 1e-12, whatever the sample. */
const SCALED_MIN = 0.2

/**
 * @param samples n, a whole number; 0 gives 1
 * @param distance d, within 0–1
 * @returns the chance that Dₙ is d or more
 */
export function kolmogorovSurvival(samples: number, distance: number): number {
  if (samples < 1 || distance <= 0) return 1
  if (distance >= 1) return 0
  const scaled = samples * distance
  if (scaled <= 0.5) return 1
  if (scaled >= samples - 1) return Math.min(1, 2 * (1 - distance) ** samples)
  const evidence = scaled * distance
  if (distance >= 0.5) return twiceSmirnov(samples, distance)
  if (samples <= MATRIX_SAMPLES)
    return evidence <= 4 ? clip(1 - durbinMatrix(samples, distance)) : twiceSmirnov(samples, distance)
  if (evidence >= 2.2) return twiceSmirnov(samples, distance)
  if (evidence < SCALED_MIN ** 2) return 1
  return clip(
    1 -
      (samples <= MATRIX_SAMPLES_MAX && samples * distance ** 1.5 <= 1.4
        ? durbinMatrix(samples, distance)
        : pelzGood(samples, distance)),
  )
}

function clip(probability: number): number {
  return Math.max(0, Math.min(1, probability))
}

/** Marsaglia, Tsang & Wang (2003): the middle of the n-th power of Durbin's matrix, times n!/nⁿ. */
function durbinMatrix(samples: number, distance: number): number {
  const scaled = samples * distance
  const k = Math.ceil(scaled)
  const size = 2 * k - 1
  const middle = (k - 1) * size + k - 1
  let base = startMatrix(size, k - scaled)
  let baseExponent = 0
  let power: Float64Array | null = null
  let exponent = 0
  for (let left = samples; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) {
      power = power === null ? base : product(power, base, size)
      exponent += baseExponent
    }
    if (left === 1) break
    base = product(base, base, size)
    baseExponent *= 2
    if (base[middle]! > SCALE) {
      base = base.map(value => value / SCALE)
      baseExponent += SCALE_EXPONENT
    }
  }
  let probability = power![middle]!
  for (let i = 1; i <= samples; i++) {
    probability *= i / samples
    if (probability < 1 / SCALE) {
      probability *= SCALE
      exponent -= SCALE_EXPONENT
    }
  }
  return probability * 2 ** exponent
}

const SCALE_EXPONENT = 128
const SCALE = 2 ** SCALE_EXPONENT

function startMatrix(size: number, h: number): Float64Array {
  const matrix = new Float64Array(size * size)
  const inverseFactorials = new Float64Array(size + 2).fill(1)
  for (let j = 1; j < inverseFactorials.length; j++) inverseFactorials[j] = inverseFactorials[j - 1]! / j
  for (let row = 0; row < size; row++)
    for (let column = 1; column < size && column <= row + 1; column++)
      matrix[row * size + column] = inverseFactorials[row - column + 1]!
  for (let j = 0; j < size; j++) {
    const edge = j < size - 1 ? 1 - h ** (j + 1) : 1 - 2 * h ** size + Math.max(2 * h - 1, 0) ** size
    matrix[j * size] = edge * inverseFactorials[j + 1]!
    matrix[(size - 1) * size + (size - 1 - j)] = matrix[j * size]!
  }
  return matrix
}

function product(left: Float64Array, right: Float64Array, size: number): Float64Array {
  const result = new Float64Array(size * size)
  for (let row = 0; row < size; row++)
    for (let k = 0; k < size; k++) {
      const factor = left[row * size + k]!
      if (factor === 0) continue
      for (let column = 0; column < size; column++)
        result[row * size + column]! += factor * right[k * size + column]!
    }
  return result
}

/** Pelz & Good (1976): Kolmogorov's limit with its next three terms in 1/√n, as theta functions that converge for small z. */
function pelzGood(samples: number, distance: number): number {
  const z = Math.sqrt(samples) * distance
  const z2 = z * z
  const z4 = z2 * z2
  const z6 = z4 * z2
  const pi2 = Math.PI ** 2
  const pi4 = pi2 * pi2
  const pi6 = pi4 * pi2
  const sums = [0, 0, 0, 0]
  for (let k = Math.ceil((16 * z) / Math.PI); k > 0; k--) {
    const m2 = (2 * k - 1) ** 2
    const m4 = m2 * m2
    const odd = Math.exp((-pi2 * m2) / (8 * z2))
    sums[0]! += odd
    sums[1]! += odd * ((pi2 / 4) * m2 - z2)
    sums[2]! += odd * (6 * z6 + 2 * z4 + ((2 * z4 - 5 * z2) * pi2 * m2) / 4 + (pi4 * (1 - 2 * z2) * m4) / 16)
    sums[3]! +=
      odd *
      (-30 * z6 -
        90 * z4 * z4 +
        (pi2 * (135 * z4 - 96 * z6) * m2) / 4 +
        (pi4 * (212 * z4 - 60 * z2) * m4) / 16 +
        (pi6 * (5 - 30 * z2) * m4 * m2) / 64)
    const k2 = k * k
    const whole = Math.exp((-pi2 * k2) / (2 * z2)) * k2 * pi2
    sums[2]! -= 2 * z4 * whole
    sums[3]! += 30 * z4 * (3 * z2 - pi2 * k2) * whole
  }
  const root = Math.sqrt(samples)
  return (
    Math.sqrt(2 * Math.PI) *
    (sums[0]! / z +
      sums[1]! / (6 * z4 * root) +
      sums[2]! / (72 * z6 * z * samples) +
      sums[3]! / (6480 * z6 * z4 * samples * root))
  )
}

/** Terms of Smirnov's sum that are computed at most. */
const SMIRNOV_TERMS_MAX = 4096

/**
 * Twice Smirnov's one-sided chance (Smirnov 1944; Birnbaum & Tingey 1951): the sum over j of C(n, j) (d + j/n)^(j−1)
 * (1 − d − j/n)^(n−j) d. Each term is a binomial chance by Loader's saddle point (2000), which loses no digits where n is
 * large. As a function of j the terms are smooth and vanish with all derivatives at both ends, so that a sum over every
 * s-th, times s, equals the whole to within rounding (the trapezoidal rule), as long as thousands are left.
 */
function twiceSmirnov(samples: number, distance: number): number {
  const last = Math.floor(samples * (1 - distance))
  const stride = Math.ceil((last + 1) / SMIRNOV_TERMS_MAX)
  let sum = 0
  for (let j = 0; j <= last; j += stride) {
    const chance = distance + j / samples
    if (chance < 1) sum += (binomialTerm(samples, j, chance, samples * distance) * distance) / chance
  }
  return Math.min(1, 2 * stride * sum)
}

/** C(n, j) pʲ (1 − p)ⁿ⁻ʲ, where np − j is the given excess. */
function binomialTerm(n: number, j: number, p: number, excess: number): number {
  if (j === 0) return Math.exp(n * Math.log1p(-p))
  const others = n - j
  const correction = stirlingError(n) - stirlingError(j) - stirlingError(others)
  const deviance = devianceOf(j, excess) + devianceOf(others, -excess)
  return Math.sqrt(n / (2 * Math.PI * j * others)) * Math.exp(correction - deviance)
}

/** observed · ln(observed / expected) + expected − observed, where expected = observed + excess. */
function devianceOf(observed: number, excess: number): number {
  const expected = observed + excess
  const ratio = -excess / (observed + expected)
  if (Math.abs(ratio) > 0.1) return observed * Math.log(observed / expected) + excess
  // Loader's series, where the difference of the two parts would lose digits.
  let term = 2 * observed * ratio
  let sum = -excess * ratio
  for (let k = 1; ; k++) {
    term *= ratio * ratio
    const next = sum + term / (2 * k + 1)
    if (next === sum) return sum
    sum = next
  }
}

/** ln n! − ln(√(2πn) (n/e)ⁿ). */
function stirlingError(n: number): number {
  if (n < STIRLING_ERRORS.length) return STIRLING_ERRORS[n]!
  const n2 = n * n
  return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / n2) / n2) / n2) / n2) / n
}

const STIRLING_ERRORS = Float64Array.from({ length: 17 }, (_, n) => {
  let factorial = 1
  for (let i = 2; i <= n; i++) factorial *= i
  return n === 0 ? 0 : Math.log(factorial) - (Math.log(2 * Math.PI * n) / 2 + n * Math.log(n) - n)
})
