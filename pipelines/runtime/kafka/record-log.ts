import type { Admin } from 'kafkajs'
import type { Logger } from 'pino'
import { NicrError } from '../../../schemas/errors.ts'
import type { Position } from '../../../schemas/ids.ts'
import type { RawRecord } from '../records.ts'
import { createKafka, type KafkaSettings, RETRY } from './client.ts'
import { LogReader } from './log-reader.ts'

const REQUEST_MS_MAX = 10_000
/** About 3 s of trying: a command would rather say that the broker is away. */
const RETRIES = 8

/** Reads committed records of any topic as they lie, for commands: outside groups, from the start or one by one. */
export class RecordLog {
  private readonly admin: Admin
  private readonly reader: LogReader
  private readonly brokers: readonly string[]
  private readonly counts = new Map<string, number>()

  constructor(kafka: KafkaSettings, log: Logger) {
    const client = createKafka(kafka, log, { requestTimeoutMs: REQUEST_MS_MAX, retries: RETRIES })
    this.admin = client.admin({ retry: { ...RETRY, retries: RETRIES } })
    this.reader = new LogReader(client)
    this.brokers = kafka.brokers
  }

  /** @throws NicrError NICR_KAFKA_UNAVAILABLE, as do all methods */
  async open(): Promise<void> {
    await this.ask('connecting', async () => {
      await this.admin.connect()
      const { topics } = await this.admin.fetchTopicMetadata()
      for (const { name, partitions } of topics) this.counts.set(name, partitions.length)
    })
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.reader.close(), this.admin.disconnect()])
  }

  /** Partitions of every topic of the cluster at the time of `open`, by full name. */
  get partitions(): ReadonlyMap<string, number> {
    return this.counts
  }

  /** Committed records of a topic up to its present end: partition after partition, each oldest first. */
  async *read(topic: string): AsyncIterable<{ readonly partition: number; readonly record: RawRecord }> {
    for (let partition = 0; partition < (this.counts.get(topic) ?? 0); partition++) {
      const batches = this.reader.read(topic, partition)[Symbol.asyncIterator]()
      for (;;) {
        const next = await this.ask(`reading ${topic}/${partition}`, () => batches.next())
        if (next.done === true) break
        for (const fetched of next.value) yield { partition, record: fetched }
      }
    }
  }

  /** The record of a place; null where none is there, or none any more. */
  async readAt({ topic, partition, offset }: Position): Promise<RawRecord | null> {
    if (partition >= (this.counts.get(topic) ?? 0)) return null
    const start = (await this.startsOf(topic)).get(partition)
    // The end is asked of the reader, which then knows the topic.
    const end = await this.ask(`reading ${topic}/${partition}`, () => this.reader.endOf(topic, partition))
    if (start === undefined || offset < start || offset >= end) return null
    const { records } = await this.ask(`reading ${topic}/${partition}`, () =>
      this.reader.readFrom(topic, partition, offset),
    )
    return records.find(record => record.offset === offset) ?? null
  }

  /** The first offset that retention has left on each partition of a topic. */
  async startsOf(topic: string): Promise<ReadonlyMap<number, number>> {
    const bounds = await this.ask(`reading ${topic}`, () => this.admin.fetchTopicOffsets(topic))
    return new Map(bounds.map(({ partition, low }) => [partition, Number(low)]))
  }

  private async ask<T>(what: string, request: () => Promise<T>): Promise<T> {
    try {
      return await request()
    } catch (cause) {
      if (cause instanceof NicrError) throw cause
      throw new NicrError(
        'NICR_KAFKA_UNAVAILABLE',
        `${what} at ${this.brokers.join(', ')}: ${(cause as Error).message}`,
        { cause },
      )
    }
  }
}
