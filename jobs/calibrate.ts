import type { ThresholdRule } from '../pipelines/kind-declaration.ts'
import type { Link } from '../processors/text/link.ts'
import { equalCountBins, mean, type Outcome } from './metrics.ts'

/** A held-out row before calibration. */
export interface MarginOutcome {
  readonly margin: number
  readonly target: number
  readonly weight: number
}

export interface PlattScale {
  readonly slope: number
  readonly offset: number
}

const NEWTON_STEPS_MAX = 100
const HALVINGS_MAX = 30
/** Added to the curvatures, so that flat rows do not divide by zero. */
const RIDGE = 1e-10
const STEP_MIN = 1e-9

/**
 * Platt scaling: slope and offset for which sigmoid(slope · margin + offset) is the likeliest, by Newton's method with
 * halved steps (Lin, Lin & Weng 2007). Targets are drawn in a little from 0 and 1, as Platt (1999) does, so that rows
 * that part cleanly give finite numbers.
 */
export function fitPlatt(outcomes: readonly MarginOutcome[]): PlattScale {
  const positives = outcomes.filter(one => one.target === 1).length
  const high = (positives + 1) / (positives + 2)
  const low = 1 / (outcomes.length - positives + 2)
  const rows = outcomes.map(({ margin, target, weight }) => ({
    margin,
    weight,
    target: target === 1 ? high : low,
  }))
  let scale: PlattScale = { slope: 0, offset: 0 }
  let loss = logLoss(rows, scale)
  for (let step = 0; step < NEWTON_STEPS_MAX; step++) {
    const { slope, offset } = newtonStep(rows, scale)
    let size = 1
    let next = scale
    let nextLoss = loss
    for (let halving = 0; halving < HALVINGS_MAX && nextLoss >= loss; halving++, size /= 2) {
      next = { slope: scale.slope - size * slope, offset: scale.offset - size * offset }
      nextLoss = logLoss(rows, next)
    }
    if (!(nextLoss < loss - STEP_MIN)) break
    scale = next
    loss = nextLoss
  }
  // A slope that is not positive would turn the order round: then the margins say nothing, and none is better.
  return scale.slope > 0 ? scale : { slope: 1, offset: 0 }
}

/** Gradient over curvature of the loss, for slope and offset together. */
function newtonStep(rows: readonly MarginOutcome[], scale: PlattScale): PlattScale {
  let [bySlope, byOffset, slopeTwice, both, offsetTwice] = [0, 0, RIDGE, 0, RIDGE]
  for (const { margin, target, weight } of rows) {
    const probability = 1 / (1 + Math.exp(-(scale.slope * margin + scale.offset)))
    const error = weight * (probability - target)
    const curvature = weight * probability * (1 - probability)
    bySlope += error * margin
    byOffset += error
    slopeTwice += curvature * margin * margin
    both += curvature * margin
    offsetTwice += curvature
  }
  const determinant = slopeTwice * offsetTwice - both * both
  return {
    slope: (offsetTwice * bySlope - both * byOffset) / determinant,
    offset: (slopeTwice * byOffset - both * bySlope) / determinant,
  }
}

/** −Σ log-likelihood, written so that no large margin overflows. */
function logLoss(rows: readonly MarginOutcome[], { slope, offset }: PlattScale): number {
  let loss = 0
  for (const { margin, target, weight } of rows) {
    const logit = slope * margin + offset
    loss += weight * (Math.max(logit, 0) - target * logit + Math.log1p(Math.exp(-Math.abs(logit))))
  }
  return loss
}

/** Bins are wide enough for steady means and narrow enough for the bend at both ends. */
const KNOTS_MAX = 12
const BIN_ROWS_MIN = 50
/** No two margins get the same value before the ends of the scale: at least this share of the scale a unit of margin. */
const SLOPE_SHARE_MIN = 0.05

/**
 * A rising piecewise linear link through the mean margin and mean target of equal-count bins, after pooling neighbours
 * that fall (isotonic regression by pool adjacent violators, Ayer et al. 1955). The outer slopes go on to both ends.
 */
