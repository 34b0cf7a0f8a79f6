import type { Limits } from './limits.ts'

/** How fast one socket may send: a token bucket. */
export interface FrameRate {
  /**
   * What to do with a frame that came at `now` (ms): TAKE it, ignore it and WARN its sender (once a burst), IGNORE it, or
   * CLOSE the socket of a sender who goes on regardless.
   */
  take(now: number): 'TAKE' | 'WARN' | 'IGNORE' | 'CLOSE'
}

/** Bursts in excess after which a socket is closed. */
const EXCESS_BURSTS_MAX = 10

export function createFrameRate(
  { framesPerSecondMax, framesBurstMax }: Pick<Limits, 'framesPerSecondMax' | 'framesBurstMax'>,
  startAt: number,
): FrameRate {
  let tokens = framesBurstMax
  let filledAt = startAt
  let excess = 0
  return {
    take(now) {
      tokens = Math.min(framesBurstMax, tokens + ((now - filledAt) / 1000) * framesPerSecondMax)
      filledAt = now
      if (tokens >= 1) {
        tokens--
        excess = 0
        return 'TAKE'
      }
      excess++
      if (excess > EXCESS_BURSTS_MAX * framesBurstMax) return 'CLOSE'
      return excess % framesBurstMax === 1 ? 'WARN' : 'IGNORE'
    },
  }
}
