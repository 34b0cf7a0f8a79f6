import type { KindDeclaration } from '../pipelines/kind-declaration.ts'
import { createFeatureReader, featureSettings } from '../processors/text/features.ts'
import { fillShares, type HeadsModel, marginOfText } from '../processors/text/heads.ts'
import { applyLink, type Link } from '../processors/text/link.ts'
import { fitPiecewise, fitPlatt, type MarginOutcome, thresholdFor } from './calibrate.ts'
import { fitMixture, type StackedRows } from './mixture.ts'
import { isSquashed, type LearnedHeads, stackRow } from './stack.ts'
import { TEST_FOLD, type TrainingRow } from './training-row.ts'

/** The model: the heads' weights as whole steps, the mixture and the link fitted to rows the copies had not seen. */
export function assembleModel(kind: KindDeclaration, learned: LearnedHeads, stack: StackedRows): HeadsModel {
  const { plan, heads, registers, registerNames } = learned
  const isGraded = kind.training.objective === 'GRADED'
  const mixture = fitMixture(stack, isGraded ? 'squared' : 'logistic')
  const weightsOf = [
    ...plan.map((_, head) => heads.weightOf(head)),
    ...registerNames.map((_, register) => registers!.weightOf(register)),
  ]
  const { weights, scales, biases, dense } = quantised(weightsOf)
  for (const [register, prior] of stack.priors.entries()) biases[plan.length + register]! += prior
  const unlinked: HeadsModel = {
    heads: [...plan.map(head => head.name), ...registerNames],
    tones: plan.length,
    registers: stack.registers,
    weights,
    scales,
    biases,
    dense,
    squashed: Float32Array.from(plan, head => Number(isSquashed(kind, head))),
    ...mixture,
    link: { form: 'sigmoid' },
  }
  const outcomes = mixedOutcomes(kind, unlinked, stack)
  if (isGraded) return { ...unlinked, link: fitPiecewise(outcomes, kind.scale) }
  const { slope, offset } = fitPlatt(outcomes)
  return {
    ...unlinked,
    experts: mixture.experts.map(weight => slope * weight),
    offsets: mixture.offsets.map(one => slope * one + offset),
  }
}

/** The highest whole number of a weight's byte. */
const STEPS_MAX = 127

type WeightOf = (feature: number) => number

function quantised(weightsOf: readonly WeightOf[]) {
  const { buckets } = featureSettings
  const signals = featureSettings.dense.length
  const count = weightsOf.length
  const weights = new Int8Array(buckets * count)
  const scales = new Float32Array(count)
  const biases = new Float32Array(count)
  const dense = new Float32Array(signals * count)
  for (const [head, weightOf] of weightsOf.entries()) {
    let largest = 0
    for (let bucket = 0; bucket < buckets; bucket++) largest = Math.max(largest, Math.abs(weightOf(bucket)))
    const scale = largest === 0 ? 1 : largest / STEPS_MAX
    scales[head] = scale
    for (let bucket = 0; bucket < buckets; bucket++)
      weights[bucket * count + head] = Math.round(weightOf(bucket) / scale)
    for (let signal = 0; signal < signals; signal++) dense[signal * count + head] = weightOf(buckets + signal)
    biases[head] = weightOf(buckets + signals)
  }
  return { weights, scales, biases, dense }
}

/** Mixed margins of the rows, with targets on the kind's own scale. */
function mixedOutcomes(
  { scale, training }: KindDeclaration,
  model: HeadsModel,
  stack: StackedRows,
): MarginOutcome[] {
  const half = (scale.max - scale.min) / 2
  const middle = (scale.max + scale.min) / 2
  return Array.from({ length: stack.count }, (_, row) => ({
    margin: mixedMargin(model, marginsOfRow(stack, row)),
    target: training.objective === 'BINARY' ? stack.targets[row]! : middle + half * stack.targets[row]!,
    weight: stack.weights[row]!,
  }))
}

function marginsOfRow({ tones, registers, margins }: StackedRows, row: number): Float32Array {
  const stride = tones + (registers > 1 ? registers : 0)
  return margins.subarray(row * stride, (row + 1) * stride)
}

/** The model's margin of a text whose tones and registers are known. */
function mixedMargin({ tones, registers, experts, offsets }: HeadsModel, margins: Float32Array): number {
  const shares = new Float64Array(registers)
  fillShares(shares, margins, tones)
  let mixed = 0
  for (const [register, share] of shares.entries()) {
    let expert = offsets[register]!
    for (let tone = 0; tone < tones; tone++) expert += experts[register * tones + tone]! * margins[tone]!
    mixed += share * expert
  }
  return mixed
}

/** The margin of a row as heads say that have not learned from it. */
export type UnseenMargin = (row: TrainingRow) => number

/**
 * What the model would say of a row that taught it, had it not: by copies of its heads that have not seen the row. Of rows that
 * measure, what the model says.
 */
export function unseenMargins(
  kind: KindDeclaration,
  learned: LearnedHeads,
  model: HeadsModel,
  { priors }: StackedRows,
): UnseenMargin {
  const readFeatures = createFeatureReader()
  const parts = new Float32Array(learned.plan.length + learned.registerNames.length)
  return row => {
    const input = readFeatures(row.text)
    if (row.fold === TEST_FOLD) return marginOfText(model, input)
    stackRow(kind, learned, row, input, parts)
    for (const [register, prior] of priors.entries()) parts[learned.plan.length + register]! += prior
    return mixedMargin(model, parts)
  }
}

/** What a scorer decides by, chosen on the rows the copies had not seen. */
export function thresholdSettings(
  kind: KindDeclaration,
  model: HeadsModel,
  stack: StackedRows,
): Readonly<Record<string, number>> {
  if (kind.training.objective === 'GRADED') return {}
  const link: Link = model.link
  const outcomes = mixedOutcomes(kind, model, stack).map(({ margin, target }) => ({
    value: applyLink(link, margin),
    target,
  }))
  return { threshold: thresholdFor(outcomes, kind.training.threshold) }
}
