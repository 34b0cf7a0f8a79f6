import { describe, expect, it } from 'vitest'
import { judgeAnswers } from '../../demo/accuracy.ts'
import type { HeldOutRow } from '../../demo/community/held-out.ts'
import { clock, createNarrator } from '../../demo/narrator.ts'
import { isNamed, recoveredShare, summaryOf } from '../../demo/outcome.ts'
import { Story } from '../../demo/story.ts'

/** The figures at the end of the demo. */

const row = (niceness: number): HeldOutRow => ({
  id: `row ${niceness}`,
  text: 'a text',
  truth: { niceness, spam: false, toxic: false, surface: niceness, slang: [] },
})

it('judges answers by their class and their distance; no answer is the worst', () => {
  const rows = [row(1), row(5), row(9), row(8)]
  const answers = [
    { niceness: 2, label: 'unkind' },
    { niceness: 7, label: 'kind' },
    { niceness: 8, label: 'kind' },
  ]
  expect(judgeAnswers(rows, answers)).toEqual({ right: 0.5, error: (1 + 2 + 1 + 10) / 4 })
})

describe('what is recovered', () => {
  it.each([
    [0.9, 0.4, 0.4, 0],
    [0.9, 0.4, 0.8, 0.8],
    [0.9, 0.4, 0.95, 1.1],
    [0.9, 0.4, 0.3, -0.2],
  ])('of %d before and %d under drift, with %d after, is %d', (ordinary, newLanguage, after, share) => {
    expect(recoveredShare({ ordinary, newLanguage }, { newLanguage: after })).toBeCloseTo(share)
  })

  it('is nothing to speak of where nothing was lost', () => {
    expect(recoveredShare({ ordinary: 0.8, newLanguage: 0.8 }, { newLanguage: 0.9 })).toBeNull()
  })
})

it('counts an expression as named by itself, or by a word of it', () => {
  expect(isNamed('snorp', ['blib', 'snorp'])).toBe(true)
  expect(isNamed('monday table', ['table'])).toBe(true)
  expect(isNamed('snorp', ['snorpy'])).toBe(false)
})

it('sums up with a table and the whole way', () => {
  const { progress } = new Story({ kind: 'niceness', published: () => ({ contents: 0, inSlang: 0 }) })
  const before = { newLanguage: 0.4, ordinary: 0.9, newLanguageError: 2.5, ordinaryError: 1, version: '2' }
  const text = summaryOf({
    before,
    after: { ...before, newLanguage: 0.85, newLanguageError: 1.1, version: '3' },
    rows: 400,
    progress: {
      ...progress,
      alarmAfter: 140,
      words: ['snorp'],
      labels: 300,
      requestedAt: 1000,
      promotedAt: 91_000,
    },
    slang: ['snorp', 'blib'],
    answers: 420,
    sinceDriftMs: 150_000,
    elapsedMs: 200_000,
  })
  for (const part of [
    '+45.0 points',
    'Alarm after 140',
    '1 of its 2',
    '300 contents labelled in 420 answers',
    'promotion: 90 s',
    '90 % is back',
    '± 3.5 and ± 2.9 points',
    '150 s; from the start: 200 s',
  ])
    expect(text).toContain(part)
})

describe('at the terminal', () => {
  const narrated = (isTTY: boolean) => {
    const written: string[] = []
    const output = { isTTY, columns: 60, write: (text: string) => written.push(text) }
    const narrator = createNarrator(output as unknown as NodeJS.WriteStream, () => 187_900)
    narrator.show(`status ${'x'.repeat(100)}`)
    narrator.say('something happened')
    return written
  }

  it('shows what is the case now in one line that gives way', () => {
    const [status, cleared, line] = narrated(true)
    // The line's own control letters are not shown.
    expect(status!.replace('\r\u001b[2K', '')).toHaveLength(59)
    expect(cleared).toBe('\r\u001b[2K')
    expect(line).toBe('3:07  something happened\n')
  })

  it('shows nothing that lives where there is none', () => {
    expect(narrated(false)).toEqual(['3:07  something happened\n'])
  })

  it('tells time in minutes and seconds', () => {
    expect([0, 59_999, 60_000, 725_000].map(clock)).toEqual(['0:00', '0:59', '1:00', '12:05'])
  })
})
