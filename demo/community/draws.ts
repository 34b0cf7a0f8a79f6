import { createRandom } from '../../jobs/random.ts'

/** Seeded draws; the same seed gives the same draws anywhere. */
export interface Draws {
  /** In [0, 1). */
  uniform(): number
  chance(probability: number): boolean
  /** 0 … count − 1. */
  below(count: number): number
  pick<T>(from: readonly T[]): T
  /** The place of one of the weights, as likely as it is heavy. */
  weighted(weights: readonly number[]): number
  /** Standard normal, by the sum of twelve uniform draws. */
  normal(): number
}

export function createDraws(seed: number): Draws {
  const uniform = createRandom(seed)
  const below = (count: number) => Math.floor(uniform() * count)
  return {
    uniform,
    below,
    chance: probability => uniform() < probability,
    pick: from => from[below(from.length)]!,
    weighted(weights) {
      let left = uniform() * weights.reduce((sum, weight) => sum + weight, 0)
      const place = weights.findIndex(weight => {
        left -= weight
        return left < 0
      })
      return place < 0 ? weights.length - 1 : place
    },
    normal() {
      let sum = -6
      for (let i = 0; i < 12; i++) sum += uniform()
      return sum
    },
  }
}
