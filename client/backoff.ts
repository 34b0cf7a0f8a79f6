import type { ClientLimits } from './limits.ts'

/** Sent with close code 1001: when the server expects to be back. */
const hint = /\bretry-after=(\d{1,6})\b/

/**
 * How long to wait before attempt `attempts` (0: the first after an open socket), in ms. Twice as long each time, and
 * half of it by chance, so that the clients of a replica that stopped do not come back all at once. A server that goes
 * away says when it will be back: then never sooner.
 */
export function waitMs(
  attempts: number,
  closeReason: string,
  limits: Pick<ClientLimits, 'waitMinMs' | 'waitMaxMs' | 'waitHintMaxMs'>,
  random: () => number,
): number {
  const backoffMs = Math.min(limits.waitMaxMs, limits.waitMinMs * 2 ** Math.min(attempts, 20))
  const seconds = hint.exec(closeReason)?.[1]
  if (seconds === undefined) return backoffMs * (0.5 + random() / 2)
  return Math.min(limits.waitHintMaxMs, Number(seconds) * 1000) + backoffMs * random()
}
