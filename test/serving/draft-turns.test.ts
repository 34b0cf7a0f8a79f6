import { expect, it } from 'vitest'
import { createDraftTurns } from '../../serving/draft-turns.ts'

it('drafts are scored in order of arrival, and what comes in meanwhile is not kept waiting for all of them', async () => {
  const turns = createDraftTurns(0)
  const log: string[] = []
  for (const name of ['a', 'b', 'c']) turns.add({ score: () => void log.push(name) })
  await new Promise(setImmediate)
  log.push('others')
  await expect.poll(() => log).toHaveLength(4)
  expect(log).toEqual(['a', 'others', 'b', 'c'])
  turns.add({ score: () => void log.push('d') })
  await expect.poll(() => log.at(-1)).toBe('d')
})
