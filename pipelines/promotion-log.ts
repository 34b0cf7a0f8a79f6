import type { DefaultVersionOf } from '../processors/fold-promotions.ts'
import { NicrError } from '../schemas/errors.ts'
import { fullTopicName } from '../schemas/topics.ts'
import { kinds } from './kinds.ts'
import { defaultVersion, type RegistryOptions } from './model-registry.ts'
import { type FoldedLog, foldAll, type PromotionRecord } from './promotion-history.ts'
import { createKafka } from './runtime/kafka/client.ts'
import { LogReader } from './runtime/kafka/log-reader.ts'
import { within } from './runtime/within.ts'
import { decodeLog, followTopic, type TopicFollower, type TopicLogParts } from './topic-follower.ts'

const TOPIC = 'model-promotions'
const READ_MS_MAX = 10_000
const REQUEST_MS_MAX = 5_000
/** About 3 s of trying: a command would rather say that the broker is away. */
const READ_RETRIES = 8

/** Where promotions come from, oldest first: the topic, or memory in tests. */
export type PromotionSource = TopicFollower<typeof TOPIC>

export type PromotionLogParts = TopicLogParts

/** Follows `nicr.model-promotions`. `start` rejects with NICR_KAFKA_UNAVAILABLE where it cannot be read in time. */
export function followPromotions(parts: PromotionLogParts): PromotionSource {
  return followTopic(TOPIC, parts)
}

/** What was read of the log: every promotion with its fate, and what they come to. */
export interface PromotionLog extends FoldedLog {
  /** Offset after the last record read. */
  readonly nextOffset: number
}

/** Reads the whole log once. @throws NicrError NICR_KAFKA_UNAVAILABLE, NICR_REGISTRY_UNAVAILABLE */
export async function readPromotions(
  parts: PromotionLogParts,
  defaultOf: DefaultVersionOf,
): Promise<PromotionLog> {
  const topic = fullTopicName(parts.topicPrefix, TOPIC)
  const reader = new LogReader(
    createKafka(parts.kafka, parts.log, { requestTimeoutMs: REQUEST_MS_MAX, retries: READ_RETRIES }),
  )
  const unavailable = (why: string, cause?: unknown) =>
    new NicrError('NICR_KAFKA_UNAVAILABLE', `${topic} could not be read: ${why}`, { cause })
  const read = async () => {
    const records: PromotionRecord[] = []
    let nextOffset: number | null = null
    for (let end = Number.POSITIVE_INFINITY; nextOffset === null || nextOffset < end; ) {
      const fetched = await reader.readFrom(topic, 0, nextOffset)
      records.push(...(await decodeLog(TOPIC, parts, fetched.records)))
      nextOffset = fetched.nextOffset
      end = fetched.end
    }
    return { ...foldAll(records, defaultOf), nextOffset }
  }
  try {
    return await within(READ_MS_MAX, read(), () => unavailable(`no answer within ${READ_MS_MAX / 1000} s`))
  } catch (error) {
    if (error instanceof NicrError) throw error
    throw unavailable((error as Error).message, error)
  } finally {
    await reader.close()
  }
}

/** The default version of every declared kind, looked up once. */
export async function defaultVersions(options: RegistryOptions = {}): Promise<DefaultVersionOf> {
  const defaults = new Map<string, string | null>()
  for (const kind of Object.keys(kinds)) defaults.set(kind, await defaultVersion(kind, options))
  return kind => defaults.get(kind) ?? null
}