export function fitPiecewise(outcomes: readonly MarginOutcome[], scale: { min: number; max: number }): Link {
  const sorted = [...outcomes].sort((a, b) => a.margin - b.margin)
  const count = Math.max(2, Math.min(KNOTS_MAX, Math.floor(sorted.length / BIN_ROWS_MIN)))
  const points = poolFalling(equalCountBins(sorted, count).map(pointOf))
  const slopeMin = SLOPE_SHARE_MIN * (scale.max - scale.min)
  const slopes = points.slice(1).map((point, i) => {
    const before = points[i]!
    return Math.max(slopeMin, (point.target - before.target) / (point.margin - before.margin))
  })
  if (slopes.length === 0) slopes.push(slopeMin)
  const first = points[0]!
  // The first slope begins where it reaches the bottom of the scale; each later knot only changes the slope.
  const knots = [first.margin - (first.target - scale.min) / slopes[0]!]
  const changes = [slopes[0]!]
  for (let i = 1; i < slopes.length; i++) {
    knots.push(points[i]!.margin)
    changes.push(slopes[i]! - slopes[i - 1]!)
  }
  return { form: 'piecewise', knots, slopes: changes, min: scale.min, max: scale.max }
}

interface Point {
  readonly margin: number
  readonly target: number
  readonly weight: number
}

function pointOf(bin: readonly MarginOutcome[]): Point {
  const weight = bin.reduce((sum, one) => sum + one.weight, 0)
  if (weight === 0)
    return { margin: mean(bin.map(one => one.margin)), target: mean(bin.map(one => one.target)), weight }
  const weighted = (pick: (one: MarginOutcome) => number) =>
    bin.reduce((sum, one) => sum + one.weight * pick(one), 0) / weight
  return { margin: weighted(one => one.margin), target: weighted(one => one.target), weight }
}

function poolFalling(points: readonly Point[]): Point[] {
  const pooled: Point[] = []
  for (const point of points) {
    let last = point
    while (pooled.length > 0 && !isAbove(last, pooled.at(-1)!)) last = merge(pooled.pop()!, last)
    pooled.push(last)
  }
  return pooled
}

function isAbove(point: Point, other: Point): boolean {
  return point.target > other.target && point.margin > other.margin
}

function merge(a: Point, b: Point): Point {
  const weight = a.weight + b.weight
  const share = weight === 0 ? 0.5 : a.weight / weight
  return {
    margin: share * a.margin + (1 - share) * b.margin,
    target: share * a.target + (1 - share) * b.target,
    weight,
  }
}

/** The threshold that a kind's rule chooses on held-out rows: in 0–1, higher than 0. */
export function thresholdFor(outcomes: readonly Outcome[], rule: ThresholdRule): number {
  return rule.rule === 'falseAlarms'
    ? thresholdOfFalseAlarms(outcomes, rule.shareMax, rule.min)
    : thresholdOfMacroF1(outcomes)
}

/** Unless a kind says so, never below 0.5: naming positive what is more likely negative helps nobody. */
function thresholdOfFalseAlarms(outcomes: readonly Outcome[], shareMax: number, min = 0.5): number {
  const negatives = outcomes.filter(one => one.target === 0).map(one => one.value)
  negatives.sort((a, b) => b - a)
  const highestToPass = negatives[Math.floor(shareMax * negatives.length)] ?? 0
  return Math.min(1, Math.max(min, highestToPass + THRESHOLD_STEP))
}

/** More than half precision of the weights can move a score. */
const THRESHOLD_STEP = 1e-3

/** Half-way between the two neighbouring values that part the classes best; of equals the one nearest to 0.5. */
function thresholdOfMacroF1(outcomes: readonly Outcome[]): number {
  const sorted = [...outcomes].sort((a, b) => b.value - a.value)
  const positives = sorted.filter(one => one.target === 1).length
  const negatives = sorted.length - positives
  let best = { threshold: 0.5, macroF1: -1 }
  let [caught, blocked] = [0, 0]
  sorted.forEach(({ value, target }, i) => {
    if (target === 1) caught++
    else blocked++
    const below = sorted[i + 1]?.value ?? 0
    if (below === value) return
    const passed = negatives - blocked
    const ofPositives = (2 * caught) / (caught + blocked + positives)
    const ofNegatives = (2 * passed) / (sorted.length - caught - blocked + negatives)
    const macroF1 = (ofPositives + (Number.isNaN(ofNegatives) ? 0 : ofNegatives)) / 2
    const threshold = (value + below) / 2
    const isNearer = Math.abs(threshold - 0.5) < Math.abs(best.threshold - 0.5)
    if (macroF1 > best.macroF1 || (macroF1 === best.macroF1 && isNearer)) best = { threshold, macroF1 }
  })
  return best.threshold
}
