import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRandom } from '../../../jobs/random.ts'
import {
  chiSquare,
  discoveries,
  jensenShannon,
  kolmogorovSmirnov,
  pooledBins,
  psi,
  psiThreshold,
  wasserstein,
} from '../../../processors/drift/statistics/two-samples.ts'

interface Case {
  readonly reference: number[]
  readonly current: number[]
  readonly positions: number[]
  readonly ks: [number, number]
  readonly jensenShannon: number
  readonly wasserstein: number
  readonly chiSquare: [number, number]
}

const expected = JSON.parse(readFileSync(new URL('fixtures/two-samples.json', import.meta.url), 'utf8')) as {
  cases: Case[]
  pValues: number[]
  discoveries: boolean[]
}

const agrees = (value: number | null, other: number) =>
  expect(Math.abs(value! - other)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(other)))

describe.each(expected.cases.map((one, i) => ({ ...one, i })))('counts $i', one => {
  const { reference, current, positions } = one
  it('give what scipy gives', () => {
    const ks = kolmogorovSmirnov(reference, current)
    agrees(ks.statistic, one.ks[0])
    agrees(ks.pValue, one.ks[1])
    agrees(jensenShannon(reference, current).statistic, one.jensenShannon)
    agrees(wasserstein(positions, reference, current).statistic, one.wasserstein)
    const chi = chiSquare(reference, current)
    agrees(chi.statistic, one.chiSquare[0])
    agrees(chi.pValue, one.chiSquare[1])
  })
})

it('discoveries are those of scipy', () => {
  expect(discoveries(expected.pValues, 0.05)).toEqual(expected.discoveries)
  expect(discoveries([], 0.05)).toEqual([])
})

describe('any counts', () => {
  const counts = fc.array(fc.nat({ max: 50 }), { minLength: 6, maxLength: 6 })
  const positions = [1, 2, 4, 7, 8, 20]
  const all = (a: number[], b: number[]) => [
    psi(a, b),
    kolmogorovSmirnov(a, b),
    jensenShannon(a, b),
    wasserstein(positions, a, b),
    chiSquare(a, b),
  ]

  it('give finite figures, none below 0, also for empty, single and constant samples', () => {
    fc.assert(
      fc.property(counts, counts, (a, b) => {
        for (const { statistic, pValue, effect } of all(a, b)) {
          expect(Number.isFinite(statistic) && statistic >= 0).toBe(true)
          expect(Number.isFinite(effect) && effect >= 0).toBe(true)
          expect(pValue === null || (pValue >= 0 && pValue <= 1)).toBe(true)
        }
      }),
    )
  })

  it('do not differ from themselves, and say the same in either order', () => {
    fc.assert(
      fc.property(counts, counts, (a, b) => {
        for (const { statistic } of all(a, a)) expect(statistic).toBeCloseTo(0, 12)
        const there = all(a, b).map(({ statistic }) => statistic)
        all(b, a).forEach(({ statistic }, i) => {
          expect(statistic).toBeCloseTo(there[i]!, 9)
        })
      }),
    )
  })
})

it('the limit of PSI knows how large the samples are', () => {
  expect(psiThreshold(0.05, 20, 10_000, 100)).toBeGreaterThan(0.2)
  expect(psiThreshold(0.05, 20, 1_000_000, 1_000_000)).toBeLessThan(0.001)
  expect(psi([500, 500, 500], [50, 48, 52]).pValue).toBeGreaterThan(0.5)
  expect(psi([500, 500, 500], [120, 20, 10]).pValue).toBeLessThan(1e-6)
})

it('pooled, rare values of a small window pass for a change no more often than their p-value says', () => {
  const random = createRandom(3)
  // One in 200 is spread over many values, as lengths of words are.
  const reference = [1990, ...Array.from({ length: 20 }, (_, i) => i % 2)]
  let plain = 0
  let pooled = 0
  const windows = 4000
  for (let i = 0; i < windows; i++) {
    const current = reference.map(() => 0)
    for (let record = 0; record < 200; record++)
      current[random() < 0.995 ? 0 : 1 + Math.floor(random() * 20)]!++
    if (chiSquare(reference, current).pValue! < 0.001) plain++
    if (chiSquare(...pooledBins(reference, current)).pValue! < 0.001) pooled++
  }
  expect(plain / windows).toBeGreaterThan(0.005)
  expect(pooled / windows).toBeLessThan(0.002)
})

it('pools keep every record, and a change of what is common', () => {
  const [before, now] = pooledBins([500, 1, 0, 499, 0], [30, 0, 1, 168, 1])
  expect([before, now].map(counts => counts.reduce((sum, count) => sum + count, 0))).toEqual([1000, 200])
  expect(chiSquare(before, now).pValue).toBeLessThan(1e-6)
  expect(pooledBins([0, 0], [3, 4])).toEqual([[0], [7]])
})
