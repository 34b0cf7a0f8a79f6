import { describe, expect, it } from 'vitest'
import { createDraftTurns } from '../../serving/draft-turns.ts'
import { createDraftDesk, type DraftDeskOptions, type DraftText } from '../../serving/live-drafts.ts'
import { wordScorer } from './fake-parts.ts'

const textOf = (seq: number, id = 'd'): DraftText => ({
  id,
  seq,
  text: `thanks ${seq}`,
  language: null,
  receivedAt: 0,
})

function createDesk(options: Partial<DraftDeskOptions> = {}) {
  const log: string[] = []
  const desk = createDraftDesk({
    score: ({ id, seq, text }) => {
      log.push(`score ${id} ${seq}`)
      return wordScorer.score(text, { language: null })
    },
    answer: ({ id, seq }) => void log.push(`answer ${id} ${seq}`),
    fail: ({ id, seq }, code) => void log.push(`${code} ${id} ${seq}`),
    report: () => undefined,
    skipped: () => void log.push('skip'),
    turns: createDraftTurns(5),
    draftsMax: 2,
    ...options,
  })
  return { desk, log }
}

describe('drafts of a socket', () => {
  it('that arrived together are scored once, at their latest text', async () => {
    const { desk, log } = createDesk()
    for (let seq = 0; seq < 3; seq++) desk.receive(textOf(seq))
    desk.receive(textOf(0, 'e'))
    await expect.poll(() => log.filter(line => line.startsWith('answer'))).toHaveLength(2)
    // Whether the first is answered before the second is scored is the turn's to say: it ends with its time.
    expect(log.filter(line => !line.startsWith('answer'))).toEqual(['skip', 'skip', 'score d 2', 'score e 0'])
    expect(log.filter(line => line.startsWith('answer'))).toEqual(['answer d 2', 'answer e 0'])
  })

  it('are not scored any more once the socket is gone', async () => {
    const { desk, log } = createDesk()
    desk.receive(textOf(0))
    desk.close()
    await new Promise(setImmediate)
    await new Promise(setImmediate)
    expect(log).toEqual([])
  })

  it('are refused where too many wait, and none of those that wait is lost for it', async () => {
    const { desk, log } = createDesk()
    for (const id of ['a', 'b', 'c']) desk.receive(textOf(0, id))
    await expect.poll(() => log).toContain('answer b 0')
    expect(log[0]).toBe('NICR_RATE_LIMITED c 0')
    expect(log).toContain('answer a 0')
  })

  it('are known to the models as one draft each, until they are settled', () => {
    const known: object[] = []
    const turns = { add: (draft: { score(): void }) => draft.score() }
    const score = (_: unknown, draft: object) => {
      known.push(draft)
      return []
    }
    const { desk } = createDesk({ turns, score })
    for (const [seq, id] of ['a', 'a', 'b'].entries()) desk.receive(textOf(seq, id))
    desk.settle('a')
    desk.receive(textOf(3, 'a'))
    expect(known[1]).toBe(known[0])
    expect(new Set(known).size).toBe(3)
  })

  it('are answered at once by models that answer at once', async () => {
    const { desk, log } = createDesk({ score: () => [] })
    desk.receive(textOf(0))
    expect(log).toEqual([])
    await new Promise(setImmediate)
    expect(log).toEqual(['answer d 0'])
  })
})
