import { expect, it } from 'vitest'
import { deriveId, hashId, scoreId, withId } from '../../schemas/ids.ts'

const score = {
  contentId: 'c1',
  revision: 2,
  kind: 'niceness',
  modelVersion: '2026-01-01',
  alias: 'CHAMPION',
} as const

it('gives the same score the same id, on every machine and in every version', () => {
  expect(scoreId(score)).toBe('152aefa567c335942036140581eae040')
})

it.each([
  { contentId: 'c2' },
  { revision: 3 },
  { kind: 'text-spam' },
  { modelVersion: '2026-01-02' },
  { alias: 'CHALLENGER' },
] as const)('gives another id to a score with %o', change => {
  expect(scoreId({ ...score, ...change })).not.toBe(scoreId(score))
})

it('keeps the parts of an id apart', () => {
  expect(hashId([1, 23])).not.toBe(hashId([12, 3]))
})

it('derives an id only where the producer left it empty', () => {
  const position = { topic: 'nicr.votes', partition: 3, offset: 42 }
  expect(deriveId(position)).toBe('nicr.votes:3:42')
  expect(withId({ id: '', value: 1 }, position)).toEqual({ id: 'nicr.votes:3:42', value: 1 })
  const own = { id: 'v1', value: 1 }
  expect(withId(own, position)).toBe(own)
})
