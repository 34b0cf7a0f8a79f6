const TIMED_ROUNDS = 15

/** The second's shortest time over the first's, taken in turn. */
export function timesAsLong(first: () => void, second: () => void): number {
  const shortest = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (let round = 0; round < TIMED_ROUNDS; round++)
    for (const [i, work] of [first, second].entries()) {
      const start = performance.now()
      work()
      shortest[i] = Math.min(shortest[i]!, performance.now() - start)
    }
  return shortest[1]! / shortest[0]!
}
