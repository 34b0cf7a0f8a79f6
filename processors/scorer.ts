import type { ErrorCode } from '../schemas/errors.ts'
import type { Vocabulary } from './drift/vocabulary.ts'
import type { SeenImage } from './images/seen-image.ts'

/**
 * The scorer contract: a model between two pure halves. `prepare` turns content into the model's input, `decide`
 * turns the model's prediction into a score with reasons. The same two halves serve the stream, the live drafts,
 * the command line and training; batching, workers and the swap of models belong to the runtime.
 */

/** What can be scored: a post or comment, or a draft of one, as its author wrote it. */
export interface Scorable {
  readonly text: string
  /** BCP 47 tag stated by the platform, if any. */
  readonly language?: string | null
  readonly images?: readonly ScorableImage[]
  /**
   * Stands for the draft that this is one text of. Scorers may remember by it what makes the draft's next text cheaper, for
   * as long as it is referred to. It changes no score.
   */
  readonly draft?: object | undefined
}

export interface ScorableImage {
  readonly ref: string
  /** sha256 of the file as the platform states it, hex. */
  readonly sha256?: string | null
  readonly mimeType?: string | null
  /** What was seen in it: kinds that read images are given it; missing where the image could not be looked at. */
  readonly seen?: SeenImage
}

/** A part of the author's text (or of an image) that moved the score. */
export interface Reason {
  /** Offsets in UTF-16 code units of the author's text, end exclusive; null for images. */
  readonly start: number | null
  readonly end: number | null
  /** Contribution in units of the score's own scale: negative lowered the value, positive raised it. */
  readonly weight: number
  /** What the score would be without this word, wherever it occurs, on the kind's scale; null where not computed. */
  readonly without?: number | null
  readonly source: 'TEXT' | 'IMAGE'
  readonly image?: string | null
  readonly box?: {
    readonly x: number
    readonly y: number
    readonly width: number
    readonly height: number
  } | null
  /** The words themselves, as the author wrote them (or as read from an image). */
  readonly text?: string | null
}

export type Preparation<Input> =
  | {
      readonly status: 'READY'
      readonly input: Input
      readonly language: string | null
      /** Only part of it could be looked at: the score is marked. */
      readonly degraded?: boolean
    }
  /** The content holds nothing of what this kind scores in a place where it is due, e.g. an empty text. */
  | { readonly status: 'EMPTY'; readonly language: string | null }
  /** The model was not trained on this language: said, not guessed. */
  | { readonly status: 'UNSUPPORTED'; readonly language: string | null }
  /** This kind does not apply: no record is written (image-spam on a post without images). */
  | { readonly status: 'NOT_APPLICABLE' }
  | { readonly status: 'REJECTED'; readonly code: ErrorCode; readonly detail: string }

export interface Decision {
  /** On the kind's own scale: niceness 0–10, spam and toxicity 0–1. */
  readonly value: number
  readonly label: string
  /** Calibrated probability of the label's class where the kind has one. */
  readonly probability: number | null
  /** At most `REASONS_MAX`, heaviest first; none where the prediction was asked for its value only. */
  readonly reasons: readonly Reason[]
  /** A lesser model answered, since the version's own had no time: the score is marked. */
  readonly degraded?: boolean
}

/** More reasons than this help nobody; it also bounds the record. */
export const REASONS_MAX = 8

/** What a scorer may know of the model version that made a prediction. */
export interface ModelCard {
  readonly kind: string
  readonly version: string
  /** Decision settings the trainer chose on held-out data, e.g. `threshold`. */
  readonly settings: Readonly<Record<string, number>>
  /** Primary language subtags that this version reads, as `primarySubtag` writes them; those of its kind unless stated. */
  readonly languages?: readonly string[]
}

export interface Scorer<Input, Prediction> {
  readonly kind: string
  /** @param card of the version that will be asked; what is so of every version unless given */
  prepare(content: Scorable, card?: ModelCard): Preparation<Input>
  /** @returns null where nobody who knows the content’s language could be asked: its status is UNSUPPORTED */
  decide(content: Scorable, input: Input, prediction: Prediction, card: ModelCard): Decision | null
}

/** What a prediction is asked for: its value is the same either way, and reasons cost more than it. */
export type Detail = 'VALUE' | 'REASONS'

/**
 * A loaded model version. `predict` takes a batch and answers in the same order; it may answer at once (a linear
 * model evaluated natively) or later (a session in a worker).
 */
export interface Model<Input, Prediction> {
  readonly card: ModelCard
  /** The words it was trained on, for drift; none where the version does not tell. */
  readonly vocabulary?: Vocabulary | undefined
  /**
   * @param detail REASONS unless given; a model may answer more than it is asked for
   * @param deadlineMs how long the caller waits: what takes longer is answered by less, and marked; as long as it takes
   *   unless given
   */
  predict(
    inputs: readonly Input[],
    detail?: Detail,
    deadlineMs?: number,
  ): readonly Prediction[] | Promise<readonly Prediction[]>
  /** Keeps the model open until what it answers is called; only models that can be swapped have it. */
  hold?(): () => void
  close(): Promise<void>
}
