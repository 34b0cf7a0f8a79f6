import { setTimeout as delay } from 'node:timers/promises'
import type { Acknowledged } from './traffic.ts'

const AGAIN_MS = 100
const ANSWER_MS_MAX = 15_000

/**
 * A platform's backend that posts contents to `POST /v1/content` one after the other, each again under its Idempotency-Key until it
 * is told that it was taken.
 */
export class Posting {
  readonly acknowledged: Acknowledged[] = []
  private readonly urlOf: () => string | undefined
  private readonly key: string
  private next = 0

  /** @param urlOf where the server is now; undefined while there is none */
  constructor(urlOf: () => string | undefined, key: string) {
    this.urlOf = urlOf
    this.key = key
  }

  async post(count: number): Promise<void> {
    for (const end = this.next + count; this.next < end; this.next++)
      await this.postUntilTaken(`p${this.next}`)
  }

  private async postUntilTaken(id: string): Promise<void> {
    const body = JSON.stringify({ id, author: 'ada', text: `thank you for ${id}`, kind: 'POST' })
    const headers = {
      authorization: `Bearer ${this.key}`,
      'content-type': 'application/json',
      'idempotency-key': id,
    }
    for (;;) {
      const taken = await this.take(body, headers)
      if (taken !== null) return void this.acknowledged.push({ topic: 'content', key: id, ...taken })
      await delay(AGAIN_MS)
    }
  }

  /** Null where the server is away, or says that it may be tried again. @throws what else it says */
  private async take(
    body: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<{ partition: number; offset: number } | null> {
    const signal = AbortSignal.timeout(ANSWER_MS_MAX)
    const answer = await fetch(`${this.urlOf()}/v1/content`, { method: 'POST', body, headers, signal }).catch(
      () => null,
    )
    if (answer === null) return null
    const text = await answer.text().catch(() => null)
    if (text === null || [409, 429, 503].includes(answer.status)) return null
    if (answer.status !== 202) throw new Error(`it answered ${answer.status}: ${text}`)
    const { partition, offset } = JSON.parse(text) as { partition: number; offset: number }
    return { partition, offset }
  }
}
