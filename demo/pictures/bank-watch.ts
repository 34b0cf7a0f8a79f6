import { setTimeout as delay } from 'node:timers/promises'
import type { Services } from '../../cli/services.ts'
import { followTopic } from '../../pipelines/topic-follower.ts'
import type { ImageBankEntry } from '../../schemas/records.ts'

/** What lies in the bank of pictures and logos, read on its topic as any consumer may. */
export interface BankWatch {
  /** ms until an entry like this lies there, from now; null: none came in time. @throws the signal's reason */
  until(isWanted: (entry: ImageBankEntry) => boolean, signal: AbortSignal): Promise<number | null>
  stop(): Promise<void>
}

const WAIT_MS_MAX = 30_000
const LOOK_EVERY_MS = 20

/** @throws NicrError NICR_KAFKA_UNAVAILABLE if it cannot be read in time */
export async function watchBank({ addresses, config, codecs, log }: Services): Promise<BankWatch> {
  const entries = new Map<string, ImageBankEntry>()
  const parts = { kafka: addresses.kafka, topicPrefix: config.topics.prefix, codecs, log }
  const follower = followTopic('image-banks', parts)
  await follower.start(async records => {
    for (const { value } of records) entries.set(value.id, value)
  })
  return {
    async until(isWanted, signal) {
      const startedAt = performance.now()
      const waited = () => performance.now() - startedAt
      while (waited() < WAIT_MS_MAX) {
        if ([...entries.values()].some(entry => entry.active && isWanted(entry))) return waited()
        await delay(LOOK_EVERY_MS, undefined, { signal })
      }
      return null
    },
    stop: () => follower.stop(),
  }
}
