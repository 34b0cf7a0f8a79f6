import {
  changelogConfig,
  changelogTopicName,
  fullTopicName,
  topicConfig,
  topicNames,
  topics,
} from '../../schemas/topics.ts'
import type { ApplyParts, NewTopic, PlannedStep, TopicSettings } from './planned-step.ts'

/**
 * The topics of the table and the changelogs. The number of partitions is fixed once: tasks read partition n of all
 * their inputs together, so data topics that are added later get as many as `content` has.
 */
export async function planTopics(
  parts: ApplyParts,
  partitionsDefault: number,
): Promise<readonly PlannedStep[]> {
  const { config, admin } = parts
  const existing = await admin.list()
  const content = existing.get(fullTopicName(config.topics.prefix, 'content'))
  const dataPartitions = content?.partitions ?? config.topics.partitions ?? partitionsDefault
  const wanted = wantedTopics(parts, dataPartitions)
  const settings = await admin.describeConfigs(
    wanted.filter(topic => existing.has(topic.name)).map(topic => topic.name),
  )
  const missing = wanted.filter(topic => !existing.has(topic.name)).map(({ isData: _, ...topic }) => topic)
  // One request creates them all, with the first of these steps: one by one they take seconds.
  let created: Promise<void> | null = null
  const createMissing = () => {
    created ??= admin.create(missing)
    return created
  }
  return wanted.map(topic => {
    const found = existing.get(topic.name)
    if (found === undefined) return creation(topic, createMissing)
    const stated = topic.isData ? (config.topics.partitions ?? topic.partitions) : topic.partitions
    return keepOrUpdate(topic, found.partitions, stated, settings.get(topic.name) ?? {}, parts)
  })
}

interface WantedTopic extends NewTopic {
  readonly isData: boolean
}

function wantedTopics({ config, changelogs = [] }: ApplyParts, dataPartitions: number): WantedTopic[] {
  const { prefix, replication, retentionMs } = config.topics
  const placed = (isData: boolean) => ({ isData, partitions: isData ? dataPartitions : 1, replication })
  return [
    ...topicNames.map(name => ({
      name: fullTopicName(prefix, name),
      ...placed(topics[name].partitions === 'data'),
      config: topicConfig(topics[name], retentionMs),
    })),
    ...changelogs.map(({ processor, partitions }) => ({
      name: changelogTopicName(prefix, processor),
      ...placed(partitions === 'data'),
      config: changelogConfig(),
    })),
  ]
}

function creation(topic: NewTopic, run: () => Promise<void>): PlannedStep {
  return { what: `topic ${topic.name}`, action: 'create', detail: partitionsInWords(topic.partitions), run }
}

function keepOrUpdate(
  topic: WantedTopic,
  partitions: number,
  statedPartitions: number,
  current: TopicSettings,
  { admin }: ApplyParts,
): PlannedStep {
  const changed = Object.entries(topic.config).filter(([name, value]) => current[name] !== value)
  const details = changed.map(([name, value]) => `${name}=${value}`)
  if (partitions !== statedPartitions)
    details.push(
      `it has ${partitionsInWords(partitions)}, not ${statedPartitions}: the number is fixed at the first apply and stays`,
    )
  return {
    what: `topic ${topic.name}`,
    action: changed.length > 0 ? 'update' : 'keep',
    ...(details.length > 0 ? { detail: details.join('; ') } : {}),
    run: () => admin.alterConfigs(topic.name, { ...current, ...topic.config }),
  }
}

function partitionsInWords(partitions: number): string {
  return partitions === 1 ? '1 partition' : `${partitions} partitions`
}
