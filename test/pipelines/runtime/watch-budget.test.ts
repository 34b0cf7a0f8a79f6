import { expect, it } from 'vitest'
import { WATCHED_EVERY, WatchBudget } from '../../../pipelines/runtime/watch-budget.ts'

function watched(budget: WatchBudget, from: number, count: number): number {
  return Array.from({ length: count }, (_, i) => from + i).filter(offset => budget.takes(offset)).length
}

it('watches every record of a replay of some thousands, then one in so many', () => {
  const budget = new WatchBudget()
  budget.refill(0)
  expect(watched(budget, 0, 5000)).toBe(5000)
  expect(watched(budget, 5000, 32_000)).toBe(32_000 / WATCHED_EVERY)
})

it('watches every record of a platform of 50 posts a second, however long', () => {
  const budget = new WatchBudget()
  let offset = 0
  for (let second = 0; second < 1000; second++) {
    budget.refill(second * 1000)
    expect(watched(budget, offset, 50)).toBe(50)
    offset += 50
  }
})

it('costs about the same at 1,000 a second as at 10,000', () => {
  const perSecond = (rate: number) => {
    const budget = new WatchBudget()
    let seen = 0
    for (let second = 0; second < 200; second++) {
      budget.refill(second * 1000)
      const own = watched(budget, second * rate, rate)
      if (second >= 100) seen += own
    }
    return seen / 100
  }
  expect(perSecond(1000)).toBeLessThan(85)
  expect(perSecond(10_000)).toBeLessThan(370)
})

it('is not refilled by a clock that goes back, nor beyond its size by one that jumps', () => {
  const budget = new WatchBudget()
  budget.refill(10_000)
  watched(budget, 0, 5000)
  budget.refill(0)
  expect(watched(budget, 1, 31)).toBe(0)
  budget.refill(1e12)
  expect(watched(budget, 1, 6000)).toBeLessThan(5100)
})
