import type { Logger } from 'pino'
import {
  type DefaultVersionOf,
  foldPromotion,
  noPromotions,
  type Promotions,
} from '../processors/fold-promotions.ts'
import type { Incoming } from '../processors/processor.ts'
import { NicrError } from '../schemas/errors.ts'
import { fullTopicName } from '../schemas/topics.ts'
import { kinds } from './kinds.ts'
import { defaultVersion, type RegistryOptions } from './model-registry.ts'
import { createKafka, type KafkaSettings } from './runtime/kafka/client.ts'
import { LogFollower } from './runtime/kafka/log-follower.ts'
import { LogReader } from './runtime/kafka/log-reader.ts'
import type { FetchedRecord } from './runtime/kafka/record-batch.ts'
import type { TopicCodecs } from './runtime/topic-codecs.ts'
import { within } from './runtime/within.ts'

const TOPIC = 'model-promotions'
const READ_MS_MAX = 10_000
const REQUEST_MS_MAX = 5_000
/** About 3 s of trying: a command would rather say that the broker is away. */
const READ_RETRIES = 8

export type PromotionRecord = Pick<Incoming<typeof TOPIC>, 'value' | 'offset' | 'appendedAt'>

/** Where promotions come from, oldest first: the topic, or memory in tests. */
export interface PromotionSource {
  /** Resolves once all that lay on the log was accepted; what comes later is handed over as it comes. */
  start(accept: (records: readonly PromotionRecord[]) => Promise<void>): Promise<void>
  /** Resolves once all that lies on the log now was accepted. */
  catchUp(): Promise<void>
  stop(): Promise<void>
}

export interface PromotionLogParts {
  readonly kafka: KafkaSettings
  readonly topicPrefix: string
  readonly codecs: TopicCodecs
  readonly log: Logger
}

/** Follows `nicr.model-promotions`. `start` rejects with NICR_KAFKA_UNAVAILABLE where it cannot be read in time. */
export function followPromotions(parts: PromotionLogParts): PromotionSource {
  let accept: (records: readonly PromotionRecord[]) => Promise<void> = async () => undefined
  const follower = new LogFollower(
    { kafka: parts.kafka, topic: fullTopicName(parts.topicPrefix, TOPIC) },
    { log: parts.log, onRecords: async records => accept(await decodeAll(parts, records)) },
  )
  return {
    start(accepting) {
      accept = accepting
      return follower.start()
    },
    catchUp: () => follower.catchUp(),
    stop: () => follower.stop(),
  }
}

/** What was read of the log: every promotion with its fate, and what they come to. */
export interface PromotionLog {
  readonly entries: readonly (PromotionRecord & {
    /** Why it did not hold; null if it did. */
    readonly ignored: string | null
  })[]
  readonly promotions: Promotions
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
      records.push(...(await decodeAll(parts, fetched.records)))
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

/** Folds a whole log. */
export function foldAll(
  records: readonly PromotionRecord[],
  defaultOf: DefaultVersionOf,
): Pick<PromotionLog, 'entries' | 'promotions'> {
  let promotions = noPromotions
  const entries = records.map(record => {
    const folded = foldPromotion(promotions, record, defaultOf)
    promotions = folded.promotions
    return { ...record, ignored: folded.ignored?.detail ?? null }
  })
  return { entries, promotions }
}

/** The default version of every declared kind, looked up once. */
export async function defaultVersions(options: RegistryOptions = {}): Promise<DefaultVersionOf> {
  const defaults = new Map<string, string | null>()
  for (const kind of Object.keys(kinds)) defaults.set(kind, await defaultVersion(kind, options))
  return kind => defaults.get(kind) ?? null
}

/** Records that cannot be decoded are passed over, and said. @throws NicrError NICR_REGISTRY_UNAVAILABLE */
async function decodeAll(
  { codecs, log }: Pick<PromotionLogParts, 'codecs' | 'log'>,
  fetched: readonly FetchedRecord[],
): Promise<PromotionRecord[]> {
  const codec = codecs.of(TOPIC)
  await codec.prepare(fetched.map(({ value }) => value))
  return fetched.flatMap(({ value, position, appendedAt }) => {
    const decoded = codec.decode(value)
    if (decoded.ok) return [{ value: decoded.value, offset: position, appendedAt }]
    log.warn(
      { code: decoded.code, detail: decoded.detail, offset: position },
      'promotion not readable, passed over',
    )
    return []
  })
}
