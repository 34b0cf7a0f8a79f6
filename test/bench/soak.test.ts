import { describe, expect, it } from 'vitest'
import { soakSvg } from '../../bench/soak/soak-picture.ts'
import { judgeSoak, measureAll, type SoakPoint } from '../../bench/soak/soak-verdict.ts'

/** A point a minute. */
function soak(minutes: number, measure: (minute: number) => number): SoakPoint[] {
  return Array.from({ length: minutes + 1 }, (_, at) => ({
    minutes: at,
    measures: { 'nicr MB': measure(at) },
  }))
}

const slacks = { 'nicr MB': { share: 0.1, least: 20 } }

describe('the verdict of a soak', () => {
  it('lets start what starts, and peaks pass', () => {
    const points = soak(120, at => (at < 20 ? 10 * at : 200 + (at % 10 === 0 ? 150 : 0)))
    expect(judgeSoak(points, slacks)).toEqual([
      { measure: 'nicr MB', early: 200, late: 200, highest: 350, isFlat: true },
    ])
  })

  it('sees a leak of a megabyte a minute', () => {
    const [memory] = judgeSoak(
      soak(120, at => 200 + at),
      slacks,
    )
    expect(memory).toMatchObject({ isFlat: false, early: 245, late: 305 })
  })

  it('calls nothing flat that was not measured', () => {
    const points = soak(20, () => 1).map(({ minutes }) => ({ minutes, measures: {} }))
    expect(judgeSoak(points, slacks)[0]!.isFlat).toBe(false)
  })

  it('does not judge a few minutes', () => {
    expect(() =>
      judgeSoak(
        soak(5, () => 1),
        slacks,
      ),
    ).toThrow(/too few/)
  })
})

it('a moment of a soak goes without what could not be measured then', async () => {
  const measures = await measureAll([
    async () => ({ 'nicr MB': 200, 'heap MB': Number.NaN }),
    () => Promise.reject(new Error('the broker is slow')),
    async () => ({ 'ClickHouse parts': 40 }),
  ])
  expect(measures).toEqual({ 'nicr MB': 200, 'ClickHouse parts': 40 })
  const points = [...soak(20, () => 200), { minutes: 21, measures: {} }]
  expect(judgeSoak(points, slacks)[0]).toMatchObject({ isFlat: true, late: 200 })
})

it('draws each measure over the minutes', () => {
  const svg = soakSvg(soak(10, at => 100 + at))
  expect(svg).toContain('Memory, MB')
  expect(svg).toContain('>nicr</text>')
  expect(svg).toContain('10 minutes')
  expect(() => soakSvg([])).toThrow(/two points/)
})
