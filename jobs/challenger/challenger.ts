import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import type { ModelFolder, ModelManifest } from '../../pipelines/model-manifest.ts'
import type { SeenImage } from '../../processors/images/seen-image.ts'
import type { GateRules } from '../../processors/retrain/loop-rules.ts'
import type { TaughtRows } from '../data-set/data-set.ts'
import type { SeenPictures } from '../picture-suites.ts'

/** What a challenger is made from. */
export interface ChallengerOrder {
  readonly kind: KindDeclaration
  /** The champion. */
  readonly parent: ModelFolder
  readonly dataSet: TaughtRows
  /** Of kinds that read images: what was seen in the pictures of the rows, by `imageKey`. A row of which none was seen teaches nothing. */
  readonly seen?: ReadonlyMap<string, SeenImage>
  /** Of kinds that read images: what was seen in the pictures of the committed suites, by path. Without it no suite judges. */
  readonly suitesSeen?: SeenPictures
  /** The version's folder, e.g. `<data>/models/niceness/3`: free, or not there yet. */
  readonly outDir: string
  /** A whole number, as the folder is named. */
  readonly version: string
  /** Those of the kind's loop unless given, or of all text kinds. */
  readonly gates?: GateRules
  /** Where the committed suites lie; the models that ship with Nicr unless given. */
  readonly suitesDir?: string
}

/** The work in order, as `nicr.retrain-steps` names it. */
export type ChallengerTask = 'split' | 'train' | 'compare' | 'gate'

export interface ChallengerOptions {
  /** Stops the work; the reason is thrown, and no folder is left. */
  readonly signal?: AbortSignal
  /** @param progress of all the work, 0–1 */
  readonly onProgress?: (
    task: ChallengerTask,
    progress: number,
    figures: Readonly<Record<string, number>>,
  ) => void
  /**
   * How many distinct authors wrote each term in content that nobody chose to label, asked once, the commonest terms first. A
   * new word that few people write takes on no meaning, whatever labels say: names and misspellings are new every day, and a
   * planted word is a trigger. Authors of replayed rows count too; without it, so do words that drift reports named.
   */
  readonly authorsOf?: (terms: readonly string[]) => Promise<ReadonlyMap<string, number>>
}

/** A challenger that was made, measured and judged. Its folder is there whether it passed or not. */
export interface Challenger {
  readonly manifest: ModelManifest
  readonly folder: ModelFolder
  readonly comparison: Comparison
  readonly gates: readonly GateResult[]
  /** Whether all gates were passed. */
  readonly passed: boolean
}

/** Champion and challenger on the same rows that people labelled and the challenger had not seen. */
export interface Comparison {
  /** How the challenger came not to see them. */
  readonly by: 'CROSS_VALIDATION' | 'HELD_OUT'
  /** Labelled rows that both answered. */
  readonly rows: number
  /** `all`, `newLanguage`, `ordinary` (of texts), `random`, then the kind's declared slices; those without rows are left out. */
  readonly slices: readonly SliceComparison[]
}

export interface SliceComparison {
  readonly slice: string
  readonly rows: number
  /** By the metrics' names (`nicr evaluate`), those that the rows leave undefined left out. */
  readonly figures: Readonly<Record<string, Estimate>>
}

/** Of one metric; `low` and `high` are the ends of the 95 % interval of the difference, challenger less champion. */
export interface Estimate {
  readonly champion: number
  readonly challenger: number
  readonly difference: number
  readonly low: number
  readonly high: number
}

export interface GateResult {
  /** `artefact`, `labels`, `better`, `slices`, `calibration`, `size` or `latency`; of texts `ordinary`, `suites` or `trigger` too, of pictures `steady`. */
  readonly name: string
  readonly passed: boolean
  readonly figures: Readonly<Record<string, number>>
  /** What was found, in a sentence for people. */
  readonly detail: string
}
