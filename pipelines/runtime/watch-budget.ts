/**
 * How many records a task watches for drift: all of them up to so many in a row and, in the long run, so many a second; of
 * more, one in `WATCHED_EVERY`. So watching costs about the same whatever the rate, and never holds scores up: where a platform
 * is busy one record in many is as good a witness as all of them are elsewhere. A batch is profiled in the transaction that
 * scores it, so what was watched once stays so.
 */
export const RECORDS_IN_A_ROW = 5000
const RECORDS_A_SECOND = 50
export const WATCHED_EVERY = 32

export class WatchBudget {
  private left = RECORDS_IN_A_ROW
  private refilledAt: number | null = null

  /** @param now wall clock, ms since the epoch; a clock that goes back refills nothing */
  refill(now: number): void {
    const passedMs = Math.max(0, now - (this.refilledAt ?? now))
    this.left = Math.min(RECORDS_IN_A_ROW, this.left + (passedMs * RECORDS_A_SECOND) / 1000)
    this.refilledAt = now
  }

  /** Whether the record at this offset is watched: offsets have nothing to do with what is written. */
  takes(offset: number): boolean {
    if (this.left >= 1) {
      this.left--
      return true
    }
    return offset % WATCHED_EVERY === 0
  }
}
