import { expect, it } from 'vitest'
import { movedAlong, verdictOf, wordsThatMatter } from '../../../client/meter/words.ts'

const reason = (start: number | null, end: number | null, weight: number) => ({
  start,
  end,
  weight,
  source: 'TEXT',
  text: null,
  without: 5,
})
const text = 'you stupid idiot, thanks'

it('leaves out what hardly matters, what is not of the text, and the lighter of two that overlap', () => {
  const reasons = [reason(4, 10, -2), reason(4, 16, -1), reason(null, null, 3), reason(18, 24, 0.1)]
  expect(wordsThatMatter(text, reasons)).toEqual([
    { start: 4, end: 10, text: 'stupid', lowers: true, without: 5 },
  ])
})

it('leaves out words that weigh little beside the heaviest', () => {
  const found = wordsThatMatter(text, [reason(4, 10, -3), reason(11, 16, -0.5), reason(18, 24, 0.7)])
  expect(found.map(word => word.text)).toEqual(['stupid', 'thanks'])
})

it('moves words along with a change before them, and drops those it touches', () => {
  const words = wordsThatMatter(text, [reason(4, 10, -2), reason(11, 16, -2), reason(18, 24, 2)])
  const moved = (after: string) =>
    movedAlong(words, text, after).map(({ start, end, text: word }) => [after.slice(start, end), word])
  expect(moved('oh, you stupid idiot, thanks')).toEqual([
    ['stupid', 'stupid'],
    ['idiot', 'idiot'],
    ['thanks', 'thanks'],
  ])
  expect(moved('you silly idiot, thanks')).toEqual([
    ['idiot', 'idiot'],
    ['thanks', 'thanks'],
  ])
  expect(moved('')).toEqual([])
  expect(moved('thanks')).toEqual([['thanks', 'thanks']])
})

it('says in a sentence how a text reads, and that it looks like spam', () => {
  expect(verdictOf('kind', 8, 0.1)).toBe('Reads as kind.')
  expect(verdictOf(null, 3.9, 0.97)).toBe('Reads as unkind. It also looks like spam (97 %).')
})
