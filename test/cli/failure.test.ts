import { pino } from 'pino'
import { afterEach, expect, it, vi } from 'vitest'
import { reportStop } from '../../cli/failure.ts'
import { NicrError } from '../../schemas/errors.ts'

afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = undefined
})

it('says in the log as JSON, with its code, why a process ended', () => {
  const lines: string[] = []
  const log = pino({ level: 'info' }, { write: line => void lines.push(line) })
  reportStop(
    log,
    'score-niceness',
    new NicrError('NICR_DEAD_LETTER_BUDGET', 'rejected 1001 records\nin a row'),
  )
  expect(lines.map(line => JSON.parse(line))).toMatchObject([
    {
      level: 60,
      processor: 'score-niceness',
      code: 'NICR_DEAD_LETTER_BUDGET',
      detail: 'rejected 1001 records\nin a row',
      msg: 'stopped for good',
    },
  ])
  expect(process.exitCode).toBe(1)
})

it('says it plainly where nothing is logged', () => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  reportStop(pino({ level: 'silent' }), 'serve', new Error('gone'))
  expect(write).toHaveBeenCalledWith(expect.stringMatching(/serve stopped: .*gone/))
  expect(process.exitCode).toBe(1)
})
