import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRandom } from '../../../jobs/random.ts'
import {
  binProbabilities,
  compareShares,
  estimateShare,
  logOdds,
  meanProbability,
  probabilityOf,
  reweighted,
} from '../../../processors/drift/class-share.ts'
import { type FeatureCounts, unexplainedBy } from '../../../processors/drift/class-share-guard.ts'
import { drawnClassSlice, probabilityEdges } from '../../../processors/drift/declared-features.ts'
import { binOf } from '../../../processors/drift/rank-basis.ts'
import { drawOf } from '../../../processors/text/hashing.ts'

/**
 * A world of two classes: margins are normal around ±`parted`, so under a share the calibrated probability is known exactly, and a
 * second feature depends on the class. All records are of one model, calibrated at `CALIBRATED`.
 */

const CALIBRATED = 0.2
const FEATURE_BINS = 6

interface World {
  readonly share: number
  readonly count: number
  readonly seed: number
  /** Half of the distance between the classes: 1 is a doubtful model, 2 a good one. */
  readonly parted?: number
  /** How far the second feature lies higher than it was, in bins, whatever the class. */
  readonly moved?: number
  /** Added to every margin without the truth following: the model is wrong now. */
  readonly bias?: number
}

function recordsOf({ share, count, seed, parted = 1.5, moved = 0, bias = 0 }: World) {
  const random = createRandom(seed)
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const scores = new Float64Array(binProbabilities.length)
  const feature = new Float64Array(FEATURE_BINS)
  const drawn = { scores: scores.slice(), feature: feature.slice() }
  const edges = probabilityEdges()
  for (let i = 0; i < count; i++) {
    const isPositive = random() < share
    const margin = normal() + (isPositive ? parted : -parted) + bias
    const probability = probabilityOf(2 * parted * margin + logOdds(CALIBRATED))
    const score = binOf(edges, probability)
    const height = 2 + (isPositive ? 1 : 0) + normal() + moved
    const bin = Math.max(0, Math.min(FEATURE_BINS - 1, Math.floor(height)))
    scores[score]!++
    feature[bin]!++
    if (random() >= probability) continue
    drawn.scores[score]!++
    drawn.feature[bin]!++
  }
  return { scores, feature, drawn, count }
}

function unexplainedIn(world: Omit<World, 'seed'>, seed: number) {
  const reference = recordsOf({ share: CALIBRATED, count: 4000, seed })
  const window = recordsOf({ ...world, seed: seed + 1 })
  const { share } = estimateShare(window.scores, meanProbability(reference.scores))
  const counts = (name: string, of: 'scores' | 'feature'): FeatureCounts => ({
    name,
    reference: reference[of],
    drawn: reference.drawn[of],
    window: window[of],
    designEffect: 1,
  })
  const features = [counts('score', 'scores'), counts('length', 'feature')]
  return unexplainedBy(reference.scores, share, features, [], reference.count).map(({ name }) => name)
}

