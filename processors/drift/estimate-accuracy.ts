import { FLAG_BINS } from './declared-features.ts'
import { wilsonLimits } from './judge-labels.ts'
import { REPORTS, REPORTS_DIFFER } from './judge-readers.ts'
import type { WindowFigure, WindowFigures } from './window-report.ts'

/**
 * How right the scores of a window are, read off its sums: by an estimate where there are no labels, and by what reports expect.
 * Neither is what people who label say, so neither is ever an alarm.
 */

const Z95 = 1.959963984540054
const HALF = 0.5

/** What a window counted of the scores of a kind of two classes. */
export interface DecidedScores {
  readonly count: number
  /** Records by bin of the calibrated probability. */
  readonly bins: ArrayLike<number>
  /** Inner edges of these bins, ascending; 0.5 is one of them. */
  readonly edges: ArrayLike<number>
  /** Sum of the doubts, each 1 − |2p − 1|. */
  readonly doubt: number
  /** Records with the label of the second class: those from the version's own threshold on. */
  readonly positive: number
}

export interface AccuracyEstimate {
  readonly accuracy: number
  readonly low: number
  readonly high: number
}

/**
 * Accuracy without labels, from calibrated confidence (average confidence in Garg et al. 2022, arXiv:2201.04234; CBPE in NannyML): a decision for the second class is right with probability p, one for the first with 1 − p, so the
 * expected accuracy is the mean of these. Were the threshold 0.5 it would be the mean of max(p, 1 − p) = 1 − doubt / 2, which the
 * sum of doubts gives exactly. For a threshold t elsewhere, each record between 0.5 and t loses |2p − 1|: how many these are follows
 * from the bins and the number of labels, and their p is taken as the middle of its bin, as far as the threshold lets it reach.
 *
 * It holds while scores are calibrated, also where the posts change; it cannot see that the truth left the score. The interval
 * is that of the realised accuracy (95 %, variance at most that of equally sure decisions), and what the bins leave open.
 * @returns null where nothing was counted
 */
export function estimateAccuracy(scores: DecidedScores): AccuracyEstimate | null {
  const { count, doubt } = scores
  if (!(count > 0)) return null
  const { loss, uncertain } = lossOfThreshold(scores)
  const accuracy = within01(1 - doubt / 2 / count - loss / count)
  const half = Z95 * Math.sqrt((accuracy * (1 - accuracy)) / count) + uncertain / count
  return { accuracy, low: within01(accuracy - half), high: within01(accuracy + half) }
}

/** Σ |2p − 1| over the records between 0.5 and the threshold, and how far that may be off. */
function lossOfThreshold({ bins, edges, positive }: DecidedScores): { loss: number; uncertain: number } {
  let above = 0
  for (let bin = 0; bin < bins.length; bin++) if (lowerEdge(edges, bin) >= HALF) above += bins[bin]!
  const isAbove = positive < above
  // From 0.5 outwards: up to the threshold, records are decided against the likelier class.
  let left = Math.abs(above - positive)
  let loss = 0
  let uncertain = 0
  const size = bins.length
  for (let i = 0; i < size && left > 0; i++) {
    const bin = isAbove ? i : size - 1 - i
    const [low, high] = [lowerEdge(edges, bin), upperEdge(edges, bin)]
    if (isAbove ? low < HALF : high > HALF) continue
    const records = Math.min(left, bins[bin]!)
    if (records === 0) continue
    // The threshold lies in the last of them: its records up to there are as dense as those beyond.
    const width = (high - low) * (records / bins[bin]!)
    const middle = isAbove ? low + width / 2 : high - width / 2
    loss += records * Math.abs(2 * middle - 1)
    uncertain += records * width
    left -= records
  }
  return { loss, uncertain }
}

function lowerEdge(edges: ArrayLike<number>, bin: number): number {
  return bin === 0 ? 0 : (edges[Math.min(bin, edges.length) - 1] ?? 0)
}

function upperEdge(edges: ArrayLike<number>, bin: number): number {
  return bin < edges.length ? edges[bin]! : 1
}

function within01(share: number): number {
  return Math.max(0, Math.min(1, share))
}

/**
 * The estimate for windows of a kind of two classes.
 * @param features of the layout, as `textDrift` names them
 * @param edges of the feature `score`
 * @returns null where the layout lacks what it takes
 */
export function estimateFigures(features: readonly string[], edges: ArrayLike<number>): WindowFigures | null {
  const [score, doubt, label] = ['score', 'doubt', 'label'].map(name => features.indexOf(name))
  if (score === undefined || doubt === undefined || label === undefined) return null
  if (Math.min(score, doubt, label) < 0) return null
  return ({ cells, values, binsMax }) => {
    const binsOf = (feature: number) => cells.subarray(feature * binsMax, (feature + 1) * binsMax)
    const bins = binsOf(score).subarray(0, edges.length + 1)
    const count = bins.reduce((sum, records) => sum + records, 0)
    const estimate = estimateAccuracy({
      count,
      bins,
      edges,
      doubt: values[doubt]!,
      positive: binsOf(label)[1] ?? 0,
    })
    return estimate === null ? [] : [figure('accuracy', 'cbpe', 'ESTIMATE', estimate)]
  }
}

/** How often reports expect what the score says, with Wilson's limits: people report what they find wrong, so it is far below the accuracy. */
export function reportFigures(features: readonly string[]): WindowFigures | null {
  const differ = features.indexOf(REPORTS_DIFFER)
  if (differ < 0) return null
  return ({ cells, binsMax }) => {
    const first = differ * binsMax
    const agreeing = cells[first + FLAG_BINS.no] ?? 0
    const differing = cells[first + FLAG_BINS.yes] ?? 0
    const count = differing + agreeing
    if (count === 0) return []
    const [low, high] = wilsonLimits(agreeing, count)
    return [figure(REPORTS, 'accuracy-reports', null, { accuracy: agreeing / count, low, high })]
  }
}

/** Compared with nothing: it is no alarm. */
function figure(
  feature: string,
  method: string,
  finding: string | null,
  { accuracy, low, high }: AccuracyEstimate,
): WindowFigure {
  return {
    feature,
    method,
    statistic: accuracy,
    threshold: 0,
    pValue: null,
    effect: accuracy,
    effectLow: low,
    effectHigh: high,
    drifted: false,
    finding,
  }
}
