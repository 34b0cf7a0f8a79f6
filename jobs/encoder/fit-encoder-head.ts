import type { KindDeclaration } from '../../pipelines/kinds.ts'
import {
  coreMargin,
  type EncoderCore,
  type EncoderHead,
  type Linear,
} from '../../processors/encoder/encoder-head.ts'
import { applyLink, type Link } from '../../processors/text/link.ts'
import { fitPiecewise, fitPlatt, type MarginOutcome, thresholdFor } from '../calibrate.ts'
import { minimise } from '../challenger/minimise.ts'
import type { Outcome } from '../metrics.ts'
import { TEST_FOLD } from '../training-row.ts'

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
}

export interface FittedHead {
  readonly head: EncoderHead
  readonly settings: Readonly<Record<string, number>>
  /** Of the held-out rows, each by a mixture and a link that did not see it. */
  readonly outcomes: readonly (Outcome & { readonly source: string })[]
}

/** How hard the weights are pulled to 0, a row: chosen on public sets in parts. */
const RIDGE = 3e-3
/** Of so few weights nothing is to be feared but two margins that say the same. */
const RIDGE_OF_MIXTURE = 1e-6
/** So many held-out rows are enough to mix and calibrate by; of fewer rows all are taken, each as cores without its part see it. */
const MIXING_ROWS_MIN = 300
const CORE_PARTS = 5
/** Parts of the rows that mix and calibrate, so that each can be measured by the others. */
const PARTS = 2

/**
 * Fits what makes a value of an encoder's output. A core that is null is trained: weights of the vector, by the rows that are not
 * held out. What mixes it with the n-grams, and the link, are fitted on rows that the core did not see; n-grams that were trained on the
 * same files did not see the held-out ones either.
 */
export function fitEncoderHead(
  kind: KindDeclaration,
  labelled: readonly EncodedRow[],
  core: EncoderCore | null,
  hasNgrams: boolean,
): FittedHead {
  const rows = evenedOut(labelled)
  const heldOut = rows.filter(({ fold }) => fold === TEST_FOLD)
  const isEnough = heldOut.length >= MIXING_ROWS_MIN
  const taught = core ?? trainCore(kind, isEnough ? rows.filter(({ fold }) => fold !== TEST_FOLD) : rows)
  const margins =
    core === null && !isEnough
      ? unseenMargins(kind, rows)
      : (isEnough ? heldOut : rows).map(row => ({ ...row, margin: coreMargin(taught, row.output) }))
  const inPart = (part: number) => margins.filter((_, i) => i % PARTS === part)
  const outcomes = Array.from({ length: PARTS }, (_, part) => {
    const others = margins.filter((_, i) => i % PARTS !== part)
    const { link, ofCore, ofNgrams, offset } = fitMixture(kind, others, hasNgrams)
    return inPart(part).map(({ margin, ngramMargin, target, source }) => ({
      value: applyLink(link, ofCore * margin + ofNgrams * ngramMargin + offset),
      target,
      source,
    }))
  }).flat()
  const { link, ofCore, ofNgrams, offset } = fitMixture(kind, margins, hasNgrams)
  const head = { core: scaled(taught, ofCore, offset), ngrams: ofNgrams, link }
  const settings =
    kind.training.objective === 'BINARY' ? { threshold: thresholdFor(outcomes, kind.training.threshold) } : {}
  return { head, settings, outcomes }
}

/** A source counts by the root of what it weighs. */
function evenedOut(rows: readonly EncodedRow[]): readonly EncodedRow[] {
  const weights = new Map<string, number>()
  for (const { source, weight } of rows) weights.set(source, (weights.get(source) ?? 0) + weight)
  return rows.map(row => ({ ...row, weight: row.weight / Math.sqrt(weights.get(row.source)!) }))
}

/** Of few rows each is answered by a core that was trained on the other parts. */
function unseenMargins(kind: KindDeclaration, rows: readonly EncodedRow[]): Mixed[] {
  return Array.from({ length: CORE_PARTS }, (_, part) => {
    const core = trainCore(
      kind,
      rows.filter(({ fold }) => fold % CORE_PARTS !== part),
    )
    const unseen = rows.filter(({ fold }) => fold % CORE_PARTS === part)
    return unseen.map(row => ({ ...row, margin: coreMargin(core, row.output) }))
  }).flat()
}

type Mixed = EncodedRow & { readonly margin: number }

/** Weights of both margins, and the link. */
function fitMixture({ training, scale }: KindDeclaration, rows: readonly Mixed[], hasNgrams: boolean) {
  const columns = hasNgrams ? 3 : 2
  const inputs = rows.map(({ margin, ngramMargin }) =>
    Float32Array.of(margin, 1, ngramMargin).subarray(0, columns),
  )
  const found = fitLinear(training.objective, scale, rows, inputs, RIDGE_OF_MIXTURE)
  const [ofCore = 1, offset = 0, ofNgrams = 0] = found
  const outcomes: MarginOutcome[] = rows.map(({ margin, ngramMargin, target, weight }) => ({
    margin: ofCore * margin + ofNgrams * ngramMargin + offset,
    target,
    weight,
  }))
  if (training.objective === 'GRADED')
    return { ofCore, ofNgrams, offset, link: fitPiecewise(outcomes, scale) }
  const platt = fitPlatt(outcomes)
  const link: Link = { form: 'sigmoid' }
  return {
    ofCore: platt.slope * ofCore,
    ofNgrams: platt.slope * ofNgrams,
    offset: platt.slope * offset + platt.offset,
    link,
  }
}

/** Rows of a source from which it gets weights of its own. */
const EXPERT_ROWS_MIN = 200

function trainCore(kind: KindDeclaration, rows: readonly EncodedRow[]): EncoderCore {
  const names = [...new Set(rows.map(({ source }) => source))]
  const sources = names
    .map(name => [name, rows.filter(({ source }) => source === name)] as const)
    .filter(([, own]) => own.length >= EXPERT_ROWS_MIN)
  if (sources.length < 2) return { form: 'LINEAR', ...trainLinear(kind, rows) }
  const registers = trainRegisters(sources.map(([, own]) => own))
  return {
    form: 'MIXTURE',
    experts: sources.map(([source, own], place) => ({
      source,
      register: registers[place]!,
      margin: trainLinear(kind, own),
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

function scaled(core: EncoderCore, factor: number, offset: number): EncoderCore {
  if (core.form === 'LABELS')
    return { ...core, slope: factor * core.slope, offset: factor * core.offset + offset }
  const scaledLinear = (one: Linear): Linear => ({
    weights: one.weights.map(weight => factor * weight),
    offset: factor * one.offset + offset,
  })
  if (core.form === 'LINEAR') return { form: 'LINEAR', ...scaledLinear(core) }
  return { ...core, experts: core.experts.map(one => ({ ...one, margin: scaledLinear(one.margin) })) }
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

/** Weighted logistic or ridge regression by L-BFGS; the last of the inputs are as large as any and are held as loosely. */
function fitLinear(
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
        loss +=
          (weight / total) * (Math.max(margin, 0) - target * margin + Math.log1p(Math.exp(-Math.abs(margin))))
        slope = 1 / (1 + Math.exp(-margin)) - target
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