describe('the share by EM', () => {
  it('is found from scores alone, whatever it is and however well the model parts the classes', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.02, max: 0.95, noNaN: true }),
        fc.double({ min: 1, max: 2.5, noNaN: true }),
        fc.nat(1e6),
        (share, parted, seed) => {
          const { scores } = recordsOf({ share, count: 6000, seed, parted })
          const found = estimateShare(scores, CALIBRATED)
          // Five standard errors, and what bins lose.
          const reach = 5 * found.logOddsError + 0.12
          expect(Math.abs(logOdds(found.share) - logOdds(share))).toBeLessThan(reach)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('states intervals that hold the true move nine times in ten, at least', () => {
    let held = 0
    for (let seed = 0; seed < 100; seed++) {
      const reference = recordsOf({ share: CALIBRATED, count: 2000, seed: 2 * seed })
      const window = recordsOf({ share: 0.4, count: 2000, seed: 2 * seed + 1 })
      const { shiftLow, shiftHigh } = compareShares(reference.scores, window.scores, CALIBRATED)
      const move = logOdds(0.4) - logOdds(CALIBRATED)
      if (shiftLow <= move && move <= shiftHigh) held++
    }
    expect(held).toBeGreaterThanOrEqual(90)
  })

  it('has evidence as chi-square has it where nothing moved, and plenty where it did', () => {
    const evidenceOf = (share: number, seed: number) => {
      const reference = recordsOf({ share: CALIBRATED, count: 2000, seed: 2 * seed })
      const window = recordsOf({ share, count: 1000, seed: 2 * seed + 1 })
      return compareShares(reference.scores, window.scores, CALIBRATED).evidence
    }
    const still = Array.from({ length: 200 }, (_, seed) => evidenceOf(CALIBRATED, seed))
    // A median of 0.45, and one in twenty above 3.84.
    expect(still.filter(one => one > 3.84).length).toBeLessThan(20)
    expect(still.filter(one => one > 0.45).length).toBeGreaterThan(70)
    expect(Math.min(...Array.from({ length: 20 }, (_, seed) => evidenceOf(0.4, seed)))).toBeGreaterThan(24)
  })

  it('stays finite where scores say nothing, or all the same, or there are none', () => {
    const all = (bin: number) => binProbabilities.map((_, other) => (other === bin ? 1000 : 0))
    for (const scores of [all(0), all(binProbabilities.length - 1), binProbabilities.map(() => 0)]) {
      const { share } = estimateShare(scores, CALIBRATED)
      expect(share).toBeGreaterThan(0)
      expect(share).toBeLessThan(1)
      const { evidence, shift } = compareShares(all(10), scores, CALIBRATED)
      expect([evidence, shift].every(Number.isFinite)).toBe(true)
    }
  })

  it('moves probabilities so that their mean is the new share', () => {
    const { scores } = recordsOf({ share: 0.5, count: 5000, seed: 3 })
    const { share } = estimateShare(scores, CALIBRATED)
    const shift = logOdds(share) - logOdds(CALIBRATED)
    const sum = scores.reduce(
      (total, count, bin) => total + count * reweighted(binProbabilities[bin]!, shift),
      0,
    )
    expect(sum / 5000).toBeCloseTo(share, 6)
  })
})

describe('the guard', () => {
  const seeds = Array.from({ length: 30 }, (_, i) => 100 * i)

  it.each([0.05, 0.1, 0.4, 0.7])('lets a share of %f after 0.2 pass: its features are a mixture', share => {
    expect(seeds.flatMap(seed => unexplainedIn({ share, count: 2000 }, seed))).toEqual([])
  })

  it('refuses where a feature moved beside the share, and names it', () => {
    for (const share of [0.2, 0.5])
      for (const seed of seeds)
        expect(unexplainedIn({ share, count: 2000, moved: 0.8 }, seed)).toContain('length')
  })

  it('refuses where scores are no mixture of what they were: texts became doubtful, not spam', () => {
    for (const seed of seeds)
      expect(unexplainedIn({ share: 0.2, count: 2000, bias: 0.6 }, seed)).toEqual(['score'])
  })

  it('refuses new words that no share explains, and lets those of the growing class pass', () => {
    const { scores } = recordsOf({ share: CALIBRATED, count: 4000, seed: 1 })
    const word = (name: string, count: number, expected: number) => ({ name, count, expected, records: 2000 })
    const judged = (words: ReturnType<typeof word>[]) =>
      unexplainedBy(scores, 0.6, [], words, 4000).map(({ name }) => name)
    // Twice in 4,000 before: three times as many spam posts hold it three times in 2,000, by chance ten times, never eighty.
    expect(judged([word('prize', 3, 1), word('winner', 130, 50)])).toEqual([])
    expect(judged([word('skibidi', 80, 0), word('rizz', 90, 1)])).toEqual(['rizz', 'skibidi'])
  })
})

describe('the draw of a class', () => {
  const { holds } = drawnClassSlice('spam')
  const drawnOf = (ids: readonly string[], score: number) =>
    ids.filter(id =>
      holds({ contentKind: 'POST', language: null, authorAgeMs: null, score, draw: drawOf(id) }),
    )

  it.each(['c', 'post:2026-01-15/', '0b6f3c1e-8a54-4d8e-9a77-'])(
    'takes as many as the probability says, of ids such as %s1',
    start => {
      const ids = Array.from({ length: 10_000 }, (_, i) => `${start}${i}`)
      for (const score of [0.001, 0.3, 0.9]) {
        const drawn = drawnOf(ids, score).length
        const deviation = Math.sqrt(10_000 * score * (1 - score))
        expect(Math.abs(drawn - 10_000 * score)).toBeLessThan(4 * deviation)
      }
    },
  )

  it('takes all that are sure, and none that are surely not', () => {
    const ids = Array.from({ length: 1000 }, (_, i) => `c${i}`)
    expect([drawnOf(ids, 1).length, drawnOf(ids, 0).length]).toEqual([1000, 0])
  })
})
