import { compareShares, estimateShare, meanProbability, type ShareShift } from './class-share.ts'
import { type RisenWord, type Unexplained, unexplainedBy } from './class-share-guard.ts'
import type { MonitorLayout } from './monitor-findings.ts'
import type { ShareBlock } from './share-block.ts'

/** Whether the share of a class moved between a reference and a window, and whether that explains what else did. */

/** Chi-square with one degree of freedom is above it once in a million times. */
const EVIDENCE_MIN = 24
/** Moves of the log-odds that are worth saying: odds half as large again. */
const SHIFT_MIN = Math.log(1.5)
/** Functions of the score, which say nothing that it does not. */
const OF_THE_SCORE: readonly string[] = ['doubt', 'label']

export interface ShareFinding {
  /** Whether the share is away from the reference's; false where it came back. */
  readonly away: boolean
  readonly move: ShareShift
  /** What the move of the share does not explain; where there is anything, the share must not be corrected. */
  readonly unexplained: readonly Unexplained[]
  /** Event times of the window's first and last step, ms since the epoch. */
  readonly from: number
  readonly at: number
  readonly count: number
}

/** Variance of a feature's mean in the reference over that of independent records. */
export type DesignEffectOf = (feature: number) => number

export interface ShareSamples {
  readonly reference: ShareBlock
  readonly window: ShareBlock
  /** Words that became more frequent. */
  readonly words: readonly RisenWord[]
  /** The share that the probabilities assume, in (0, 1). */
  readonly assumed: number
  readonly designEffectOf: DesignEffectOf
}

/** What a window says, compared with a reference; its layout names the feature `score`. */
export function judgeShare(
  layout: MonitorLayout,
  { reference, window, words, assumed, designEffectOf }: ShareSamples,
): ShareFinding {
  const score = layout.features.indexOf('score')
  const known = countsOf(layout, reference.cells, score)
  const scores = countsOf(layout, window.cells, score)
  const move = compareShares(known, scores, assumed, designEffectOf(score))
  // The draw is by the probabilities as they are, which are right of the reference if they are right of anything.
  const { share } = estimateShare(scores, meanProbability(known))
  const features = layout.features.flatMap((name, feature) =>
    OF_THE_SCORE.includes(name)
      ? []
      : [
          {
            name,
            reference: countsOf(layout, reference.cells, feature),
            drawn: countsOf(layout, reference.drawn, feature),
            window: countsOf(layout, window.cells, feature),
            designEffect: designEffectOf(feature),
          },
        ],
  )
  const unexplained = unexplainedBy(known, share, features, words, reference.count)
  const { from, at, count } = window
  return { away: isMove(move), move, unexplained, from, at, count }
}

/** Whether a share moved surely, and far enough to be said. */
export function isMove({ evidence, shift }: ShareShift): boolean {
  return evidence >= EVIDENCE_MIN && Math.abs(shift) >= SHIFT_MIN
}

/** Records by bin of one feature. */
export function countsOf(layout: MonitorLayout, cells: Float64Array, feature: number): Float64Array {
  const bins = Math.max(1, ...layout.bins)
  return cells.slice(feature * bins, (feature + 1) * bins)
}
