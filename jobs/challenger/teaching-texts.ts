import type { Taught } from './family.ts'
import type { HeadPriors } from './learn-head.ts'
import type { MatchingLoss } from './matching-loss.ts'
import type { TeachingRows } from './teaching-rows.ts'
import type { TextValues } from './text-values.ts'

/** Texts to teach, with the champion that they are added to. */
export interface TeachingTexts extends TeachingRows, Taught {
  readonly champion: TextValues
  /** What a challenger's file says of texts. */
  readonly challengerOf: (onnx: Uint8Array) => TextValues
  /** What a network takes for a text, which champion and challenger have in common, in ms; 0: there is none. */
  readonly networkMsOfText: number
  readonly loss: MatchingLoss
  readonly priors: HeadPriors
}
