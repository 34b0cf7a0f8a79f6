import { expect, it } from 'vitest'
import { fitMixture, type StackedRows } from '../../jobs/mixture.ts'
import { createRandom } from '../../jobs/random.ts'

/** Two tones, one register; the target is 0.6 of the first tone, −0.3 of the second and 0.1. */
function rowsOf(targetOf: (margin: number, random: () => number) => number): StackedRows {
  const random = createRandom(4)
  const count = 4000
  const margins = Float32Array.from({ length: 2 * count }, () => 4 * random() - 2)
  return {
    count,
    tones: 2,
    registers: 1,
    margins,
    targets: Float64Array.from({ length: count }, (_, row) =>
      targetOf(0.6 * margins[2 * row]! - 0.3 * margins[2 * row + 1]! + 0.1, random),
    ),
    weights: new Float64Array(count).fill(1),
    priors: new Float64Array(0),
  }
}

it('finds a known mixture again, with the sign of each head', () => {
  const { experts, offsets } = fitMixture(
    rowsOf(margin => margin),
    'squared',
  )
  expect(experts[0]).toBeCloseTo(0.6, 2)
  expect(experts[1]).toBeCloseTo(-0.3, 2)
  expect(offsets[0]).toBeCloseTo(0.1, 2)
})

it('finds the odds of a known mixture again', () => {
  const odds = (margin: number, random: () => number) => Number(random() < 1 / (1 + Math.exp(-3 * margin)))
  const { experts } = fitMixture(rowsOf(odds), 'logistic')
  expect(experts[0]).toBeGreaterThan(1.4)
  expect(experts[0]).toBeLessThan(2.2)
  expect(experts[0]! / experts[1]!).toBeGreaterThan(-2.6)
  expect(experts[0]! / experts[1]!).toBeLessThan(-1.6)
})
