import type { ImageBankEntry } from '../../schemas/records.ts'
import { fullTopicName } from '../../schemas/topics.ts'
import { LogFollower } from '../runtime/kafka/log-follower.ts'
import type { FetchedRecord } from '../runtime/kafka/record-batch.ts'
import { isReplay } from '../runtime/records.ts'
import { decodeLog, type TopicLogParts } from '../topic-follower.ts'

const TOPIC = 'image-banks'

/** A record of the bank's topic. */
export interface BankRecord {
  /** The entry's. */
  readonly id: string
  /** null: the entry was taken out. */
  readonly value: ImageBankEntry | null
  readonly offset: number
}

/** Where entries come from, oldest first: the topic, or memory in tests. */
export interface BankSource {
  /** Resolves once all that lay on the log was accepted; what comes later is handed over as it comes. */
  start(accept: (records: readonly BankRecord[]) => Promise<void>): Promise<void>
  stop(): Promise<void>
}

/** Follows `nicr.image-banks`. `start` rejects with NICR_KAFKA_UNAVAILABLE where it cannot be read in time. */
export function followBankTopic(parts: TopicLogParts): BankSource {
  let accept: (records: readonly BankRecord[]) => Promise<void> = async () => undefined
  const follower = new LogFollower(
    { kafka: parts.kafka, topic: fullTopicName(parts.topicPrefix, TOPIC) },
    { log: parts.log, onRecords: async records => accept(await bankRecords(parts, records)) },
  )
  return {
    start(accepting) {
      accept = accepting
      return follower.start()
    },
    stop: () => follower.stop(),
  }
}

/** Records in their order; those with an empty value take their key out, those that cannot be read are passed over. */
async function bankRecords(
  parts: TopicLogParts,
  fetched: readonly FetchedRecord[],
): Promise<readonly BankRecord[]> {
  const kept = fetched.filter(({ value }) => value !== null)
  const put = (await decodeLog(TOPIC, parts, kept)).map(
    ({ value, offset }): BankRecord => ({ id: value.id, value, offset }),
  )
  const takenOut = fetched.flatMap(({ key, value, headers, offset }): BankRecord[] =>
    value === null && key !== null && !isReplay(headers)
      ? [{ id: key.toString('utf8'), value: null, offset }]
      : [],
  )
  return [...put, ...takenOut].sort((left, right) => left.offset - right.offset)
}
