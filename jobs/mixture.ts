import { fillShares } from '../processors/text/heads.ts'

/** Rows whose margins were predicted by copies that had not seen them, side by side. */
export interface StackedRows {
  readonly count: number
  readonly tones: number
  readonly registers: number
  /** `[row][head]`: tones as they are mixed, then margins of the registers (none where there is one). */
  readonly margins: Float32Array
  /** GRADED: −1 … 1; BINARY: 0 or 1. */
  readonly targets: Float64Array
  readonly weights: Float64Array
  /** What was added to the margin of each register; none where there is one. */
  readonly priors: Float64Array
}

export interface Mixture {
  /** `[register][tone]`; a tone that speaks for a high value never counts against it, nor the other way round. */
  readonly experts: Float32Array
  readonly offsets: Float32Array
}

/** Of the total weight: enough that heads which say the same share it. Chosen on held-out public sets. */
const RIDGE_SHARE = 5e-4
const OFFSET_RIDGE_SHARE = 5e-6
/** A register with a smaller share of a text has no say in the fit; it saves nine tenths of the work. */
const SHARE_MIN = 0.01
const SWEEPS_MAX = 2000
const CHANGE_MIN = 1e-5
/** Newton steps of the logistic fit; five reach the fourth digit. */
const LOGISTIC_STEPS = 6
const CURVATURE_MIN = 1e-4

/**
 * Fits how much each register trusts each head: ridge regression on share × margin over all registers together, with
 * coefficients that keep the head's own sign (Breiman 1996, stacked regressions), by coordinate descent. Logistic for a
 * binary kind, by iteratively reweighted least squares.
 */
export function fitMixture(rows: StackedRows, loss: 'squared' | 'logistic'): Mixture {
  const scaling = scaleTones(rows)
  const shares = sharesOf(rows)
  const width = rows.tones + 1
  let solution: Float64Array = new Float64Array(rows.registers * width)
  const steps = loss === 'squared' ? 1 : LOGISTIC_STEPS
  for (let step = 0; step < steps; step++)
    solution = solve(normalEquations(rows, scaling, shares, loss === 'squared' ? null : solution), solution)
  const experts = new Float32Array(rows.registers * rows.tones)
  const offsets = new Float32Array(rows.registers)
  for (let register = 0; register < rows.registers; register++) {
    let offset = solution[register * width + rows.tones]!
    for (let tone = 0; tone < rows.tones; tone++) {
      const { mean, unit } = scaling[tone]!
      const coefficient = solution[register * width + tone]! / unit
      experts[register * rows.tones + tone] = coefficient
      offset -= coefficient * mean
    }
    offsets[register] = offset
  }
  return { experts, offsets }
}

/** A tone's mean and deviation; `unit` has the sign of its correlation with the target. */
interface ToneScale {
  readonly mean: number
  readonly unit: number
}

function scaleTones({ count, tones, registers, margins, targets, weights }: StackedRows): ToneScale[] {
  const stride = tones + (registers > 1 ? registers : 0)
  let total = 0
  let targetSum = 0
  for (let row = 0; row < count; row++) {
    total += weights[row]!
    targetSum += weights[row]! * targets[row]!
  }
  return Array.from({ length: tones }, (_, tone) => {
    let [sum, squares, both] = [0, 0, 0]
    for (let row = 0; row < count; row++) {
      const margin = margins[row * stride + tone]!
      sum += weights[row]! * margin
      squares += weights[row]! * margin * margin
      both += weights[row]! * margin * targets[row]!
    }
    const mean = sum / total
    const deviation = Math.sqrt(Math.max(0, squares / total - mean * mean)) || 1
    return { mean, unit: both / total - (mean * targetSum) / total < 0 ? -deviation : deviation }
  })
}

/** `[row][register]`: the softmax of the registers' margins, small shares left out. */
function sharesOf({ count, tones, registers, margins }: StackedRows): Float32Array {
  const shares = new Float32Array(count * registers).fill(1)
  if (registers === 1) return shares
  const stride = tones + registers
  const ofRow = new Float64Array(registers)
  for (let row = 0; row < count; row++) {
    fillShares(ofRow, margins.subarray(row * stride, (row + 1) * stride), tones)
    for (const [register, share] of ofRow.entries())
      shares[row * registers + register] = share < SHARE_MIN ? 0 : share
  }
  return shares
}

interface Equations {
  readonly size: number
  readonly matrix: Float64Array
  readonly right: Float64Array
  /** Coefficients that may have either sign. */
  readonly isFree: (at: number) => boolean
}

/** Of least squares, or of the Newton step from `at` for the logistic loss. */
function normalEquations(
  rows: StackedRows,
  scaling: readonly ToneScale[],
  shares: Float32Array,
  at: Float64Array | null,
): Equations {
  const { count, tones, registers, margins, targets, weights } = rows
  const stride = tones + (registers > 1 ? registers : 0)
  const width = tones + 1
  const size = registers * width
  const matrix = new Float64Array(size * size)
  const right = new Float64Array(size)
  const columns = new Int32Array(size)
  const values = new Float64Array(size)
  let total = 0
  for (let row = 0; row < count; row++) {
    let active = 0
    for (let register = 0; register < registers; register++) {
      const share = shares[row * registers + register]!
      if (share === 0) continue
      for (let tone = 0; tone < tones; tone++) {
        const { mean, unit } = scaling[tone]!
        columns[active] = register * width + tone
        values[active++] = (share * (margins[row * stride + tone]! - mean)) / unit
      }
      columns[active] = register * width + tones
      values[active++] = share
    }
    let weight = weights[row]!
    let target = targets[row]!
    total += weight
    if (at !== null) {
      let margin = 0
      for (let i = 0; i < active; i++) margin += at[columns[i]!]! * values[i]!
      const probability = 1 / (1 + Math.exp(-margin))
      const curvature = Math.max(CURVATURE_MIN, probability * (1 - probability))
      target = margin + (target - probability) / curvature
      weight *= curvature
    }
    for (let i = 0; i < active; i++) {
      const scaled = weight * values[i]!
      right[columns[i]!]! += scaled * target
      const from = columns[i]! * size
      for (let j = 0; j < active; j++) matrix[from + columns[j]!]! += scaled * values[j]!
    }
  }
  for (let i = 0; i < size; i++)
    matrix[i * size + i]! += total * (i % width === tones ? OFFSET_RIDGE_SHARE : RIDGE_SHARE)
  return { size, matrix, right, isFree: i => i % width === tones }
}

/** Coordinate descent from `start`; coefficients that are not free stay at 0 or above. */
function solve({ size, matrix, right, isFree }: Equations, start: Float64Array): Float64Array {
  const solution = Float64Array.from(start)
  const residual = Float64Array.from(right)
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++) residual[i]! -= matrix[i * size + j]! * solution[j]!
  for (let sweep = 0; sweep < SWEEPS_MAX; sweep++) {
    let largest = 0
    for (let i = 0; i < size; i++) {
      let next = solution[i]! + residual[i]! / matrix[i * size + i]!
      if (next < 0 && !isFree(i)) next = 0
      const change = next - solution[i]!
      if (change === 0) continue
      solution[i] = next
      for (let j = 0; j < size; j++) residual[j]! -= matrix[i * size + j]! * change
      largest = Math.max(largest, Math.abs(change))
    }
    if (largest < CHANGE_MIN) break
  }
  return solution
}
