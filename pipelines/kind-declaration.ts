import type { KindPair } from '../processors/drift/compare-kinds.ts'
import type { VoteRule } from '../processors/drift/judge-readers.ts'
import type { KindDrift } from '../processors/drift/text-drift.ts'
import type { RetrainPolicy } from '../processors/request-retrain/policy.ts'
import type { LoopRules } from '../processors/retrain/loop-rules.ts'
import type { Model, Scorer } from '../processors/scorer.ts'
import type { ModelFolder } from './model-manifest.ts'
import type { EncoderRun } from './runtime/inference/encoder/encoder-run.ts'

/** All that Nicr knows of a model kind. Each is one file in this folder and one line in `kinds`. */
export interface KindDeclaration {
  /** The name in topics, references and commands, e.g. `niceness`. */
  readonly kind: string
  /** One sentence for people: what the value means. */
  readonly description: string
  readonly input: 'TEXT' | 'IMAGE'
  /** Bounds of the value. */
  readonly scale: { readonly min: number; readonly max: number }
  /** Primary language subtags the models are trained for; other languages are said to be unsupported. */
  readonly languages: readonly string[]
  /** Every label a decision may carry; of a graded kind those of the parts of its scale, from the lowest on. */
  readonly labels: readonly string[]
  /** Name of the processor that scores this kind; also the last part of its consumer group. */
  readonly processorName: string
  readonly scorer: Scorer<unknown, unknown>
  readonly training: TrainingRule
  /** What of scored records is watched for drift; nothing unless stated. */
  readonly drift?: KindDrift
  /** Kinds whose scores of the same content are held against its own; none unless stated. */
  readonly compared?: readonly KindPair[]
  /** Which votes its scores let expect; votes say nothing of it unless stated. */
  readonly votes?: VoteRule
  /** When it asks to be trained anew, in the order they are asked; never unless stated. */
  readonly retrain?: readonly RetrainPolicy[]
  /** How it is tagged, trained anew, let in and taken back; a kind without is trained by hand. */
  readonly loop?: LoopRules
  /** What people who tag it go by: a Markdown file from the project's root, or the text itself; a kind with a loop has one. */
  readonly guideline?: { readonly file: string } | { readonly text: string }
  /**
   * Loads a version whose manifest and digest were checked already (use `loadModel` of the registry).
   * @param run how encoders are run; see `defaultEncoderRun` unless given
   * @throws NicrError NICR_MODEL_INVALID if the file is not a model of this kind
   */
  loadModel(folder: ModelFolder, run?: EncoderRun): Promise<Model<unknown, unknown>>
}

/** What a trainer learns from a row. GRADED: a number on the kind's scale; BINARY: 0 or 1, and a threshold is chosen. */
export type TrainingRule =
  | {
      readonly objective: 'GRADED'
      readonly field: string
      /** Values in this range, ends included, are neither high nor low. */
      readonly middle: { readonly min: number; readonly max: number }
    }
  | {
      readonly objective: 'BINARY'
      readonly field: string
      readonly negative: readonly string[]
      readonly positive: readonly string[]
      readonly threshold: ThresholdRule
      /** The rarer class weighs as much as the other, up to five times a row's own weight. */
      readonly balanced?: boolean
    }

/** How the threshold of a BINARY kind is chosen on held-out rows. */
export type ThresholdRule =
  /** The lowest, from `min` on (0.5 unless given), at which at most this share of the negatives lies at or above it. */
  | { readonly rule: 'falseAlarms'; readonly shareMax: number; readonly min?: number }
  /** The one with the highest mean F1 of both classes. */
  | { readonly rule: 'macroF1' }

/** A kind that has a loop. */
export type LoopKind = KindDeclaration & { readonly loop: LoopRules }
