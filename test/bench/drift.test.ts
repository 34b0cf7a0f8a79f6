import { describe, expect, it } from 'vitest'
import { driftReportCost } from '../../bench/drift-report-cost.ts'

describe('the cost of a report from stored profiles', () => {
  it('is that of one window over every post, with each method of each feature', () => {
    const { posts, features, slices, megabytes, seconds, figures } = driftReportCost(20_000)
    expect({ posts, features, slices }).toEqual({ posts: 20_000, features: 20, slices: 5 })
    // psi, ks, js, wasserstein and chi-square.
    expect(figures).toBe(20 * 5)
    // A thousand steps and more of 20 features in 5 slices cannot lie in less.
    expect(megabytes).toBeGreaterThan(0.5)
    expect(seconds).toBeGreaterThan(0)
  })
})
