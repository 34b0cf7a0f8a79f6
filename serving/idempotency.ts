import { createHash } from 'node:crypto'
import { NicrError } from '../schemas/errors.ts'

/**
 * Answers by Idempotency-Key: the same request again gets the same answer. A failed request is forgotten, so it can be
 * tried again. Bounded, in all and for each credential, so that none pushes the others' answers out; the oldest go first.
 */
export interface IdempotentAnswers<Answer> {
  /**
   * @param credential whose key it is: the same key of two credentials is two keys
   * @throws NicrError NICR_IDEMPOTENCY_CONFLICT where the key came with another body before, NICR_IDEMPOTENCY_IN_PROGRESS
   *   where the first request with it is not answered yet
   */
  once(
    credential: string,
    key: string,
    body: unknown,
    work: () => Promise<Answer>,
  ): Promise<{ readonly answer: Answer; readonly replayed: boolean }>
}

interface Remembered<Answer> {
  readonly credential: string
  readonly bodyDigest: string
  readonly at: number
  /** null while the request is on its way. */
  answer: { readonly value: Answer } | null
}

export function createIdempotentAnswers<Answer>(options: {
  readonly answersMax: number
  readonly answersPerCredentialMax: number
  readonly answerMs: number
  readonly now: () => number
}): IdempotentAnswers<Answer> {
  /** By name, in the order they came; and the names of each credential, in the same order. */
  const remembered = new Map<string, Remembered<Answer>>()
  const ofCredential = new Map<string, Set<string>>()

  function forget(name: string): void {
    const credential = remembered.get(name)?.credential
    if (credential === undefined) return
    remembered.delete(name)
    const names = ofCredential.get(credential)
    names?.delete(name)
    if (names?.size === 0) ofCredential.delete(credential)
  }

  function forgetOld(): void {
    const before = options.now() - options.answerMs
    for (const [name, { at }] of remembered) {
      if (at > before) return
      forget(name)
    }
  }

  function remember(name: string, one: Remembered<Answer>): void {
    const names = ofCredential.get(one.credential) ?? new Set()
    if (names.size >= options.answersPerCredentialMax) forget(names.values().next().value!)
    else if (remembered.size >= options.answersMax) forget(remembered.keys().next().value!)
    ofCredential.set(one.credential, names.add(name))
    remembered.set(name, one)
  }

  return {
    async once(credential, key, body, work) {
      forgetOld()
      const name = JSON.stringify([credential, key])
      const bodyDigest = createHash('sha256').update(JSON.stringify(body)).digest('base64url')
      const before = remembered.get(name)
      if (before !== undefined) return { answer: answerAgain(before, bodyDigest), replayed: true }
      const mine: Remembered<Answer> = { credential, bodyDigest, at: options.now(), answer: null }
      remember(name, mine)
      try {
        const value = await work()
        mine.answer = { value }
        return { answer: value, replayed: false }
      } catch (error) {
        if (remembered.get(name) === mine) forget(name)
        throw error
      }
    },
  }
}

function answerAgain<Answer>(before: Remembered<Answer>, bodyDigest: string): Answer {
  if (before.bodyDigest !== bodyDigest)
    throw new NicrError(
      'NICR_IDEMPOTENCY_CONFLICT',
      'this Idempotency-Key came with another body before; make a new one for each new request',
    )
  if (before.answer === null)
    throw new NicrError(
      'NICR_IDEMPOTENCY_IN_PROGRESS',
      'the first request with this Idempotency-Key is not answered yet; try again in a second',
    )
  return before.answer.value
}

/** A UUID (version 8) made from names: the same request gets the same id on whichever replica it arrives again. */
export function idFrom(...names: string[]): string {
  const hex = createHash('sha256').update(JSON.stringify(names)).digest('hex')
  const variant = ((Number.parseInt(hex[16]!, 16) & 0x3) | 0x8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
