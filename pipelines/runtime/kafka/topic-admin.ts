import { setTimeout as delay } from 'node:timers/promises'
import type { Admin, ITopicConfig } from 'kafkajs'
import type { Logger } from 'pino'
import { NicrError } from '../../../schemas/errors.ts'
import type { TopicAdmin } from '../../apply/planned-step.ts'
import { createKafka, type KafkaSettings, kafkaConstants, RETRY } from './client.ts'
import { protocolErrorType } from './errors.ts'
import { LogReader } from './log-reader.ts'
import { countUnread } from './unread-records.ts'

/** A cluster's topics, and the few questions that commands ask of a cluster. */
export interface KafkaAdmin extends TopicAdmin {
  /**
   * Offsets between a group and the end, by full topic name; null for a group that has committed nothing. Marks of transactions count:
   * see `unreadOf`.
   */
  lagOf(group: string, topics: readonly string[]): Promise<ReadonlyMap<string, number> | null>
  /**
   * Records that a group has still to read, by `topic/partition`, marks of transactions not among them.
   * @param positions as `positionsOf` told them
   */
  unreadOf(positions: ReadonlyMap<string, GroupPosition>): Promise<ReadonlyMap<string, number>>
  /**
   * Of every partition of the topics where it ends, and where a group reads next; null where the group has committed nothing.
   * Keys are `topic/partition`.
   */
  positionsOf(group: string, topics: readonly string[]): Promise<ReadonlyMap<string, GroupPosition>>
  /** How many members each group has now; 0 for one that does not exist. */
  membersOf(groups: readonly string[]): Promise<ReadonlyMap<string, number>>
  ping(): Promise<void>
  close(): Promise<void>
}

export interface GroupPosition {
  readonly next: number | null
  readonly end: number
}

/**
 * Connects to the cluster.
 * @throws NicrError NICR_KAFKA_UNAVAILABLE; every method too
 */
export async function connectAdmin(settings: KafkaSettings, log: Logger): Promise<KafkaAdmin> {
  const kafka = createKafka(settings, log)
  const admin = kafka.admin({ retry: { ...RETRY, retries: 5 } })
  const reader = new LogReader(kafka)
  // One count after the other: kafkajs's cluster leaves connections open where several ask for a broker at once.
  let counting: Promise<unknown> = Promise.resolve()
  const countInTurn = (positions: ReadonlyMap<string, GroupPosition>) => {
    const count = counting.then(() => unreadOf(reader, positions))
    counting = count.catch(() => undefined)
    return count
  }
  const ask = async <T>(what: string, request: () => Promise<T>): Promise<T> => {
    try {
      return await request()
    } catch (cause) {
      throw new NicrError(
        'NICR_KAFKA_UNAVAILABLE',
        `${what} at ${settings.brokers.join(', ')}: ${(cause as Error).message}`,
        { cause },
      )
    }
  }
  await ask('connecting', () => admin.connect())
  return {
    list: () =>
      ask('listing topics', async () => {
        const { topics } = await admin.fetchTopicMetadata()
        return new Map(topics.map(({ name, partitions }) => [name, { partitions: partitions.length }]))
      }),
    create: topics => ask('creating topics', () => createTopics(admin, topics)),
    describeConfigs: names => ask('reading topic settings', () => describeConfigs(admin, names)),
    alterConfigs: (name, config) =>
      ask('changing topic settings', async () => {
        const configEntries = Object.entries(config).map(([entry, value]) => ({ name: entry, value }))
        await admin.alterConfigs({
          validateOnly: false,
          resources: [{ type: kafkaConstants.ConfigResourceTypes.TOPIC, name, configEntries }],
        })
      }),
    lagOf: (group, topics) => ask('reading lag', () => lagOf(admin, group, topics)),
    positionsOf: (group, topics) => ask('reading positions', () => positionsOf(admin, group, topics)),
    unreadOf: positions => ask('counting unread records', () => countInTurn(positions)),
    membersOf: groups =>
      ask('reading members', async () => {
        const described = await admin.describeGroups([...groups])
        return new Map(described.groups.map(({ groupId, members }) => [groupId, members.length]))
      }),
    ping: () => ask('asking', async () => void (await admin.describeCluster())),
    close: async () => {
      await reader.close()
      await admin.disconnect()
    },
  }
}

