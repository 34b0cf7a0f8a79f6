import type { TextInput } from '../processors/text/features.ts'
import { featureValue } from '../processors/text/linear.ts'

/**
 * FTRL-Proximal (McMahan et al. 2013, "Ad click prediction: a view from the trenches", algorithm 1): online learning of a
 * linear model with a learning rate of its own for each weight. One pass a row, memory only for the weights.
 */
export interface FtrlSettings {
  readonly loss: 'squared' | 'logistic'
  /** Learning rate: `alpha / (beta + √Σ gradient²)` for each weight. */
  readonly alpha: number
  readonly beta: number
  readonly l1: number
  readonly l2: number
}

export interface FtrlLearner {
  margin(input: TextInput): number
  /** One step towards `target` (squared: a number; logistic: 0 or 1). `weight` multiplies the loss. */
  learn(input: TextInput, target: number, weight: number): void
  readonly weights: Float64Array
  bias(): number
}

export function createFtrl(buckets: number, settings: FtrlSettings): FtrlLearner {
  const { alpha, beta, l1, l2, loss } = settings
  const weights = new Float64Array(buckets + 1)
  const sums = new Float64Array(buckets + 1)
  const squares = new Float64Array(buckets + 1)

  function margin({ buckets: active }: TextInput): number {
    let sum = 0
    for (let i = 0; i < active.length; i++) sum += weights[active[i]!]!
    return weights[buckets]! + sum * featureValue(active.length)
  }
  function step(at: number, gradient: number): void {
    const before = squares[at]!
    const after = before + gradient * gradient
    const sigma = (Math.sqrt(after) - Math.sqrt(before)) / alpha
    const sum = sums[at]! + gradient - sigma * weights[at]!
    squares[at] = after
    sums[at] = sum
    const shrunk = Math.abs(sum) - l1
    weights[at] = shrunk <= 0 ? 0 : (-Math.sign(sum) * shrunk) / ((beta + Math.sqrt(after)) / alpha + l2)
  }
  return {
    weights,
    margin,
    bias: () => weights[buckets]!,
    learn(input, target, weight) {
      const prediction = loss === 'squared' ? margin(input) : 1 / (1 + Math.exp(-margin(input)))
      const error = weight * (prediction - target)
      const gradient = error * featureValue(input.buckets.length)
      for (let i = 0; i < input.buckets.length; i++) step(input.buckets[i]!, gradient)
      step(buckets, error)
    },
  }
}
