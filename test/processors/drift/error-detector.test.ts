import { expect, it } from 'vitest'
import { createDraws } from '../../../bench/drift-streams.ts'
import { ErrorDetector } from '../../../processors/drift/error-detector.ts'

/** Labels on a scale: how far people are from a score that is off by `spread` of it. */

const REFERENCE = 1000

function alarms(labels: number, seed: number, spreadAt: (label: number) => number) {
  const { normal } = createDraws(seed)
  const detector = new ErrorDetector(1_000_000)
  const found: { at: number; effect: number; changedAt: number }[] = []
  for (let i = 0; i < labels; i++) {
    const finding = detector.add(Math.min(1, Math.abs(spreadAt(i) * normal())), i)
    if (finding !== null) found.push({ at: i, ...finding })
  }
  return found
}

it('raises nothing in 100,000 labels while people are as far from the score as they were', () => {
  for (const seed of [1, 2]) expect(alarms(100_000, seed, () => 0.15)).toEqual([])
})

it('raises nothing where people come nearer', () => {
  expect(alarms(5000, 3, i => (i < REFERENCE ? 0.15 : 0.05))).toEqual([])
})

it.each([
  [1.5, 250],
  [2, 80],
])('finds that errors are %s times as large within %i labels, and since when', (times, within) => {
  for (let seed = 10; seed < 20; seed++) {
    const found = alarms(REFERENCE + 400, seed, i => 0.15 * (i < REFERENCE ? 1 : times))
    expect(found[0]!.at).toBeGreaterThanOrEqual(REFERENCE)
    expect(found[0]!.at).toBeLessThan(REFERENCE + within)
    expect(found[0]!.effect).toBeGreaterThan(0)
    expect(Math.abs(found[0]!.changedAt - REFERENCE)).toBeLessThan(within)
  }
})

it('says nothing before it has a reference, and copes with errors that never vary', () => {
  expect(alarms(200, 4, () => 9)).toEqual([])
  expect(alarms(5000, 5, () => 0)).toEqual([])
  expect(alarms(300, 6, i => (i < 200 ? 0 : 9)).length).toBeGreaterThan(0)
})
