import { describe, expect, it } from 'vitest'
import { runGroups } from '../../../processors/encoder/run-groups.ts'

describe('texts that are run together', () => {
  it('are of a like length, so that little is filled up', () => {
    expect(runGroups([10, 50, 9, 10, 52])).toEqual([
      [2, 0, 3],
      [1, 4],
    ])
  })

  it('are at most sixteen, and so many tokens that nobody waits long', () => {
    expect(runGroups(Array<number>(40).fill(8)).map(({ length }) => length)).toEqual([16, 16, 8])
    expect(runGroups(Array<number>(12).fill(512)).map(({ length }) => length)).toEqual([8, 4])
  })

  it('are all there once, and a text that is longer than any run is run alone', () => {
    const lengths = [9000, 3, 0, 700, 3]
    const groups = runGroups(lengths)
    expect(groups.flat().toSorted()).toEqual([0, 1, 2, 3, 4])
    expect(groups.at(-1)).toEqual([0])
    expect(runGroups([])).toEqual([])
  })
})
