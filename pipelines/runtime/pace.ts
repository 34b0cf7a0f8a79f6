import { setTimeout as delay } from 'node:timers/promises'

/** Bounds how many records a second are begun, over all that share it. */
export class Pace {
  private readonly rate: number
  private readonly now: () => number
  private readonly wait: (ms: number) => Promise<void>
  private freeAt = Number.NEGATIVE_INFINITY

  /** @param rate records a second; `now`: a monotonic clock in ms */
  constructor(
    rate: number,
    parts: { readonly now: () => number; readonly wait: (ms: number) => Promise<void> },
  ) {
    this.rate = rate
    this.now = parts.now
    this.wait = parts.wait
  }

  /** Resolves when so many records may be begun. */
  async take(records: number): Promise<void> {
    const now = this.now()
    const startsAt = Math.max(now, this.freeAt)
    this.freeAt = startsAt + (records / this.rate) * 1000
    if (startsAt > now) await this.wait(startsAt - now)
  }
}

/** Waits, or returns at once when the signal is given. */
export function waitUnless(signal: AbortSignal): (ms: number) => Promise<void> {
  return ms => delay(ms, undefined, { signal }).catch(() => undefined)
}
