import type { Logger } from 'pino'
import { createKafka, type KafkaSettings } from '../pipelines/runtime/kafka/client.ts'
import { LogReader } from '../pipelines/runtime/kafka/log-reader.ts'
import type { TopicCodec } from '../pipelines/runtime/topic-codecs.ts'
import type { PeerScore } from './peer-schemas.ts'
import { Counter, type Tally } from './read-output.ts'
import { checksumOf } from './small-model.ts'

/** Reads back, read committed and outside the measured time, the scores of one run. */
export interface StreamOutput {
  /** The next offset of every partition of a topic. */
  ends(topic: string): Promise<readonly number[]>
  /** What lies committed from these offsets on; `lastAt`: the broker's stamp of the last record, in ms. */
  read(topic: string, from: readonly number[]): Promise<Tally & { readonly lastAt: number }>
  close(): Promise<void>
}

/** @param events ids count below this */
export function streamOutput(
  kafka: KafkaSettings,
  partitions: number,
  {
    codec,
    events,
    log,
  }: { readonly codec: TopicCodec<'scores'>; readonly events: number; readonly log: Logger },
): StreamOutput {
  const reader = new LogReader(createKafka(kafka, log))
  return {
    async ends(topic) {
      const ends: number[] = []
      for (let partition = 0; partition < partitions; partition++)
        ends.push(await reader.endOf(topic, partition))
      return ends
    },
    async read(topic, from) {
      const counter = new Counter(events)
      let lastAt = 0
      for (const [partition, start] of from.entries()) {
        const end = await reader.endOf(topic, partition)
        for (let offset = start; offset < end; ) {
          const { records, nextOffset } = await reader.readFrom(topic, partition, offset)
          offset = nextOffset
          await codec.prepare(records.map(({ value }) => value))
          for (const { value, appendedAt } of records) {
            const decoded = codec.decode(value)
            if (!decoded.ok) throw new Error(`a score that cannot be read: ${decoded.detail}`)
            const score = decoded.value as unknown as PeerScore
            counter.add(score.id, checksumOf(score))
            lastAt = Math.max(lastAt, appendedAt)
          }
        }
      }
      return { ...counter.tally(), lastAt }
    },
    close: () => reader.close(),
  }
}
