import { describe, expect, it } from 'vitest'
import { createIdempotentAnswers, idFrom } from '../../serving/idempotency.ts'

describe('idempotent answers', () => {
  it('are forgotten when they are old, or too many, the oldest first', async () => {
    let now = 0
    let worked = 0
    const answers = createIdempotentAnswers<number>({ answersMax: 2, answerMs: 100, now: () => now })
    const once = async (key: string) => (await answers.once(key, {}, async () => ++worked)).answer
    expect([await once('a'), await once('b'), await once('a')]).toEqual([1, 2, 1])
    expect([await once('c'), await once('b'), await once('a')]).toEqual([3, 2, 4])
    now = 100
    expect(await once('a')).toBe(5)
  })

  it('make the same id of the same names, and another of others', () => {
    expect(idFrom('key', '/v1/content', 'x')).toBe(idFrom('key', '/v1/content', 'x'))
    expect(idFrom('key', '/v1/content', 'x')).not.toBe(idFrom('key', '/v1/content', 'y'))
    expect(idFrom('a')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })
})
