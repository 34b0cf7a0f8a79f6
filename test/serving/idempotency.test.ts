import { describe, expect, it } from 'vitest'
import { createIdempotentAnswers, idFrom } from '../../serving/idempotency.ts'

describe('idempotent answers', () => {
  it('are forgotten when they are old, or too many, the oldest first', async () => {
    const { once, at } = counted({ answersMax: 2, answersPerCredentialMax: 9 })
    expect([await once('a'), await once('b'), await once('a')]).toEqual([1, 2, 1])
    expect([await once('c'), await once('b'), await once('a')]).toEqual([3, 2, 4])
    at(100)
    expect(await once('a')).toBe(5)
  })

  it('of one credential push out none of another, and the same key of both is two', async () => {
    const { once } = counted({ answersMax: 9, answersPerCredentialMax: 2 })
    expect([await once('a', 'ann'), await once('a', 'bob')]).toEqual([1, 2])
    for (const key of ['b', 'c', 'd']) await once(key, 'bob')
    expect([await once('a', 'ann'), await once('d', 'bob'), await once('a', 'bob')]).toEqual([1, 5, 6])
  })

  it('are refused to another body, and while the first is on its way', async () => {
    const answers = createIdempotentAnswers<string>({ ...bounds, now: () => 0 })
    let finish = (_answer: string) => {}
    const first = answers.once('ann', 'k', { text: 'a' }, () => new Promise(resolve => (finish = resolve)))
    const again = (body: unknown) => answers.once('ann', 'k', body, async () => 'never')
    await expect(again({ text: 'a' })).rejects.toMatchObject({ code: 'NICR_IDEMPOTENCY_IN_PROGRESS' })
    await expect(again({ text: 'b' })).rejects.toMatchObject({ code: 'NICR_IDEMPOTENCY_CONFLICT' })
    finish('done')
    expect(await first).toEqual({ answer: 'done', replayed: false })
    expect(await again({ text: 'a' })).toEqual({ answer: 'done', replayed: true })
  })

  it('make the same id of the same names, and another of others', () => {
    expect(idFrom('key', '/v1/content', 'x')).toBe(idFrom('key', '/v1/content', 'x'))
    expect(idFrom('key', '/v1/content', 'x')).not.toBe(idFrom('key', '/v1/content', 'y'))
    expect(idFrom('a')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })
})

const bounds = { answersMax: 9, answersPerCredentialMax: 9, answerMs: 100 }

/** Answers that count how often the work was done, and a clock to set. */
function counted(some: Partial<typeof bounds>) {
  let now = 0
  let worked = 0
  const answers = createIdempotentAnswers<number>({ ...bounds, ...some, now: () => now })
  return {
    once: async (key: string, credential = 'ann') =>
      (await answers.once(credential, key, {}, async () => ++worked)).answer,
    at: (ms: number) => {
      now = ms
    },
  }
}
