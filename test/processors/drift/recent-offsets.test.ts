import fc from 'fast-check'
import { expect, it } from 'vitest'
import { RecentOffsets } from '../../../processors/drift/recent-offsets.ts'

it('remembers the same after a restart that read again what it asked for', () => {
  const keys = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 60 })
  fc.assert(
    fc.property(keys, fc.nat(), fc.integer({ min: 1, max: 12 }), (log, cut, offsets) => {
      const committed = log.length === 0 ? 0 : cut % log.length
      const said = (recent: RecentOffsets<number>, from: number, to: number) =>
        log.slice(from, to).map((key, i) => {
          const before = recent.get([key], from + i)
          recent.set([key], from + i, from + i)
          return before
        })
      const whole = said(new RecentOffsets(offsets), 0, log.length)
      const restarted = new RecentOffsets<number>(offsets)
      said(restarted, restarted.resumeFrom(committed), committed)
      expect(said(restarted, committed, log.length)).toEqual(whole.slice(committed))
    }),
  )
})

it('holds few more than its offsets, whatever comes, and knows long keys', () => {
  const recent = new RecentOffsets<number>(100)
  for (let offset = 0; offset < 1000; offset++) recent.set(['x'.repeat(5000), String(offset)], offset, offset)
  expect(recent.size).toBeLessThan(200)
  expect(recent.get(['x'.repeat(5000), '950'], 1000)).toBe(950)
  expect(recent.get(['x'.repeat(5000), '899'], 1000)).toBeUndefined()
})
