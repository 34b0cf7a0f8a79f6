import { describe, expect, it } from 'vitest'
import { contentEvents, idOf, indexOfId, peerEvents } from '../../bench/content-events.ts'
import { checksumOf, predictSmall } from '../../bench/small-model.ts'

describe('the small model of the benchmark', () => {
  it('gives the checksum that every peer gave for 200,000 events, so that rates are for the same work', () => {
    let checksum = 0
    for (const { text } of contentEvents(200_000)) checksum += checksumOf(predictSmall(text))
    expect(checksum).toBe(9_334_158_487)
  })

  it('gives the middle of both scales to a text without a word', () => {
    expect(predictSmall('')).toEqual({ niceness: 5, spam: 0.5 })
    expect(predictSmall('  ')).toEqual({ niceness: 5, spam: 0.5 })
  })

  it('names events by their number', () => {
    const ids = [...contentEvents(3)].map(({ id }) => id)
    expect(ids).toEqual([idOf(0), idOf(1), idOf(2)])
    expect(ids.map(indexOfId)).toEqual([0, 1, 2])
  })
})

describe('the peers’ records', () => {
  it('are the same events as ours: the same texts, with kinds of their own', () => {
    const ours = [...contentEvents(300)]
    const theirs = [...peerEvents(300)]
    expect(theirs.map(({ text }) => text)).toEqual(ours.map(({ text }) => text))
    expect(theirs.map(({ created_at }) => created_at)).toEqual(ours.map(({ at }) => at))
    expect(new Set(theirs.map(({ kind }) => kind))).toEqual(new Set(['post', 'comment', 'message']))
    expect(theirs.map(({ kind }) => kind === 'post')).toEqual(ours.map(({ kind }) => kind === 'POST'))
  })
})
