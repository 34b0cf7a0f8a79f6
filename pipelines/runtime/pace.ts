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

export interface BesideLive {
  /** Records that the live processor has still to read. */
  readonly lagOf: () => Promise<number>
  /** A live processor that is further behind than this is not held up. */
  readonly lagMax: number
  /** How often the lag is asked for, ms. */
  readonly everyMs: number
  /** A monotonic clock in ms. */
  readonly now: () => number
  readonly wait: (ms: number) => Promise<void>
  /** Whether nothing is waited for any more. */
  readonly isStopped: () => boolean
  /** Told once of each time that it begins to wait. */
  readonly onWaiting?: ((lag: number) => void) | undefined
}

/**
 * Takes records as `pace` does, and none while the live processor is behind: all who ask wait for it together, and are paced anew
 * after it. @returns resolves when so many records may be begun; rejects as `lagOf` does
 */
export function paceBesideLive(
  pace: Pace,
  { lagOf, lagMax, everyMs, now, wait, isStopped, onWaiting }: BesideLive,
): (records: number) => Promise<void> {
  let askedAt = Number.NEGATIVE_INFINITY
  let asking: Promise<boolean> | null = null
  const yieldToLive = async (): Promise<boolean> => {
    let lag = await lagOf()
    const isBehind = lag > lagMax
    if (isBehind) onWaiting?.(lag)
    while (lag > lagMax && !isStopped()) {
      await wait(everyMs)
      lag = await lagOf()
    }
    askedAt = now()
    return isBehind
  }
  /** Whether it had to wait. */
  const yielded = async (): Promise<boolean> => {
    if (now() - askedAt < everyMs) return false
    asking ??= yieldToLive().finally(() => {
      asking = null
    })
    return asking
  }
  return async records => {
    do await pace.take(records)
    while ((await yielded()) && !isStopped())
  }
}

/** Waits, or returns at once when the signal is given. */
export function waitUnless(signal: AbortSignal): (ms: number) => Promise<void> {
  return ms => delay(ms, undefined, { signal }).catch(() => undefined)
}
