import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createRandom } from '../../../jobs/random.ts'
import { DriftMonitor, STEP_RECORDS_MAX } from '../../../processors/drift/monitor.ts'
import { monitorOver, normals, ROW_MS } from './streams.ts'

/** A rhythm of the day from a cold start: the reference is the first two hours of the stream itself. */

const DAY_ROWS = 24_000
const daily = (row: number) => 0.5 * Math.sin((2 * Math.PI * row) / DAY_ROWS)
const { stepsOf, layout } = monitorOver({ x: normals(10_000, 1) })
const rows = (row: number) => row * ROW_MS

const streamOf = (days: number, seed: number, shift: (row: number) => number) =>
  normals(days * DAY_ROWS, seed).map((value, row) => value + daily(row) + shift(row))

function findingsOver(x: readonly number[], timeOf = rows) {
  const monitor = new DriftMonitor(layout)
  return stepsOf({ x }, timeOf).flatMap(step => monitor.add([step], []))
}

it('is no drift, the first day included', () => {
  for (const seed of [2, 3, 4]) expect(findingsOver(streamOf(4, seed, () => 0))).toEqual([])
})

it('a rare value that the first records hold more or less often than the others is no drift', () => {
  const layout = { features: ['x'], slices: ['all'], bins: [2] }
  const alarms = Array.from({ length: 20 }, (_, seed) => {
    const random = createRandom(seed + 1)
    const monitor = new DriftMonitor(layout)
    return Array.from({ length: 90_000 / STEP_RECORDS_MAX }, (_, step) => {
      const rare = Array.from({ length: STEP_RECORDS_MAX }, () => random() < 0.003).filter(Boolean).length
      const cells = Uint16Array.of(STEP_RECORDS_MAX - rare, rare)
      const from = step * STEP_RECORDS_MAX
      return monitor.add(
        [{ count: STEP_RECORDS_MAX, at: from * 40, cells, position: from + STEP_RECORDS_MAX - 1 }],
        [],
      )
    }).flat()
  })
  expect(alarms.flat().filter(({ method }) => method === 'e-detector')).toEqual([])
})

it.each([
  ['on the first day', 20_000],
  ['once the rhythm is known', 60_000],
])('hides no change of half a standard deviation %s', (_when, at) => {
  const [first] = findingsOver(streamOf(3, 5, row => (row >= at ? 0.5 : 0)))
  expect(first).toMatchObject({ feature: 'x', cleared: false })
  expect(first!.position).toBeGreaterThanOrEqual(at)
  expect(first!.position).toBeLessThan(at + 400)
})

it('is learned although something was found, and what was found ends when it is over', () => {
  const found = findingsOver(streamOf(5, 6, row => (row >= 6000 && row < 9000 ? 1.5 : 0)))
  expect(found.some(({ position, cleared }) => position < 6400 && !cleared)).toBe(true)
  const late = found.filter(({ position }) => position >= 3 * DAY_ROWS)
  expect(late.filter(({ cleared }) => !cleared)).toEqual([])
  expect(found.at(-1)).toMatchObject({ cleared: true })
})

it('a platform with one post an hour and a clock that jumps raise nothing', () => {
  const hourly = normals(6000, 7).map((value, hour) => value + 0.5 * Math.sin((2 * Math.PI * hour) / 24))
  expect(findingsOver(hourly, row => row * 3_600_000)).toEqual([])
  const jumping = (row: number) => (row % 3200 === 0 ? 4e12 - row : rows(row))
  expect(
    findingsOver(
      streamOf(3, 8, () => 0),
      jumping,
    ),
  ).toEqual([])
})

it('goes on from a snapshot as if it had not stopped, on the first day, too', () => {
  const steps = stepsOf({ x: streamOf(3, 9, row => (row >= 10_000 && row < 14_000 ? 0.6 : 0)) }, rows)
  const whole = new DriftMonitor(layout)
  const all = steps.flatMap(step => whole.add([step], []))
  expect(all.length).toBeGreaterThan(1)
  fc.assert(
    fc.property(fc.integer({ min: 130, max: steps.length - 1 }), cut => {
      const before = new DriftMonitor(layout)
      const found = steps.slice(0, cut).flatMap(step => before.add([step], []))
      const after = new DriftMonitor(layout)
      after.restore(JSON.parse(JSON.stringify(before.snapshot())))
      found.push(...steps.slice(cut).flatMap(step => after.add([step], [])))
      expect(found).toEqual(all)
    }),
    { numRuns: 8 },
  )
})
