import { expect, it } from 'vitest'
import { RunPace } from '../../../../pipelines/runtime/inference/encoder/run-pace.ts'

it('the pace of an encoder is what texts and runs took of late, and one run that hung says little', () => {
  const pace = new RunPace()
  expect(pace.msOf(100, 10)).toBe(0)
  for (let i = 0; i < 40; i++) pace.note(10, 25, 20)
  expect(pace.msOf(1, 0)).toBeCloseTo(2, 1)
  expect(pace.msOf(0, 1)).toBeCloseTo(5, 1)
  expect(pace.msOf(32, 2)).toBeCloseTo(74, 0)
  pace.note(1, 60_000, 60_000)
  expect(pace.msOf(1, 0)).toBeLessThan(4)
  // What stays slow is believed soon.
  for (let i = 0; i < 40; i++) pace.note(10, 505, 500)
  expect(pace.msOf(1, 0)).toBeGreaterThan(45)
})
