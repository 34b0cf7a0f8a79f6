const TIMED_ROUNDS = 15

/** The second's shortest time over the first's, taken in turn. @param besidesMs what either takes besides */
export function timesAsLong(first: () => void, second: () => void, besidesMs = 0): number {
  const shortest = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (let round = 0; round < TIMED_ROUNDS; round++)
    for (const [i, work] of [first, second].entries()) {
      const start = performance.now()
      work()
      shortest[i] = Math.min(shortest[i]!, performance.now() - start)
    }
  return (besidesMs + shortest[1]!) / (besidesMs + shortest[0]!)
}
