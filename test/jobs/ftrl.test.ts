import { expect, it } from 'vitest'
import { FtrlTable } from '../../jobs/ftrl.ts'
import { createFeatureReader, featureSettings } from '../../processors/text/features.ts'

const size = { buckets: featureSettings.buckets, signals: featureSettings.dense.length }
const settings = { alpha: 0.5, beta: 0.1, l1: 0.05 }
const read = createFeatureReader()

it('keeps the weights it starts from, however often nothing is learned', () => {
  const table = new FtrlTable(2, size, settings)
  const input = read('hello dear world')
  table.start(0, feature => Math.sin(feature))
  for (let i = 0; i < 5; i++) table.step(input, new Float64Array(2))
  // The other slot learns; this one has no gradient.
  table.step(input, Float64Array.of(0, 1))
  for (const bucket of input.buckets) expect(table.weight(bucket, 0)).toBeCloseTo(Math.sin(bucket), 6)
  expect(table.weight(input.buckets[0]!, 1)).toBeLessThan(0)
})

it('moves weights it starts from by little where little is said', () => {
  const table = new FtrlTable(1, size, settings)
  const input = read('hello')
  const bucket = input.buckets[0]!
  table.start(0, () => 0.5)
  table.step(input, Float64Array.of(1e-4))
  expect(table.weight(bucket, 0)).toBeLessThan(0.5)
  expect(table.weight(bucket, 0)).toBeGreaterThan(0.49)
})

it('learns what parts two sets of texts', () => {
  const table = new FtrlTable(1, size, settings)
  const [good, bad] = [read('a fine day'), read('a foul day')]
  const margin = new Float64Array(1)
  for (let i = 0; i < 50; i++)
    for (const [input, target] of [
      [good, 1],
      [bad, 0],
    ] as const) {
      table.margins(input, margin)
      table.step(input, Float64Array.of(1 / (1 + Math.exp(-margin[0]!)) - target))
    }
  table.margins(good, margin)
  expect(margin[0]).toBeGreaterThan(1)
  table.margins(bad, margin)
  expect(margin[0]).toBeLessThan(-1)
})
