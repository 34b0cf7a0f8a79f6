import { InvalidArgumentError } from 'commander'

const SEED_MAX = 2 ** 32 - 1

/** The option of commands that draw from a seed, for Commander. */
export const SEED_OPTION = ['--seed <n>', `whole number from 0 to ${SEED_MAX}`, parseSeed, 1] as const

/** @throws InvalidArgumentError for what is no whole number from 0 to 2^32 - 1 */
export function parseSeed(value: string): number {
  const seed = Number(value)
  if (/^\d+$/.test(value) && seed <= SEED_MAX) return seed
  throw new InvalidArgumentError(`a seed is a whole number from 0 to ${SEED_MAX}.`)
}

/** @throws InvalidArgumentError for what is no whole number above 0 */
export function parseCount(value: string): number {
  const count = Number(value)
  if (/^\d+$/.test(value) && Number.isSafeInteger(count) && count > 0) return count
  throw new InvalidArgumentError('a whole number above 0.')
}
