import { describe, expect, it } from 'vitest'
import { isInCanary } from '../../../processors/retrain/canary.ts'
import { judgeRollout, signTest } from '../../../processors/retrain/judge-rollout.ts'
import { textLoopRules } from '../../../processors/retrain/loop-rules.ts'
import { joinPairs, noPairs, type PairedScores } from '../../../processors/retrain/paired-scores.ts'

const pairs = (changes: Partial<PairedScores> = {}): PairedScores => ({
  ...noPairs,
  records: 200,
  meanShift: 0.1,
  shiftVariance: 0.5,
  differing: 20,
  newcomerMicros: 110,
  predecessorMicros: 100,
  ...changes,
})
const judge = (now: PairedScores, measured: PairedScores | null = pairs()) =>
  judgeRollout(now, { rules: textLoopRules.rollout, scaleWidth: 10, measured })

describe('a newcomer', () => {
  it('that does what it did in its shadow stays, however far that shifts scores', () => {
    const shadow = pairs({ meanShift: 2.5, differing: 90 })
    expect(judge(pairs({ meanShift: 2.4, differing: 95 }), shadow)).toBeNull()
  })

  it.each<[string, Partial<PairedScores>, string]>([
    ['leaves contents without a score', { missing: 10, records: 190 }, 'errors'],
    ['takes many times as long', { newcomerMicros: 900 }, 'latency'],
    ['shifts scores otherwise than in its shadow', { meanShift: 1.5 }, 'shift'],
    ['disagrees far more than in its shadow', { differing: 90 }, 'disagreement'],
    ['is found wrong by people', { newcomerRight: 2, predecessorRight: 16 }, 'people'],
  ])('that %s is taken back', (_name, changes, breach) => {
    expect(judge(pairs(changes))?.name).toBe(breach)
  })

  it('that is a little slower, misses a score or two, or is found wrong as often as right stays', () => {
    expect(judge(pairs({ newcomerMicros: 290, missing: 3 }))).toBeNull()
    expect(judge(pairs({ newcomerRight: 9, predecessorRight: 13 }))).toBeNull()
    expect(judge(pairs({ newcomerMicros: 1e5, predecessorMicros: null }))).toBeNull()
  })

  it('that never was in shadow is judged by how far it goes from its predecessor', () => {
    expect(judge(pairs({ differing: 50 }), null)).toBeNull()
    expect(judge(pairs({ differing: 80 }), null)?.name).toBe('disagreement')
    expect(judge(pairs({ meanShift: -2.5 }), null)?.name).toBe('shift')
  })
})

it('windows joined are as one window: means and variances of all contents', () => {
  const values = [0.5, -1, 2, 3, -0.25, 0, 1]
  const of = (part: readonly number[]): PairedScores => {
    const mean = part.reduce((sum, value) => sum + value, 0) / part.length
    const variance = part.reduce((sum, value) => sum + (value - mean) ** 2, 0) / part.length
    return { ...noPairs, records: part.length, meanShift: mean, shiftVariance: variance }
  }
  const joined = joinPairs(of(values.slice(0, 3)), of(values.slice(3)))
  const whole = of(values)
  expect(joined.records).toBe(7)
  expect(joined.meanShift).toBeCloseTo(whole.meanShift, 12)
  expect(joined.shiftVariance).toBeCloseTo(whole.shiftVariance, 12)
  expect(joinPairs(noPairs, of(values))).toMatchObject(whole)
})

it('the sign test is the binomial’s tail, also of thousands', () => {
  expect(signTest(0, 10)).toBeCloseTo(1, 12)
  expect(signTest(9, 10)).toBeCloseTo(11 / 1024, 12)
  expect(signTest(1000, 2000)).toBeCloseTo(0.509, 3)
  expect(signTest(1100, 2000)).toBeLessThan(1e-5)
})

it('a canary answers its share of contents, each the same every time', () => {
  const ids = Array.from({ length: 5000 }, (_, i) => `c${i}`)
  const chosen = ids.filter(id => isInCanary('niceness', id, 0.2))
  expect(chosen.length / ids.length).toBeCloseTo(0.2, 1)
  expect(ids.filter(id => isInCanary('niceness', id, 0.2))).toEqual(chosen)
  // A larger share answers these too, so that nobody goes back and forth.
  expect(chosen.every(id => isInCanary('niceness', id, 0.5))).toBe(true)
  expect(ids.some(id => isInCanary('niceness', id, 0))).toBe(false)
})
