import type { Logger } from 'pino'
import type { Config } from '../pipelines/config.ts'
import { createKafka, type KafkaSettings } from '../pipelines/runtime/kafka/client.ts'
import { connectAdmin } from '../pipelines/runtime/kafka/topic-admin.ts'
import { fullTopicName, type TopicName, topicConfig, topics } from '../schemas/topics.ts'
import { copyTopicName } from './copy-topic.ts'

/** What the measured processors and their reference read and write. */
const USED: readonly TopicName[] = ['content', 'scores', 'feature-profiles', 'dead-letters']

export interface BenchTopics {
  /** @param runs the reference's runs, each with an output topic of its own */
  create(runs: readonly string[]): Promise<void>
  /** Deletes every topic and group of these runs' prefix: the cluster may be someone's own. */
  remove(): Promise<void>
}

/** The topics of a benchmark, under a prefix of its own. */
export function benchTopics(kafka: KafkaSettings, settings: Config['topics'], log: Logger): BenchTopics {
  const { prefix, partitions, replication, retentionMs } = settings
  const placed = { partitions: partitions ?? 1, replication }
  return {
    async create(runs) {
      const admin = await connectAdmin(kafka, log)
      try {
        await admin.create([
          ...USED.map(name => ({
            name: fullTopicName(prefix, name),
            ...placed,
            config: topicConfig(topics[name], retentionMs),
          })),
          ...runs.map(run => ({
            name: copyTopicName(prefix, run),
            ...placed,
            config: topicConfig(topics.content, retentionMs),
          })),
        ])
      } finally {
        await admin.close()
      }
    },
    async remove() {
      const admin = createKafka(kafka, log).admin()
      try {
        await admin.connect()
        const names = (await admin.listTopics()).filter(name => name.startsWith(prefix))
        if (names.length > 0) await admin.deleteTopics({ topics: names })
        const { groups } = await admin.listGroups()
        const own = groups.map(({ groupId }) => groupId).filter(group => group.startsWith(prefix))
        // A group whose member was killed still has it until its session ends; the broker then forgets it by itself.
        if (own.length > 0)
          await admin
            .deleteGroups(own)
            .catch(error => log.warn({ error: String(error) }, 'groups of the benchmark not deleted'))
      } finally {
        await admin.disconnect()
      }
    },
  }
}
