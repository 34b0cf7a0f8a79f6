import { setTimeout as delay } from 'node:timers/promises'

const POLL_MS = 50
const UNTIL_MS = 30_000

/** Waits until a condition holds; fails with what was waited for. */
export async function until(
  what: string,
  condition: () => Promise<boolean> | boolean,
  timeoutMs = UNTIL_MS,
): Promise<void> {
  const end = performance.now() + timeoutMs
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited ${timeoutMs} ms in vain until ${what}`)
    await delay(POLL_MS)
  }
}
