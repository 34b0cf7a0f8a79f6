import type { KindDeclaration } from '../pipelines/kind-declaration.ts'
import { createFeatureReader } from '../processors/text/features.ts'
import type { HeadsModel } from '../processors/text/heads.ts'
import type { WordCounter } from './count-reference.ts'
import { HeadsLearner, partOf, RegistersLearner } from './heads-learner.ts'
import { planHeads, registerName } from './heads-plan.ts'
import { createRandom } from './random.ts'
import type { LearnedHeads } from './stack.ts'
import { TEST_FOLD } from './training-row.ts'
import { type DataSummary, readShuffledRows, type TrainingFile } from './training-rows.ts'

export interface TrainingProgress {
  readonly epoch: number
  /** At most; heads that no longer gain end earlier. */
  readonly epochs: number
  readonly rows: number
}

const EPOCHS_MAX = 8
/** Registers are told apart from few rows; more of a large source would only make it the likelier one. */
const REGISTER_EPOCHS = 2

/** What the learning of heads needs beside the files. */
export interface Learning {
  readonly summary: DataSummary
  readonly seed: number
  readonly parent: HeadsModel | null
  /** Counts the words of the rows that teach. */
  readonly words?: WordCounter
  readonly onProgress?: ((progress: TrainingProgress) => void) | undefined
}

/**
 * Learns the heads that the rows of the files can teach, epoch after epoch until none gains. The rows of `TEST_FOLD` teach nothing.
 * @throws NicrError NICR_INPUT_INVALID, NICR_FILE_UNREADABLE
 */
export async function learnHeads(
  kind: KindDeclaration,
  files: readonly TrainingFile[],
  { summary, seed, parent, words, onProgress }: Learning,
): Promise<LearnedHeads> {
  const plan = planHeads(kind, summary)
  const heads = new HeadsLearner(plan, parent)
  const sources = summary.sources.map(source => source.name)
  const weightOfSource = summary.sources.map(source => source.rows / (source.weight || 1))
  const judging = summary.sources.filter(source => source.judging > 0)
  const registerNames = judging.length > 1 ? judging.map(source => registerName(source.name)) : []
  const registers =
    registerNames.length === 0 ? null : new RegistersLearner(registerNames.length, parent, registerNames)
  const weightOfClass = classWeights(kind, summary)
  const readFeatures = createFeatureReader()
  let rows = 0
  for (let epoch = 1, isGoing = true; epoch <= EPOCHS_MAX && isGoing; epoch++) {
    const random = createRandom(seed * EPOCHS_MAX + epoch)
    for await (const batch of readShuffledRows(kind, files, summary, seed + epoch)) {
      for (const row of batch) {
        if (row.fold === TEST_FOLD || row.weight === 0) continue
        const input = readFeatures(row.text)
        if (epoch === 1) words?.add(row.text, input)
        // A source's own heads learn at one rate whatever it weighs beside others.
        heads.learn(row, input, weightOfClass(row.target) * weightOfSource[sources.indexOf(row.source)]!)
        if (registers === null || epoch > REGISTER_EPOCHS || row.isAuxiliary) continue
        const register = judging.findIndex(source => source.name === row.source)
        if (random() < registerShare(judging[register]!.judging))
          registers.learn(partOf(row), register, input)
      }
      rows += batch.length
      onProgress?.({ epoch, epochs: EPOCHS_MAX, rows })
    }
    isGoing = heads.endEpoch()
  }
  return { plan, heads, registers, registerNames, sources }
}

const REGISTER_ROWS_MAX = 20_000

/** The share of a source's rows that teach its register. */
function registerShare(rows: number): number {
  return Math.min(1, REGISTER_ROWS_MAX / rows)
}

/** Where a kind asks for it, the rarer class weighs more, up to `CLASS_WEIGHT_MAX`. */
function classWeights({ training }: KindDeclaration, summary: DataSummary): (target: number) => number {
  if (training.objective === 'GRADED' || training.balanced !== true) return () => 1
  const positives = summary.positives
  const half = summary.rows / 2
  const positive = Math.min(CLASS_WEIGHT_MAX, half / positives)
  const negative = Math.min(CLASS_WEIGHT_MAX, half / (summary.rows - positives))
  return target => (target === 1 ? positive : negative)
}

const CLASS_WEIGHT_MAX = 5
