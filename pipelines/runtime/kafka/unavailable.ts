import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { type ErrorCode, NicrError } from '../../../schemas/errors.ts'
import type { GroupWatch } from '../group-metrics.ts'
import { HEARTBEAT_INTERVAL_MS } from './client.ts'
import type { BatchContext } from './group-consumer.ts'

/** A part that is away is not a bad record: the batch waits for it, the membership is kept, nothing more is read. */
const UNAVAILABLE: readonly ErrorCode[] = [
  'NICR_REGISTRY_UNAVAILABLE',
  'NICR_CLICKHOUSE_UNAVAILABLE',
  'NICR_BLOBS_UNAVAILABLE',
]
const FIRST_WAIT_MS = 100
const WAIT_MS_MAX = 2_000

/**
 * Does `work`, again and again while the registry, ClickHouse or the store of images is away; null if the consumer stopped meanwhile.
 * @param watch told of the waiting; nobody unless given
 * @throws what `work` throws for other reasons, and kafkajs's errors when the group rebalances
 */
export async function retryWhileUnavailable<T>(
  work: () => Promise<T>,
  context: BatchContext,
  { log, watch }: { readonly log: Logger; readonly watch?: Pick<GroupWatch, 'waits'> },
): Promise<T | null> {
  let waited: (() => void) | undefined
  try {
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, WAIT_MS_MAX)) {
      try {
        return await keepingMembership(work, context)
      } catch (error) {
        if (!(error instanceof NicrError && UNAVAILABLE.includes(error.code))) throw error
        log.warn({ code: error.code, detail: error.message, waitMs }, 'waiting for a part that is away')
        waited ??= watch?.waits(error.code)
      }
      await delay(waitMs)
      if (!context.isActive()) return null
      await context.heartbeat()
    }
  } finally {
    waited?.()
  }
}

/** A part that hangs takes longer to be given up than a session lasts, so heartbeats go on while it is waited for. */
async function keepingMembership<T>(work: () => Promise<T>, context: BatchContext): Promise<T> {
  // One that fails is not lost: the group says the same to the next, which is awaited.
  const timer = setInterval(() => void context.heartbeat().catch(() => undefined), HEARTBEAT_INTERVAL_MS)
  try {
    return await work()
  } finally {
    clearInterval(timer)
  }
}
