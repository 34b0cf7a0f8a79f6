import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import type { ModelFolder } from '../../pipelines/model-manifest.ts'
import type { GateRules } from '../../processors/retrain/loop-rules.ts'
import type { DataSetRow } from '../data-set/data-set.ts'
import type { SeenPictures } from '../picture-suites.ts'
import type { ChallengerOptions, ChallengerOrder, Comparison, GateResult } from './challenger.ts'
import type { ComparedRow } from './compare.ts'

/** A data set as a family's learner reads it. */
export interface Taught {
  /** Rows that say what is meant: LABEL, then WEAK. */
  readonly labelled: readonly DataSetRow[]
  /** By labelled row; 0 leaves it out. */
  readonly weights: Float64Array
  readonly replayed: readonly DataSetRow[]
}

/** A fit that some rows had no part in. */
export interface PartialFit<Learned> {
  readonly learned: Learned
  readonly isTaught: (row: DataSetRow) => boolean
}

/**
 * How challengers of one model family are learned and what they must show of their own. Splitting, comparing, the gates that all
 * share, and the files are the same for every family.
 */
export interface ChallengerFamily<Rows extends Taught, Learned> {
  /** @throws NicrError NICR_MODEL_INVALID, NICR_MODEL_DIGEST_MISMATCH */
  read(order: ChallengerOrder, options: Pick<ChallengerOptions, 'authorsOf'>): Promise<Rows>
  /** Called once for all rows and once a part. The same rows give the same numbers. */
  fit(rows: Rows, isTaught?: (row: DataSetRow) => boolean, onStep?: () => void): Learned
  /**
   * What champion and challenger say of labelled rows.
   * @param judged places of rows that the fit did not learn from
   * @param whole learned from all rows
   */
  compare(rows: Rows, judged: readonly number[], fit: PartialFit<Learned>, whole: Learned): ComparedRow[]
  encode(order: ChallengerOrder, rows: Rows, learned: Learned): EncodedChallenger
  /** What it must show beside what all must. */
  gates(judged: Judged<Rows, Learned>): Promise<GateResult[]>
  /** What the model is and how it was fitted, for its card: Markdown. */
  describe(parent: string, dataHash: string): string
}

export interface EncodedChallenger {
  readonly onnx: Uint8Array
  /** The file beside the parent's `model.onnx` that it is; unless given it is `model.onnx`. */
  readonly beside?: string
  /** Words that it knows and the champion did not. */
  readonly learnedWords: readonly string[]
}

/** All that gates go by. */
export interface Judged<Rows extends Taught, Learned> {
  readonly kind: KindDeclaration
  readonly rules: GateRules
  readonly settings: ModelFolder['manifest']['settings']
  readonly suitesDir: string
  readonly suitesSeen?: SeenPictures | undefined
  readonly onnx: Uint8Array
  readonly rows: Rows
  readonly learned: Learned
  readonly unseen: Unseen<Learned>
  readonly comparison: Comparison
}

export interface Unseen<Learned = unknown> {
  readonly by: Comparison['by']
  /** Rows that people labelled: votes and the champion's own scores judge nobody. */
  readonly rows: readonly ComparedRow[]
  /** What was learned without each part. */
  readonly fits: readonly PartialFit<Learned>[]
}
