import { expect, it } from 'vitest'
import type { Status } from '../../cli/status.ts'
import { statusText } from '../../cli/status-text.ts'

const quiet: Status = {
  parts: { kafka: { ready: true, detail: 'k:9092' }, server: { ready: true, detail: 'http://s:8080' } },
  notReady: [],
  lag: { 'score-niceness': 0 },
  members: { 'score-niceness': 2, retrain: 1 },
  models: { niceness: '2' },
  loop: [],
  deadLetters: [],
}

it('says of a quiet night that nothing is wrong, without capitals', () => {
  const text = statusText(quiet)
  expect(text).toContain('score-niceness     caught up, 2 members\n')
  expect(text).toContain('retrain            1 member\n')
  expect(text).toContain('dead letters       none in the last hour\n')
  expect(text).not.toMatch(/[A-Z]{4}/)
})

it('says what is wrong in capitals: parts, members, pauses, letters', () => {
  const text = statusText({
    ...quiet,
    parts: { clickhouse: { ready: false, detail: 'http://c:8123: no answer' } },
    notReady: [
      {
        part: 'clickhouse',
        ready: false,
        needed: false,
        since: '2026-01-01T03:00:00.000Z',
        detail: 'no answer',
      },
      { part: 'kafka', ready: false, needed: true, since: '2026-01-01T03:01:00.000Z', detail: 'refused' },
    ],
    lag: { 'score-niceness': 41_000 },
    members: { 'score-niceness': 0 },
    loop: [{ kind: 'niceness', paused: { by: 'ada', reason: 'a wave' } as never, requests: [] }],
    deadLetters: [
      { processor: 'score-niceness', code: 'NICR_TEXT_TOO_LONG', count: 12, lastAt: '2026-01-01T02:59:00Z' },
    ],
  })
  expect(text).toContain('clickhouse         AWAY  http://c:8123: no answer\n')
  expect(text).toContain('without clickhouse since 2026-01-01T03:00:00.000Z: no answer\n')
  expect(text).toContain('NOT READY kafka since 2026-01-01T03:01:00.000Z: refused\n')
  expect(text).toContain('score-niceness     41000 records behind, NO MEMBER\n')
  expect(text).toContain('niceness           PAUSED by ada: a wave\n')
  expect(text).toContain(
    'dead letters       12 in the last hour: score-niceness NICR_TEXT_TOO_LONG, the last at 2026-01-01T02:59:00Z\n',
  )
})

it('says what it does not know', () => {
  const text = statusText({
    ...quiet,
    notReady: null,
    lag: { 'score-niceness': null },
    members: { 'score-niceness': null },
    models: { niceness: null },
    loop: null,
    deadLetters: null,
  })
  expect(text.match(/not known/g)).toHaveLength(3)
  expect(text).toContain('score-niceness     nothing read yet\n')
})
