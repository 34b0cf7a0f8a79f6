import type { Logger } from 'pino'
import { createKafka, type KafkaSettings, RETRY } from './client.ts'
import { askCoordinator, createCluster } from './cluster.ts'

/** What a group that is to read a part of a topic has before it. */
export interface Stretch {
  /** Offsets at which it ends, by partition. */
  readonly ends: ReadonlyMap<number, number>
  /** Whether the group had begun before, and goes on from there. */
  readonly isResumed: boolean
}

/**
 * Positions a group that nobody is a member of at what was appended from a time on, unless it has begun before.
 * @param range `from`, `until`: ms since the epoch; null: the present end
 * @throws kafkajs's errors
 */
export async function takeStretch(
  kafka: KafkaSettings,
  { groupId, topic }: { readonly groupId: string; readonly topic: string },
  { from, until, log }: { readonly from: number; readonly until: number | null; readonly log: Logger },
): Promise<Stretch> {
  const client = createKafka(kafka, log)
  const admin = client.admin({ retry: RETRY })
  const cluster = createCluster(client)
  try {
    await admin.connect()
    await cluster.connect()
    const starts = await admin.fetchTopicOffsetsByTimestamp(topic, from)
    const highs = await admin.fetchTopicOffsets(topic)
    const ends =
      until === null
        ? highs.map(({ partition, high }) => ({ partition, offset: high }))
        : await admin.fetchTopicOffsetsByTimestamp(topic, until)
    // The first to ask of a coordinator is told that it is still loading.
    const [committed] = await askCoordinator(cluster, { id: groupId, of: 'group' }, () =>
      admin.fetchOffsets({ groupId, topics: [topic] }),
    )
    const isResumed = (committed?.partitions ?? []).some(({ offset }) => Number(offset) >= 0)
    if (!isResumed) {
      const topics = [{ topic, partitions: starts }]
      // As nobody's member: kafkajs's own setOffsets joins the group for it.
      await askCoordinator(cluster, { id: groupId, of: 'group' }, coordinator =>
        coordinator.offsetCommit({ groupId, groupGenerationId: -1, memberId: '', topics }),
      )
    }
    return {
      ends: new Map(ends.map(({ partition, offset }) => [partition, Number(offset)])),
      isResumed,
    }
  } finally {
    await cluster.disconnect()
    await admin.disconnect()
  }
}

/** Deletes a group that nobody is a member of. @throws kafkajs's errors */
export async function deleteGroup(kafka: KafkaSettings, groupId: string, log: Logger): Promise<void> {
  const admin = createKafka(kafka, log).admin({ retry: RETRY })
  try {
    await admin.connect()
    await admin.deleteGroups([groupId])
  } finally {
    await admin.disconnect()
  }
}
