import { beforeEach, expect, it } from 'vitest'
import { createDraftTracker, type DraftTracker } from '../../client/draft-tracker.ts'

let now: number
let draft: DraftTracker
beforeEach(() => {
  now = 0
  draft = createDraftTracker('d', () => now)
})

function write(text: string, niceness: number): void {
  draft.changed(text)
  draft.shown(text, niceness, 'v1')
}

it('does not count scores that the author types past', () => {
  for (const text of ['y', 'yo', 'you', 'you are', 'you are kind']) {
    write(text, text.length)
    now += 150
  }
  expect(draft.posted('you are kind', false)).toEqual({
    outcome: 'POSTED_AS_IS',
    nicenessFirst: 12,
    nicenessLast: 12,
    edits: 0,
    modelVersion: 'v1',
  })
})

it('counts a score that was rested under, and the changes since', () => {
  write('you idiot', 1)
  now += 400
  draft.changed('you')
  write('you are kind', 9)
  expect(draft.posted('you are kind', false)).toMatchObject({
    outcome: 'MODIFIED',
    nicenessFirst: 1,
    nicenessLast: 9,
    edits: 2,
  })
})

it('counts a score at once where the text is changed otherwise than by typing on', () => {
  write('you idiot', 1)
  write('you', 5)
  expect(draft.posted('you', false)).toMatchObject({ outcome: 'MODIFIED', nicenessFirst: 1, edits: 1 })
})

it('says POSTED_AS_IS of a text that was changed and changed back', () => {
  write('thanks', 7)
  now += 1000
  draft.changed('thank')
  draft.changed('thanks')
  expect(draft.posted('thanks', false)).toMatchObject({ outcome: 'POSTED_AS_IS', edits: 2 })
})

it('says IGNORED without a score, and with the meter dismissed whatever was shown', () => {
  draft.changed('thanks')
  expect(draft.posted('thanks', false)).toMatchObject({ outcome: 'IGNORED', nicenessFirst: null })
  draft.shown('thanks', 7, 'v1')
  expect(draft.posted('thanks', true)).toMatchObject({ outcome: 'IGNORED', nicenessFirst: 7 })
})

it('never gives out a text', () => {
  write('a secret', 5)
  expect(JSON.stringify([draft, draft.posted('a secret', false), draft.discarded()])).not.toContain('secret')
})
