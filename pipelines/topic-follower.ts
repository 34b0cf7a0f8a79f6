import type { Logger } from 'pino'
import type { Incoming } from '../processors/processor.ts'
import { withId } from '../schemas/ids.ts'
import { fullTopicName, type RecordOf, type TopicName } from '../schemas/topics.ts'
import type { KafkaSettings } from './runtime/kafka/client.ts'
import { LogFollower } from './runtime/kafka/log-follower.ts'
import type { FetchedRecord } from './runtime/kafka/record-batch.ts'
import { isReplay } from './runtime/records.ts'
import type { TopicCodecs } from './runtime/topic-codecs.ts'

export interface TopicLogParts {
  readonly kafka: KafkaSettings
  readonly topicPrefix: string
  readonly codecs: TopicCodecs
  readonly log: Logger
}

/** A record of a topic of one partition, and where it lies. */
export type LogRecord<Topic extends TopicName> = Pick<Incoming<Topic>, 'value' | 'offset' | 'appendedAt'>

/** Where records come from, oldest first: the topic, or memory in tests. */
export interface TopicFollower<Topic extends TopicName> {
  /** Resolves once all that lay on the log was accepted; what comes later is handed over as it comes. */
  start(accept: (records: readonly LogRecord<Topic>[]) => Promise<void>): Promise<void>
  /** Resolves once all that lies on the log now was accepted. */
  catchUp(): Promise<void>
  stop(): Promise<void>
}

/** Follows a topic of one partition. `start` rejects with NICR_KAFKA_UNAVAILABLE where it cannot be read in time. */
export function followTopic<Topic extends TopicName>(
  topic: Topic,
  parts: TopicLogParts,
): TopicFollower<Topic> {
  let accept: (records: readonly LogRecord<Topic>[]) => Promise<void> = async () => undefined
  const follower = new LogFollower(
    { kafka: parts.kafka, topic: fullTopicName(parts.topicPrefix, topic) },
    { log: parts.log, onRecords: async records => accept(await decodeLog(topic, parts, records)) },
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

/** Records that cannot be decoded are passed over, and said; so are replays, which are for one processor. @throws NicrError NICR_REGISTRY_UNAVAILABLE */
export async function decodeLog<Topic extends TopicName>(
  topic: Topic,
  { codecs, log, topicPrefix }: Pick<TopicLogParts, 'codecs' | 'log' | 'topicPrefix'>,
  fetched: readonly FetchedRecord[],
): Promise<LogRecord<Topic>[]> {
  const codec = codecs.of(topic)
  const first = fetched.filter(({ headers }) => !isReplay(headers))
  const decode = await codec.prepare(first.map(({ value }) => value))
  return first.flatMap(({ value, offset, appendedAt }) => {
    const decoded = decode(value)
    if (decoded.ok) {
      const place = { topic: fullTopicName(topicPrefix, topic), partition: 0, offset }
      return [{ value: identified(decoded.value, place), offset, appendedAt }]
    }
    log.warn(
      { code: decoded.code, detail: decoded.detail, topic, offset },
      'record not readable, passed over',
    )
    return []
  })
}

function identified<Topic extends TopicName>(
  value: RecordOf<Topic>,
  place: Parameters<typeof withId>[1],
): RecordOf<Topic> {
  return 'id' in value ? (withId(value as { readonly id: string }, place) as RecordOf<Topic>) : value
}
