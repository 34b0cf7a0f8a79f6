import { expect, it } from 'vitest'
import { waitMs } from '../../client/backoff.ts'

const limits = { waitMinMs: 500, waitMaxMs: 30_000, waitHintMaxMs: 60_000 }
const wait = (attempts: number, chance: number, reason = '') => waitMs(attempts, reason, limits, () => chance)

it('doubles up to the longest wait, half of it by chance', () => {
  expect([0, 1, 2, 5, 6, 100, 10_000].map(attempts => wait(attempts, 1))).toEqual([
    500, 1000, 2000, 16_000, 30_000, 30_000, 30_000,
  ])
  expect(wait(3, 0)).toBe(2000)
})

it('is never back before the server said, nor much later than a bound', () => {
  expect(wait(0, 0, 'shutting down; retry-after=2')).toBe(2000)
  expect(wait(0, 1, 'shutting down; retry-after=2')).toBe(2500)
  expect(wait(0, 0, 'retry-after=999999')).toBe(60_000)
})
