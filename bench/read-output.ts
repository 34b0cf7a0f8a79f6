import type { Logger } from 'pino'
import type { Config } from '../pipelines/config.ts'
import { createKafka, type KafkaSettings } from '../pipelines/runtime/kafka/client.ts'
import { LogReader } from '../pipelines/runtime/kafka/log-reader.ts'
import { MemorySchemas } from '../pipelines/runtime/memory/memory-schemas.ts'
import { TopicCodecs } from '../pipelines/runtime/topic-codecs.ts'
import { fullTopicName } from '../schemas/topics.ts'
import { indexOfId } from './content-events.ts'
import { copyTopicName } from './copy-topic.ts'
import { checksumOf } from './small-model.ts'

/** What lies committed on the output of one run and kind. */
export interface Tally {
  readonly records: number
  readonly distinctIds: number
  readonly checksum: number
}

/** Counts the records of a run's output, and the distinct ids among them; the checksum is of all records. */
export class Counter {
  private readonly seen: Uint8Array
  private records = 0
  private distinctIds = 0
  private checksum = 0

  constructor(events: number) {
    this.seen = new Uint8Array(events)
  }

  add(id: string, checksum: number): void {
    const index = indexOfId(id)
    this.records++
    this.checksum += checksum
    if (this.seen[index] !== 0) return
    this.seen[index] = 1
    this.distinctIds++
  }

  tally(): Tally {
    const { records, distinctIds, checksum } = this
    return { records, distinctIds, checksum }
  }
}

interface KeyedRecord {
  readonly key: Buffer | null
  readonly value: Buffer | null
}

export interface OutputReader {
  /** The committed scores of all runs, by `<run>/<kind>`, in one pass. */
  scores(): Promise<ReadonlyMap<string, Tally>>
  /** The committed records of a reference copy. */
  copies(run: string): Promise<Tally>
  close(): Promise<void>
}

/** Reads back, read committed and outside the measured time, what the runs wrote. */
export function outputReader(
  kafka: KafkaSettings,
  { prefix, partitions }: Config['topics'],
  { events, log }: { readonly events: number; readonly log: Logger },
): OutputReader {
  const reader = new LogReader(createKafka(kafka, log))
  const codec = new TopicCodecs(new MemorySchemas(), () => Date.now()).of('scores')
  const each = async (topic: string, take: (records: readonly KeyedRecord[]) => Promise<void>) => {
    for (let partition = 0; partition < (partitions ?? 1); partition++)
      for await (const records of reader.read(topic, partition)) await take(records)
  }
  return {
    async scores() {
      const counters = new Map<string, Counter>()
      await each(fullTopicName(prefix, 'scores'), async records => {
        await codec.prepare(records.map(({ value }) => value))
        for (const { value } of records) {
          const decoded = codec.decode(value)
          if (!decoded.ok) throw new Error(`a score that cannot be read: ${decoded.detail}`)
          const { contentId, kind, modelVersion, value: niceness, probability } = decoded.value
          const name = `${modelVersion}/${kind}`
          let counter = counters.get(name)
          if (counter === undefined) {
            counter = new Counter(events)
            counters.set(name, counter)
          }
          counter.add(contentId, checksumOf({ niceness: niceness ?? 0, spam: probability ?? 0 }))
        }
      })
      return new Map([...counters].map(([name, counter]) => [name, counter.tally()]))
    },
    async copies(run) {
      const counter = new Counter(events)
      await each(copyTopicName(prefix, run), async records => {
        for (const { key } of records) counter.add(String(key), 0)
      })
      return counter.tally()
    },
    close: () => reader.close(),
  }
}
