import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cohenKappa, krippendorffAlpha } from '../../../processors/tagging/agreement.ts'

/** Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011): the example of four observers, with missing answers. */
const observers = [
  '1 2 3 3 2 1 4 1 2 . . .',
  '1 2 3 3 2 2 4 1 2 5 . 3',
  '. 3 3 3 2 3 4 2 2 5 1 .',
  '1 2 3 3 2 4 4 1 2 5 1 .',
].map(line => line.split(' '))
const units = observers[0]!.map((_, unit) =>
  observers
    .map(answers => answers[unit]!)
    .filter(answer => answer !== '.')
    .map(Number),
)

describe("Krippendorff's alpha", () => {
  it('is what its author computes', () => {
    expect(krippendorffAlpha(units, 'nominal')).toBeCloseTo(0.743, 3)
    expect(krippendorffAlpha(units, 'interval')).toBeCloseTo(0.849, 3)
    // The same paper: two observers, two values.
    const meg = '0 1 0 0 0 0 0 0 1 0'.split(' ').map(Number)
    const owen = '1 1 1 0 0 1 0 0 0 0'.split(' ').map(Number)
    expect(
      krippendorffAlpha(
        meg.map((value, i) => [value, owen[i]!]),
        'nominal',
      ),
    ).toBeCloseTo(0.095, 3)
  })

  it('is 1 where all agree, about 0 by chance and undefined without anything to compare', () => {
    expect(krippendorffAlpha([[1, 1], [2, 2, 2], [5]], 'interval')).toBe(1)
    expect(krippendorffAlpha([[1], [2], []], 'interval')).toBeNull()
    expect(
      krippendorffAlpha(
        [
          [1, 1],
          [1, 1],
        ],
        'nominal',
      ),
    ).toBeNull()
    const chance = Array.from({ length: 400 }, (_, i) => [i % 2, Math.floor(i / 2) % 2])
    expect(krippendorffAlpha(chance, 'nominal')).toBeCloseTo(0, 2)
  })

  it('does not depend on the order of units or answers', () => {
    const arbitrary = fc.array(fc.array(fc.integer({ min: 0, max: 10 }), { maxLength: 4 }), { maxLength: 12 })
    fc.assert(
      fc.property(arbitrary, fc.constantFrom('nominal' as const, 'interval' as const), (given, metric) => {
        const turned = given.map(unit => unit.toReversed()).toReversed()
        const [one, other] = [krippendorffAlpha(given, metric), krippendorffAlpha(turned, metric)]
        if (one === null) expect(other).toBeNull()
        else expect(other).toBeCloseTo(one, 9)
      }),
    )
  })
})

describe("Cohen's kappa", () => {
  const times = (n: number, pair: readonly [number, number]) => Array.from({ length: n }, () => pair)

  it('is 0.4 for 20 and 15 agreed of 50, 5 and 10 not', () => {
    const pairs = [...times(20, [1, 1]), ...times(5, [1, 0]), ...times(10, [0, 1]), ...times(15, [0, 0])]
    expect(cohenKappa(pairs, 'nominal')).toBeCloseTo(0.4, 9)
  })

  it('forgives a near miss on a scale, and knows no answer where there is nothing to compare', () => {
    const near = [...times(10, [2, 3]), ...times(10, [8, 9])]
    const far = [...times(10, [2, 9]), ...times(10, [8, 3])]
    expect(cohenKappa(near, 'interval')).toBeGreaterThan(0.9)
    expect(cohenKappa(far, 'interval')).toBeLessThan(0)
    expect(cohenKappa([], 'interval')).toBeNull()
    expect(cohenKappa(times(5, [1, 1]), 'nominal')).toBeNull()
  })
})
