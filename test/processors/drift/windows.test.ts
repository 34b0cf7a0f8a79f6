import fc from 'fast-check'
import { expect, it } from 'vitest'
import { DriftWindows } from '../../../processors/drift/windows.ts'
import { monitorOver, normals } from './streams.ts'

const HOUR = 3_600_000
const { newMonitor, stepsOf, layout } = monitorOver({ x: normals(4000, 1), y: normals(4000, 2) })
const monitor = newMonitor()
const referenceOf = (feature: number) => monitor.referenceOf(feature)?.counts ?? null
/** 600 records an hour. */
const at = (row: number) => 1_690_000_000_000 - (1_690_000_000_000 % HOUR) + row * 6000
const steps = stepsOf({ x: normals(1800, 3), y: normals(1800, 4, { mean: 0.8 }) }, at)
const closing = stepsOf({ x: [0], y: [0] }, () => at(1800) + 2 * HOUR)

it('are the same in whatever order steps come, until they close', () => {
  const whole = new DriftWindows(layout)
  const expected = [...whole.add(steps, referenceOf), ...whole.add(closing, referenceOf)]
  expect(expected.filter(({ method }) => method === 'psi')).toHaveLength(6)
  fc.assert(
    fc.property(fc.shuffledSubarray(steps, { minLength: steps.length }), shuffled => {
      const windows = new DriftWindows(layout)
      // All within the time that windows stay open for late steps, were it not for their hours: shown at once.
      expect([...windows.add(shuffled, referenceOf), ...windows.add(closing, referenceOf)]).toEqual(expected)
    }),
    { numRuns: 20 },
  )
})

it('call drifted what is surely and much changed, and nothing else', () => {
  const windows = new DriftWindows(layout)
  const found = [...windows.add(steps, referenceOf), ...windows.add(closing, referenceOf)]
  expect(new Set(found.filter(({ drifted }) => drifted).map(({ feature }) => feature))).toEqual(
    new Set(['y']),
  )
  expect(found.filter(({ method, drifted }) => method === 'psi-recent' && drifted)).toEqual([])
})

it('of few records join the next', () => {
  const windows = new DriftWindows(layout)
  const few = stepsOf({ x: normals(3, 5), y: normals(3, 6) }, at)
  const next = stepsOf({ x: normals(600, 7), y: normals(600, 8) }, row => at(row + 600))
  const found = [...windows.add([...few, ...next], referenceOf), ...windows.add(closing, referenceOf)]
  expect(found.filter(({ method }) => method === 'psi')).toMatchObject([
    { windowStart: at(0), windowEnd: at(0) + 2 * HOUR, count: 603 },
    { count: 603 },
  ])
})

it('are bounded, also where the clock jumps from hour to hour', () => {
  const windows = new DriftWindows(layout)
  const jumping = stepsOf({ x: normals(3200, 9), y: normals(3200, 10) }, row => at(0) - row * HOUR)
  windows.add(jumping, referenceOf)
  expect(windows.snapshot().open.length).toBeLessThanOrEqual(48)
})

it('go on from a snapshot', () => {
  const whole = new DriftWindows(layout)
  const expected = [...whole.add(steps, referenceOf), ...whole.add(closing, referenceOf)]
  const first = new DriftWindows(layout)
  const before = first.add(steps.slice(0, 50), referenceOf)
  const second = new DriftWindows(layout)
  second.restore(JSON.parse(JSON.stringify(first.snapshot())))
  const after = [...second.add(steps.slice(50), referenceOf), ...second.add(closing, referenceOf)]
  expect([...before, ...after]).toEqual(expected)
})
