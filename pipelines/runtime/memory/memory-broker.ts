import type { TopicName } from '../../../schemas/topics.ts'
import { partitionOf } from '../kafka/murmur2.ts'
import type { OutputRecord, RawBatch, RawRecord } from '../records.ts'
import type { TaskTransport } from '../task.ts'

/**
 * Kafka's semantics in memory, as far as tasks use them: logs by partition, committed offsets by group, commits that
 * put outputs and offsets in place at once, and fencing by transactional id. Only committed records are ever in a log.
 */
export class MemoryBroker {
  readonly partitions: number
  private readonly now: () => number
  private readonly logs = new Map<string, RawRecord[][]>()
  private readonly committed = new Map<string, number>()
  private readonly epochs = new Map<string, number>()

  constructor(partitions: number, now: () => number) {
    this.partitions = partitions
    this.now = now
  }

  append(
    topic: string,
    record: Omit<RawRecord, 'offset' | 'appendedAt'>,
    partition: number | null = null,
  ): { partition: number; offset: number } {
    const place = partition ?? (record.key === null ? 0 : partitionOf(record.key, this.partitions))
    const log = this.log(topic, place)
    log.push({ ...record, offset: log.length, appendedAt: this.now() })
    return { partition: place, offset: log.length - 1 }
  }

  log(topic: string, partition: number): RawRecord[] {
    let partitions = this.logs.get(topic)
    if (partitions === undefined) {
      partitions = Array.from({ length: this.partitions }, () => [])
      this.logs.set(topic, partitions)
    }
    return partitions[partition]!
  }

  /** At most `recordsMax` records from `offset` on; null at the end of the log. */
  fetch(topic: TopicName, partition: number, offset: number, recordsMax: number): RawBatch | null {
    const records = this.log(topic, partition).slice(offset, offset + recordsMax)
    return records.length === 0 ? null : { topic, partition, records, nextOffset: records.at(-1)!.offset + 1 }
  }

  committedOffset(group: string, topic: TopicName, partition: number): number | null {
    return this.committed.get(`${group}|${topic}|${partition}`) ?? null
  }

  /** What a task of `group` needs. `beforeCommit` may throw: a crash with nothing of the transaction in place. */
  transport(
    group: string,
    partition: number,
    reads: readonly TopicName[],
    beforeCommit: () => void,
  ): TaskTransport {
    const transactionalId = `${group}/${partition}`
    let epoch = -1
    const { committed, epochs } = this
    const broker = this
    return {
      async initialise() {
        epoch = (epochs.get(transactionalId) ?? -1) + 1
        epochs.set(transactionalId, epoch)
        const offsets = reads.map(topic => [topic, broker.committedOffset(group, topic, partition)] as const)
        return new Map(offsets.filter((entry): entry is readonly [TopicName, number] => entry[1] !== null))
      },
      async *restore(processor) {
        for (const { key, value } of broker.log(`${processor}-changelog`, partition))
          yield { key: String(key), value }
      },
      async commit(outputs, { topic, nextOffset }) {
        beforeCommit()
        if (epochs.get(transactionalId) !== epoch) throw new FencedError(transactionalId)
        for (const output of outputs) broker.append(nameOf(output), output, output.partition)
        committed.set(`${group}|${topic}|${partition}`, nextOffset)
      },
    }
  }
}

/** Another task took over the transactional id. */
class FencedError extends Error {
  constructor(transactionalId: string) {
    super(`${transactionalId} was fenced`)
    this.name = 'FencedError'
  }
}

function nameOf({ destination }: OutputRecord): string {
  return 'topic' in destination ? destination.topic : `${destination.changelogOf}-changelog`
}
