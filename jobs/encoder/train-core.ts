import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import type { EncoderCore, Linear } from '../../processors/encoder/encoder-head.ts'
import { matchingLoss } from '../challenger/matching-loss.ts'
import { minimise } from '../challenger/minimise.ts'

/** A labelled row as the encoder and the n-grams read it. */
export interface EncodedRow {
  readonly output: Float32Array
  /** Of the n-grams; 0 where there are none. */
  readonly ngramMargin: number
  /** As in `TrainingRow`. */
  readonly target: number
  readonly weight: number
  readonly fold: number
  readonly source: string
  /** Primary subtag, stated or detected; null where neither. */
  readonly language: string | null
}

/** How hard the weights are pulled to 0, a row: chosen on public sets in parts. */
const RIDGE = 3e-3
/** Rows of a source from which it gets weights of its own. */
const EXPERT_ROWS_MIN = 200

/** Those that have enough rows to be experts; none where they are fewer than two. */
export function expertSources(rows: readonly EncodedRow[]): readonly string[] {
  const names = [...new Set(rows.map(({ source }) => source))]
  const large = names.filter(name => rows.filter(({ source }) => source === name).length >= EXPERT_ROWS_MIN)
  return large.length < 2 ? [] : large
}

/** One linear head, or one a source that has enough rows. */
export function trainCore(
  kind: KindDeclaration,
  rows: readonly EncodedRow[],
  sources = expertSources(rows),
): EncoderCore {
  if (sources.length === 0) return { form: 'LINEAR', ...trainLinear(kind, rows) }
  const bySource = sources.map(name => rows.filter(({ source }) => source === name))
  const registers = trainRegisters(bySource)
  return {
    form: 'MIXTURE',
    experts: sources.map((source, place) => ({
      source,
      register: registers[place]!,
      margin: trainLinear(kind, bySource[place]!),
      ngrams: 0,
    })),
  }
}

function trainLinear({ training, scale }: KindDeclaration, rows: readonly EncodedRow[]): Linear {
  const width = rows[0]?.output.length ?? 0
  const inputs = rows.map(({ output }) => {
    const input = new Float32Array(width + 1)
    input.set(output)
    input[width] = 1
    return input
  })
  const found = fitLinear(training.objective, scale, rows, inputs, RIDGE)
  return { weights: [...found.subarray(0, width)], offset: found[width] ?? 0 }
}

/** Rows of a source that tell its register: more would only make it the likelier one. */
const REGISTER_ROWS_MAX = 2000

/** Tells sources apart by softmax regression, as if all had as many rows. */
function trainRegisters(sources: readonly (readonly EncodedRow[])[]): readonly Linear[] {
  const rows = sources.flatMap((own, source) => own.slice(0, REGISTER_ROWS_MAX).map(row => ({ row, source })))
  const counts = sources.map(own => Math.min(REGISTER_ROWS_MAX, own.length))
  const width = rows[0]!.row.output.length
  const size = width + 1
  const shares = new Float64Array(sources.length)
  const found = minimise((at, gradient) => {
    let loss = 0
    gradient.fill(0)
    for (const { row, source } of rows) {
      const weight = 1 / (sources.length * counts[source]!)
      for (let one = 0; one < shares.length; one++)
        shares[one] = INPUT_SCALE * dotAt(at, one * size, row.output)
      const highest = Math.max(...shares)
      let sum = 0
      for (let one = 0; one < shares.length; one++) sum += Math.exp(shares[one]! - highest)
      loss -= weight * (shares[source]! - highest - Math.log(sum))
      for (let one = 0; one < shares.length; one++) {
        const slope = Math.exp(shares[one]! - highest) / sum - Number(one === source)
        const step = INPUT_SCALE * weight * slope
        for (let i = 0; i < width; i++) gradient[one * size + i]! += step * row.output[i]!
        gradient[one * size + width]! += step
      }
    }
    for (let i = 0; i < at.length; i++) {
      loss += (RIDGE_OF_REGISTERS * at[i]! * at[i]!) / 2
      gradient[i]! += RIDGE_OF_REGISTERS * at[i]!
    }
    return loss
  }, sources.length * size)
  return sources.map((_, one) => ({
    weights: Array.from({ length: width }, (_, i) => INPUT_SCALE * found[one * size + i]!),
    offset: INPUT_SCALE * found[one * size + width]!,
  }))
}

const RIDGE_OF_REGISTERS = 1e-3

function dotAt(at: Float64Array, from: number, output: Float32Array): number {
  let sum = at[from + output.length]!
  for (let i = 0; i < output.length; i++) sum += at[from + i]! * output[i]!
  return sum
}

/** Vectors of length 1 have small numbers: so weights of the usual size fit them. */
const INPUT_SCALE = 10

const logisticLoss = matchingLoss({ form: 'sigmoid' }, { min: 0, max: 1 })

/** Weighted logistic or ridge regression by L-BFGS; the last of the inputs are as large as any and are held as loosely. */
export function fitLinear(
  objective: 'GRADED' | 'BINARY',
  scale: { readonly min: number; readonly max: number },
  rows: readonly Pick<EncodedRow, 'target' | 'weight'>[],
  inputs: readonly Float32Array[],
  ridge: number,
): Float64Array {
  const size = inputs[0]?.length ?? 0
  const total = rows.reduce((sum, { weight }) => sum + weight, 0) || 1
  const half = (scale.max - scale.min) / 2
  const middle = (scale.max + scale.min) / 2
  const found = minimise((at, gradient) => {
    let loss = 0
    gradient.fill(0)
    for (let row = 0; row < rows.length; row++) {
      const input = inputs[row]!
      const { target, weight } = rows[row]!
      let margin = 0
      for (let i = 0; i < size; i++) margin += at[i]! * input[i]!
      margin *= INPUT_SCALE
      let slope: number
      if (objective === 'BINARY') {
        loss += (weight / total) * logisticLoss.loss(margin, target)
        slope = logisticLoss.slope(margin, target)
      } else {
        slope = margin - (target - middle) / half
        loss += ((weight / total) * slope * slope) / 2
      }
      const step = (INPUT_SCALE * weight * slope) / total
      for (let i = 0; i < size; i++) gradient[i]! += step * input[i]!
    }
    for (let i = 0; i < size; i++) {
      loss += (ridge * at[i]! * at[i]!) / 2
      gradient[i]! += ridge * at[i]!
    }
    return loss
  }, size)
  return found.map(weight => INPUT_SCALE * weight)
}
