import { setTimeout as delay } from 'node:timers/promises'
import type { Admin } from 'kafkajs'
import { inputsOf, processorNames } from '../../../cli/services.ts'
import { createKafka } from '../../../pipelines/runtime/kafka/client.ts'
import { LogReader } from '../../../pipelines/runtime/kafka/log-reader.ts'
import { silent } from '../kafka-driver.ts'
import type { OwnNicr } from '../own-nicr.ts'
import { until } from '../until.ts'

/** Everything that is left is to be read within this, by whoever runs: other tests use the same cores. */
export const SETTLED_MS = 180_000
const ASK_AGAIN_MS = 300

/** Watches how far the groups of a Nicr have come. */
export class Progress {
  private readonly nicr: OwnNicr
  private readonly admin: Admin
  private readonly reader: LogReader

  private constructor(nicr: OwnNicr) {
    this.nicr = nicr
    const kafka = createKafka(nicr.kafka, silent)
    this.admin = kafka.admin()
    this.reader = new LogReader(kafka)
  }

  static async start(nicr: OwnNicr): Promise<Progress> {
    const progress = new Progress(nicr)
    await progress.admin.connect()
    return progress
  }

  /** Where the topic of scores ends, markers and all: it grows with every transaction of a scorer. */
  async scored(): Promise<number> {
    const ends = await this.admin.fetchTopicOffsets(this.nicr.fullName('scores'))
    return ends.reduce((sum, { high }) => sum + Number(high), 0)
  }

  /** Members of a group. */
  async members(processor: string): Promise<number> {
    const { groups } = await this.admin.describeGroups([this.groupOf(processor)])
    return groups[0]?.members.length ?? 0
  }

  /** Waits until the topic of scores has grown by so many records or markers. */
  async scoredFurther(further: number, what: string): Promise<void> {
    let before: number | null = null
    await until(
      `${further} more on the topic of scores (${what})`,
      async () => {
        // A broker that is lost answers nothing until the client has heard of it.
        const scored = await this.scored().catch(() => null)
        before ??= scored
        return scored !== null && before !== null && scored >= before + further
      },
      SETTLED_MS,
    )
  }

  /** Waits until every processor, and the sink, has read everything. @throws what `isAlive` throws, asked now and then */
  async settled(isAlive: () => void, timeoutMs = SETTLED_MS): Promise<void> {
    let behind: string | null = null
    const end = performance.now() + timeoutMs
    for (;;) {
      isAlive()
      // A broker that has just come back does not know its groups yet.
      behind = await this.behind().catch(error => `the broker answers: ${(error as Error).message}`)
      if (behind === null) return
      if (performance.now() > end) throw new Error(`waited ${timeoutMs} ms in vain until ${behind}`)
      await delay(ASK_AGAIN_MS)
    }
  }

  async close(): Promise<void> {
    await this.reader.close()
    await this.admin.disconnect()
  }

  /** Who is behind; null once nobody is. Upstream first, so whoever was found to be done gets nothing more to do. */
  private async behind(): Promise<string | null> {
    for (const processor of processorNames()) {
      const topics = inputsOf(processor, this.nicr.config.topics.prefix)
      const committed = await this.admin.fetchOffsets({ groupId: this.groupOf(processor), topics })
      for (const topic of topics) {
        const own = committed.find(one => one.topic === topic)?.partitions ?? []
        for (const { partition, low, high } of await this.admin.fetchTopicOffsets(topic)) {
          const offset = Number(own.find(one => one.partition === partition)?.offset ?? -1)
          const next = Math.max(Number(low), offset)
          if (next < Number(high) && (await this.holdsRecords(topic, partition, next, Number(high))))
            return `${processor} reads ${topic}/${partition} from ${next} to ${high}`
        }
      }
    }
    return null
  }

  /** Whether anything but markers and aborted records lies there. */
  private async holdsRecords(topic: string, partition: number, from: number, end: number): Promise<boolean> {
    for (let next = from; next < end; ) {
      const read = await this.reader.readFrom(topic, partition, next)
      if (read.records.length > 0) return true
      // A transaction is open.
      if (read.nextOffset <= next) return true
      next = read.nextOffset
    }
    return false
  }

  private groupOf(processor: string): string {
    return `${this.nicr.config.topics.prefix}${processor}`
  }
}
