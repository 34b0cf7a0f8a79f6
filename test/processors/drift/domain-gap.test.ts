import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createRandom } from '../../../jobs/random.ts'
import { domainGap, trainingCounts } from '../../../processors/drift/domain-gap.ts'

const FEATURES = 20
const BINS = 20
const names = Array.from({ length: FEATURES }, (_, i) => `f${i}`)
const layout = { features: names, slices: ['all'], bins: names.map(() => BINS) }

/** Records of one feature whose bins become rarer, as most features are. */
function drawn(records: number, random: () => number, shift = 0): number[] {
  const counts = new Array<number>(BINS).fill(0)
  for (let i = 0; i < records; i++)
    counts[Math.min(BINS - 1, Math.floor(-Math.log(1 - random()) * 4) + shift)]!++
  return counts
}

function referenceOf(rows: number, random: () => number) {
  const features = names.map(name => ({ name, counts: drawn(rows, random) }))
  return { kind: 'niceness', modelVersion: '1', rows, positiveShare: null, features }
}

it.each([
  [12, 2000],
  [200, 2000],
  [5000, 300],
  [5000, 2000],
])(
  'is none for records drawn as %i training rows were: 0 of 200 platforms of %i records',
  (rows, records) => {
    const random = createRandom(rows + records)
    let gaps = 0
    for (let platform = 0; platform < 200; platform++) {
      const training = trainingCounts(layout, referenceOf(rows, random))
      const own = names.map(() => drawn(records, random))
      if (domainGap(layout, training, feature => own[feature]!) !== null) gaps++
    }
    expect(gaps).toBe(0)
  },
)

it('names the features that are away, the one that differs most first', () => {
  const random = createRandom(7)
  const training = trainingCounts(layout, referenceOf(5000, random))
  const own = names.map((_, i) => drawn(2000, random, i === 3 ? 2 : i === 11 ? 4 : 0))
  const gap = domainGap(layout, training, feature => own[feature]!)!
  expect(gap.away.map(({ name }) => name)).toEqual(['f11', 'f3'])
  expect(gap.statistic).toBe(gap.away[0]!.psi)
  expect(gap.statistic).toBeGreaterThan(gap.threshold)
})

it('does not tell from a dozen rows what 5,000 tell', () => {
  const own = names.map((_, i) => drawn(2000, createRandom(8), i === 3 ? 1 : 0))
  const from = (rows: number) =>
    domainGap(layout, trainingCounts(layout, referenceOf(rows, createRandom(9))), feature => own[feature]!)
  expect(from(12)).toBeNull()
  expect(from(5000)?.away.map(({ name }) => name)).toEqual(['f3'])
})

it('compares only features that both have, in as many bins; one without a value differs by nothing', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(names), known => {
      const random = createRandom(known.length)
      const reference = referenceOf(3000, random)
      const features = [
        ...reference.features.filter(({ name }) => known.includes(name)),
        { name: 'not watched', counts: [1] },
        { name: 'f0', counts: new Array<number>(BINS + 1).fill(1) },
      ]
      const training = trainingCounts(layout, { ...reference, features })
      const own = names.map((_, i) => (i === 5 ? new Array<number>(BINS).fill(0) : drawn(2000, random, 3)))
      const away = domainGap(layout, training, feature => (feature === 7 ? null : own[feature]!))?.away ?? []
      const expected = known.filter(name => !['f0', 'f5', 'f7'].includes(name))
      expect(new Set(away.map(({ name }) => name))).toEqual(new Set(expected))
    }),
    { numRuns: 30 },
  )
})
