import { describe, expect, it } from 'vitest'
import { createDraws } from '../../../bench/drift-streams.ts'
import { probabilityEdges } from '../../../processors/drift/declared-features.ts'
import { estimateAccuracy } from '../../../processors/drift/estimate-accuracy.ts'
import { binOf } from '../../../processors/drift/rank-basis.ts'

/** The streams of the survey (`gen.py labels`): a spam-like score, posts that change, a rule that changes. */

const ROWS = 100_000
const edges = probabilityEdges()

function scored({ seed = 1, shift = 0, slope = 1.5, threshold = 0.5, rows = ROWS } = {}) {
  const { normal, uniform } = createDraws(seed)
  const bins = new Float64Array(edges.length + 1)
  let doubt = 0
  let positive = 0
  let right = 0
  for (let i = 0; i < rows; i++) {
    const x = normal() + shift
    const probability = 1 / (1 + Math.exp(1 - 1.5 * x))
    const isTrue = uniform() < 1 / (1 + Math.exp(1 - slope * x))
    bins[binOf(edges, probability)]!++
    doubt += 1 - Math.abs(2 * probability - 1)
    if (probability >= threshold) positive++
    if (probability >= threshold === isTrue) right++
  }
  return { estimate: estimateAccuracy({ count: rows, bins, edges, doubt, positive })!, truth: right / rows }
}

describe('the accuracy that calibrated scores expect', () => {
  // 0.738 and 0.448 are the thresholds of the committed spam and toxicity champions.
  it.each([0.5, 0.738, 0.448, 0.9])('is within 0.006 of the truth at threshold %d', threshold => {
    for (const shift of [0, 0.7])
      for (const seed of [1, 2, 3]) {
        const { estimate, truth } = scored({ seed, shift, threshold })
        expect(Math.abs(estimate.accuracy - truth)).toBeLessThan(0.006)
      }
  })

  it('has an interval that holds the truth of a small window', () => {
    const inside = Array.from({ length: 200 }, (_, seed) => {
      const { estimate, truth } = scored({ seed, rows: 200, threshold: 0.738 })
      return truth >= estimate.low && truth <= estimate.high
    })
    expect(inside.filter(Boolean).length).toBeGreaterThanOrEqual(190)
  })

  it('cannot see that the truth left the score', () => {
    const { estimate, truth } = scored({ slope: 0.3 })
    expect(estimate.accuracy - truth).toBeGreaterThan(0.1)
  })

  it('is none of no records', () => {
    const bins = new Float64Array(edges.length + 1)
    expect(estimateAccuracy({ count: 0, bins, edges, doubt: 0, positive: 0 })).toBeNull()
  })
})
