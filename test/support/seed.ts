import { randomInt } from 'node:crypto'

/** The seed of a test's choices: what the environment variable says, to repeat a failure, or a new one. */
export function seedOf(variable: string): number {
  return Number(process.env[variable] ?? randomInt(2 ** 31))
}

/**
 * Numbers from 0 up to 1 that follow from the seed (mulberry32).
 *
 * Source: https://gist.github.com/tommyettinger/46a874533244883189143505d203312c
 */
export function randomOf(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
