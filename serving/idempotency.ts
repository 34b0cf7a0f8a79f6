import { createHash } from 'node:crypto'
import { NicrError } from '../schemas/errors.ts'

/**
 * Answers by Idempotency-Key: the same request again gets the same answer, also while the first is still on its way.
 * A failed request is forgotten, so it can be tried again. Bounded; the oldest answer goes first.
 */
export interface IdempotentAnswers<Answer> {
  /** @throws NicrError NICR_IDEMPOTENCY_CONFLICT where the key came with another body before */
  once(
    key: string,
    body: unknown,
    work: () => Promise<Answer>,
  ): Promise<{ readonly answer: Answer; readonly replayed: boolean }>
}

interface Remembered<Answer> {
  readonly bodyDigest: string
  readonly answer: Promise<Answer>
  readonly at: number
}

export function createIdempotentAnswers<Answer>(options: {
  readonly answersMax: number
  readonly answerMs: number
  readonly now: () => number
}): IdempotentAnswers<Answer> {
  const remembered = new Map<string, Remembered<Answer>>()

  /** Drops what is too old, and as many more of the oldest as there must be room for. */
  function forget(room: number): void {
    for (const [key, { at }] of remembered) {
      if (remembered.size + room <= options.answersMax && at > options.now() - options.answerMs) return
      remembered.delete(key)
    }
  }

  return {
    async once(key, body, work) {
      forget(0)
      const bodyDigest = createHash('sha256').update(JSON.stringify(body)).digest('base64url')
      const before = remembered.get(key)
      if (before !== undefined) {
        if (before.bodyDigest !== bodyDigest)
          throw new NicrError(
            'NICR_IDEMPOTENCY_CONFLICT',
            'this Idempotency-Key came with another body before; make a new one',
          )
        return { answer: await before.answer, replayed: true }
      }
      forget(1)
      const answer = work()
      remembered.set(key, { bodyDigest, answer, at: options.now() })
      try {
        return { answer: await answer, replayed: false }
      } catch (error) {
        remembered.delete(key)
        throw error
      }
    },
  }
}

/** A UUID (version 8) made from names: the same request gets the same id on whichever replica it arrives again. */
export function idFrom(...names: string[]): string {
  const hex = createHash('sha256').update(JSON.stringify(names)).digest('hex')
  const variant = ((Number.parseInt(hex[16]!, 16) & 0x3) | 0x8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