async function createTopics(admin: Admin, topics: Parameters<TopicAdmin['create']>[0]): Promise<void> {
  const wanted = topics.map(
    ({ name, partitions, replication, config }): ITopicConfig => ({
      topic: name,
      numPartitions: partitions,
      replicationFactor: replication,
      configEntries: Object.entries(config).map(([entry, value]) => ({ name: entry, value })),
    }),
  )
  try {
    // False where all are there already: another process was first.
    await admin.createTopics({ topics: wanted, waitForLeaders: false })
  } catch (error) {
    if (protocolErrorType(error) !== 'TOPIC_ALREADY_EXISTS') throw error
  }
  await leadersOf(
    admin,
    wanted.map(({ topic }) => topic),
  )
}

/** What a broker says of partitions that were created a moment ago, until it has heard of them and taken up their lead. */
const NOT_YET: readonly (string | null)[] = [
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
]
const LEADER_ATTEMPTS_MAX = 100
const LEADER_WAIT_MS = 100

/** kafkajs's own wait ends when the metadata names leaders, which need not know it yet; one that answers for its partitions does. */
async function leadersOf(admin: Admin, topics: readonly string[]): Promise<void> {
  let attempts = 0
  for (const topic of topics)
    for (;;) {
      try {
        await admin.fetchTopicOffsets(topic)
        break
      } catch (error) {
        if (!NOT_YET.includes(protocolErrorType(error)) || ++attempts >= LEADER_ATTEMPTS_MAX) throw error
      }
      await delay(LEADER_WAIT_MS)
    }
}

/** Where a setting comes from, in DescribeConfigs' answers: 1 is the topic itself. */
const FROM_TOPIC = 1

async function describeConfigs(
  admin: Admin,
  names: readonly string[],
): Promise<Map<string, Record<string, string>>> {
  if (names.length === 0) return new Map()
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: names.map(name => ({ type: kafkaConstants.ConfigResourceTypes.TOPIC, name })),
  })
  return new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      Object.fromEntries(
        configEntries
          .filter(entry => (entry as unknown as { configSource: number }).configSource === FROM_TOPIC)
          .map(({ configName, configValue }) => [configName, configValue]),
      ),
    ]),
  )
}

interface CommittedPartition {
  readonly topic: string
  readonly partition: number
  /** Below 0: nothing was committed. */
  readonly next: number
  readonly low: number
  readonly high: number
}

type CommittedTopics = Awaited<ReturnType<Admin['fetchOffsets']>>

/** Every partition of the topics, with what a group has committed of it. */
async function withBounds(admin: Admin, committed: CommittedTopics): Promise<CommittedPartition[]> {
  const found: CommittedPartition[] = []
  for (const { topic, partitions } of committed) {
    const next = new Map(partitions.map(({ partition, offset }) => [partition, Number(offset)]))
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic))
      found.push({ topic, partition, next: next.get(partition) ?? -1, low: Number(low), high: Number(high) })
  }
  return found
}

async function positionsOf(
  admin: Admin,
  group: string,
  topics: readonly string[],
): Promise<Map<string, GroupPosition>> {
  const committed = await admin.fetchOffsets({ groupId: group, topics: [...topics] })
  return new Map(
    (await withBounds(admin, committed)).map(({ topic, partition, next, low, high }) => {
      // What is empty was read: nobody commits there.
      const read = next >= 0 ? next : low === high ? high : null
      return [`${topic}/${partition}`, { next: read, end: high }]
    }),
  )
}

async function unreadOf(
  reader: LogReader,
  positions: ReadonlyMap<string, GroupPosition>,
): Promise<Map<string, number>> {
  const unread = new Map<string, number>()
  // One by one: there may be hundreds, and most are read to their end.
  for (const [place, position] of positions) {
    const cut = place.lastIndexOf('/')
    const at = { topic: place.slice(0, cut), partition: Number(place.slice(cut + 1)) }
    unread.set(place, await countUnread(reader, at, position))
  }
  return unread
}

async function lagOf(
  admin: Admin,
  group: string,
  topics: readonly string[],
): Promise<Map<string, number> | null> {
  const committed = await admin.fetchOffsets({ groupId: group, topics: [...topics] })
  if (!committed.some(({ partitions }) => partitions.some(({ offset }) => Number(offset) >= 0))) return null
  const lag = new Map<string, number>()
  for (const { topic, next, low, high } of await withBounds(admin, committed))
    lag.set(topic, (lag.get(topic) ?? 0) + high - Math.max(low, next))
  return lag
}
