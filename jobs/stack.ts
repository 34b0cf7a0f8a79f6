import type { KindDeclaration } from '../pipelines/kind-declaration.ts'
import { createFeatureReader } from '../processors/text/features.ts'
import { toneOf } from '../processors/text/heads.ts'
import type { TextInput } from '../processors/text/text-input.ts'
import { type HeadsLearner, partOf, type RegistersLearner } from './heads-learner.ts'
import { type PlannedHead, registerName, targetScale } from './heads-plan.ts'
import type { StackedRows } from './mixture.ts'
import { createRandom } from './random.ts'
import { TEST_FOLD, type TrainingRow } from './training-row.ts'
import { type DataSummary, readAllRows, type TrainingFile } from './training-rows.ts'

/** Rows of a source that are kept to fit the mixture; more tell no more and fill the memory. */
const SOURCE_ROWS_MAX = 15_000

/** What the copies of the heads say of rows that they have not learned from; large sources by a seeded sample. */
export async function collectStack(
  kind: KindDeclaration,
  files: readonly TrainingFile[],
  summary: DataSummary,
  learned: LearnedHeads,
  seed: number,
): Promise<StackedRows> {
  const { plan, sources } = learned
  const random = createRandom(seed)
  const readFeatures = createFeatureReader()
  const stride = plan.length + learned.registerNames.length
  const shares = summary.sources.map(source => Math.min(1, SOURCE_ROWS_MAX / source.rows))
  // A sample can come out a little larger than meant.
  const room = summary.sources.reduce((sum, { rows }) => sum + Math.min(rows, 2 * SOURCE_ROWS_MAX), 0)
  const margins = new Float32Array(room * stride)
  const targets = new Float64Array(room)
  const weights = new Float64Array(room)
  const sourceOf = new Uint8Array(room)
  const weightOfSource = new Float64Array(sources.length)
  const toTarget = targetScale(kind)
  let count = 0
  for await (const batch of readAllRows(kind, files)) {
    for (const row of batch) {
      const source = sources.indexOf(row.source)
      if (row.fold === TEST_FOLD || row.weight === 0 || row.isAuxiliary) continue
      if (random() >= shares[source]! || count === room) continue
      const input = readFeatures(row.text)
      stackRow(kind, learned, row, input, margins.subarray(count * stride, (count + 1) * stride))
      targets[count] = toTarget(row.target)
      weights[count] = row.weight
      sourceOf[count] = source
      weightOfSource[source]! += row.weight
      count++
    }
  }
  const priors = registerPriors(learned, weightOfSource)
  for (let row = 0; row < count; row++)
    for (const [register, prior] of priors.entries()) margins[row * stride + plan.length + register]! += prior
  // A source counts by the root of what it weighs: large ones say more, but small ones are not drowned.
  for (let row = 0; row < count; row++) weights[row]! /= Math.sqrt(weightOfSource[sourceOf[row]!]!)
  const registers = Math.max(1, learned.registerNames.length)
  return { count, tones: plan.length, registers, margins, targets, weights, priors }
}

/**
 * Fills in what is mixed of a row, as copies say that have not learned from it: each tone, then the margin of each register, without
 * its prior.
 */
export function stackRow(
  kind: KindDeclaration,
  { plan, heads, registers }: LearnedHeads,
  row: TrainingRow,
  input: TextInput,
  into: Float32Array,
): void {
  heads.margins(row, input, into)
  for (let tone = 0; tone < plan.length; tone++)
    into[tone] = toneOf(into[tone]!, isSquashed(kind, plan[tone]!))
  registers?.unseenMargins(partOf(row), input, into, plan.length)
}

/** Between 0.5, how a source counts in the mixture, and 1, how much it weighs. Chosen on held-out public sets. */
const PRIOR_POWER = 0.75

/**
 * What makes a register likely beforehand by the weight of its source, whatever number of rows it was taught by: where two
 * sources read alike, the one that says more of the kind is believed.
 */
function registerPriors({ registers, registerNames, sources }: LearnedHeads, weightOfSource: Float64Array) {
  const priors = Float64Array.from(registerNames, (name, register) => {
    const weight = weightOfSource[sources.findIndex(source => registerName(source) === name)]!
    return Math.log(weight ** PRIOR_POWER / registers!.taught[register]!)
  })
  const mean = priors.reduce((sum, prior) => sum + prior, 0) / (priors.length || 1)
  return priors.map(prior => prior - mean)
}

/**
 * Whether the head's margin is mixed as a likelihood. A graded kind adds up what is likely; the chance of a binary kind is
 * itself the sum of evidence, and where nearly everything is sure the surer must still come first.
 */
export function isSquashed({ training }: KindDeclaration, { loss }: PlannedHead): boolean {
  return training.objective === 'GRADED' && loss === 'logistic'
}

/** Heads that have learned all they could, and what they are called. */
export interface LearnedHeads {
  readonly plan: readonly PlannedHead[]
  readonly heads: HeadsLearner
  /** Null where all rows are of one source. */
  readonly registers: RegistersLearner | null
  readonly registerNames: readonly string[]
  readonly sources: readonly string[]
}
