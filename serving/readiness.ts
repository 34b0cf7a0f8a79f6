import { Gauge, type Registry } from 'prom-client'
import { within } from '../pipelines/runtime/within.ts'
import type { PartReadiness } from './ports.ts'

/** A part as `/readyz` names it. */
export interface PartState {
  readonly part: string
  readonly ready: boolean
  /** Whether the process is of no use without it. */
  readonly needed: boolean
  /** Since when it is so, as far as probes have seen; ISO 8601. */
  readonly since: string
  readonly detail: string
}

export interface Readiness {
  /** Whether every part that is needed is ready. */
  readonly ready: boolean
  readonly parts: readonly PartState[]
}

/**
 * Remembers since when each part is as it is. However many ask at once, the parts are asked once.
 * @param ask what the parts say now; their names are few, and do not change
 * @param now wall clock, ms since the epoch
 */
export function watchReadiness(
  ask: () => Promise<readonly PartReadiness[]>,
  now: () => number,
): () => Promise<Readiness> {
  const seen = new Map<string, { readonly ready: boolean; readonly since: string }>()
  let running: Promise<Readiness> | null = null

  async function look(): Promise<Readiness> {
    const parts = (await ask()).map(({ part, ready, detail, needed = true }): PartState => {
      const before = seen.get(part)
      const since = before?.ready === ready ? before.since : new Date(now()).toISOString()
      seen.set(part, { ready, since })
      return { part, ready, needed, since, detail }
    })
    return { ready: parts.every(({ ready, needed }) => ready || !needed), parts }
  }

  return () => {
    running ??= look().finally(() => {
      running = null
    })
    return running
  }
}

/** A scrape waits this long at most; later than that, what the last look saw stands. */
const SCRAPE_MS = 3_000

/** The parts as a metric, looked at when it is read: alerts need no probe of their own. */
export function exposeReadiness(registry: Registry, readiness: () => Promise<Readiness>): void {
  new Gauge({
    registers: [registry],
    name: 'nicr_part_ready',
    help: '1 where a part of the process, or one that it asks, is ready; needed: whether the process is of no use without it.',
    labelNames: ['part', 'needed'],
    async collect() {
      const state = await within(SCRAPE_MS, readiness(), () => new Error('late')).catch(() => null)
      if (state === null) return
      this.reset()
      for (const { part, needed, ready } of state.parts)
        this.set({ part, needed: String(needed) }, ready ? 1 : 0)
    },
  })
}
