import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DriftMonitor } from '../../../processors/drift/monitor.ts'
import { alarmsOver, monitorOver, normals, ROW_MS } from './streams.ts'

const DAY_ROWS = 24_000
const daily = (row: number) => 0.5 * Math.sin((2 * Math.PI * row) / DAY_ROWS)

describe('one feature', () => {
  const reference = { x: normals(10_000, 1) }
  const { newMonitor, stepsOf } = monitorOver(reference)
  const alarmsOf = (x: number[]) => alarmsOver(newMonitor(), stepsOf({ x }))

  it('says nothing while nothing changes', () => {
    expect(alarmsOf(normals(50_000, 2))).toEqual([])
  })

  it.each([
    ['its mean by half a standard deviation', { mean: 0.5 }, 'location'],
    ['its spread by half', { sd: 1.5 }, 'spread'],
  ])('is found when it changes %s, and since when', (_what, change, moment) => {
    const alarms = alarmsOf([...normals(5000, 3), ...normals(2000, 4, change)])
    expect(alarms[0]).toMatchObject({ feature: 'x', slice: 'all', contributors: [{ name: moment }] })
    expect(alarms[0]!.position).toBeGreaterThanOrEqual(5000)
    expect(alarms[0]!.position).toBeLessThan(5300)
    const changedAfterRows = alarms.find(({ method }) => method === 'adwin')!.changedAt / ROW_MS
    expect(Math.abs(changedAfterRows - 5000)).toBeLessThan(300)
  })

  it('is found when only its shape changes, not its mean or spread', () => {
    const humps = normals(3000, 5, { sd: Math.sqrt(0.19) }).map(
      (value, i) => value + (i % 2 === 0 ? 0.9 : -0.9),
    )
    expect(alarmsOf([...normals(3000, 6), ...humps])[0]!.position).toBeLessThan(3300)
  })

  it('takes outliers for what they are, and finds a change among them', () => {
    const outliers = (values: number[]) => values.map((value, i) => (i % 1000 === 500 ? 1e6 : value))
    expect(alarmsOf(outliers(normals(30_000, 7)))).toEqual([])
    const changed = outliers([...normals(3000, 8), ...normals(2000, 9, { mean: 0.5 })])
    expect(alarmsOf(changed)[0]!.position).toBeLessThan(3300)
  })

  it('is away from its reference from the first row on, and that is said', () => {
    expect(alarmsOf(normals(2000, 10, { mean: 0.5 })).map(({ method }) => method)).toEqual(
      expect.arrayContaining(['adwin', 'e-detector']),
    )
  })

  it('comes back: the end of a drift is said once', () => {
    const monitor = newMonitor()
    const there = [...normals(3000, 11, { mean: 1 }), ...normals(20_000, 12)]
    const ends = stepsOf({ x: there })
      .flatMap(step => monitor.add([step], []))
      .filter(({ cleared }) => cleared)
    expect(ends).toHaveLength(1)
    expect(ends[0]!.position).toBeGreaterThan(3000)
  })
})

it('takes the rhythm of the day out, and finds a change on top of it', () => {
  const stride = 4.8
  const reference = { x: normals(10_000, 13).map((value, i) => value + daily(i * stride)) }
  const { newMonitor, stepsOf, layout } = monitorOver(reference, row => row * stride * ROW_MS)
  expect(layout.features).toEqual(['x'])
  const rows = (row: number) => row * ROW_MS
  const calm = normals(60_000, 14).map((value, row) => value + daily(row))
  expect(alarmsOver(newMonitor(), stepsOf({ x: calm }, rows))).toEqual([])
  const changed = calm.map((value, row) => value + (row >= 30_000 ? 0.5 : 0))
  expect(alarmsOver(newMonitor(), stepsOf({ x: changed }, rows))[0]!.position).toBeLessThan(30_400)
})

describe('many features', () => {
  const names = Array.from({ length: 12 }, (_, i) => `f${i}`)
  const columns = (rows: number, seed: number, meanOf: (i: number) => number) =>
    Object.fromEntries(names.map((name, i) => [name, normals(rows, seed + i, { mean: meanOf(i) })]))
  const { newMonitor, stepsOf } = monitorOver(columns(10_000, 100, () => 0))

  it('names those that moved and no other', () => {
    const alarms = alarmsOver(newMonitor(), stepsOf(columns(1000, 200, i => (i < 4 ? 0.5 : 0))))
    expect([...new Set(alarms.map(({ feature }) => feature))].sort()).toEqual(['f0', 'f1', 'f2', 'f3'])
  })

  it('finds a change that no single feature shows, and says which moved most', () => {
    const alarms = alarmsOver(newMonitor(), stepsOf(columns(3000, 300, i => (i < 6 ? 0.13 : 0))))
    expect(alarms[0]).toMatchObject({ feature: '*', method: 'joint' })
    const named = alarms[0]!.contributors.slice(0, 4).map(({ name }) => names.indexOf(name))
    expect(named.filter(i => i < 6).length).toBeGreaterThanOrEqual(3)
  })
})

describe('awkward features', () => {
  it('a feature that never varies says nothing, and something if it begins to', () => {
    const { newMonitor, stepsOf } = monitorOver({
      constant: new Array<number>(4000).fill(3),
      rare: normals(4000, 20).map((_, i) => (i === 7 ? 1 : 0)),
    })
    const still = { constant: new Array<number>(4000).fill(3), rare: new Array<number>(4000).fill(0) }
    expect(alarmsOver(newMonitor(), stepsOf(still))).toEqual([])
    const often = { ...still, rare: still.rare.map((_, i) => (i > 2000 && i % 5 === 0 ? 1 : 0)) }
    expect(alarmsOver(newMonitor(), stepsOf(often))[0]).toMatchObject({ feature: 'rare' })
  })

  it('missing and endless numbers are left out', () => {
    const { newMonitor, stepsOf } = monitorOver({ x: normals(4000, 21) })
    const holes = normals(8000, 22).map((value, i) =>
      i % 3 === 0 ? Number.NaN : i % 7 === 0 ? Number.POSITIVE_INFINITY : value,
    )
    expect(alarmsOver(newMonitor(), stepsOf({ x: holes }))).toEqual([])
  })

  it('a clock that jumps changes no verdict', () => {
    const { newMonitor, stepsOf } = monitorOver({ x: normals(4000, 23) })
    const jumping = stepsOf({ x: normals(8000, 24) }, row => (row % 3200 === 0 ? 4e12 - row : row))
    expect(alarmsOver(newMonitor(), jumping)).toEqual([])
  })
})

it('goes on from a snapshot as if it had not stopped, wherever that is', () => {
  const { newMonitor, stepsOf, layout } = monitorOver({ a: normals(3000, 30), b: normals(3000, 31) })
  const steps = stepsOf({
    a: [...normals(4000, 32), ...normals(2000, 33, { mean: 0.6 })],
    b: [...normals(5000, 34), ...normals(1000, 35, { sd: 2 })],
  })
  const whole = newMonitor()
  const all = steps.flatMap(step => whole.add([step], []))
  expect(all.length).toBeGreaterThan(2)
  fc.assert(
    fc.property(fc.integer({ min: 0, max: steps.length - 1 }), cut => {
      const before = newMonitor()
      const found = steps.slice(0, cut).flatMap(step => before.add([step], []))
      const after = new DriftMonitor(layout)
      after.restore(JSON.parse(JSON.stringify(before.snapshot())))
      found.push(...steps.slice(cut).flatMap(step => after.add([step], [])))
      expect(found).toEqual(all)
    }),
    { numRuns: 15 },
  )
})
