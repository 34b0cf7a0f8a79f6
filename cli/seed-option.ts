import { InvalidArgumentError } from 'commander'

const SEED_MAX = 2 ** 32 - 1

/** The option of commands that draw from a seed, for Commander. */
export const SEED_OPTION = ['--seed <n>', `whole number from 0 to ${SEED_MAX}`, parseSeed, 1] as const

function parseSeed(value: string): number {
  const seed = Number(value)
  if (/^\d+$/.test(value) && seed <= SEED_MAX) return seed
  throw new InvalidArgumentError(`a seed is a whole number from 0 to ${SEED_MAX}.`)
}
