import { Counter, Gauge, type Registry } from 'prom-client'
import type { ErrorCode } from '../../schemas/errors.ts'
import type { TopicName } from '../../schemas/topics.ts'

/** How a member of a consumer group gets on, for `/metrics` and `/readyz`. */
export interface GroupState {
  /** Partitions it was given, of all its topics together; null before it has joined. */
  readonly partitions: number | null
  /** Since the broker last answered a fetch, or since the member joined; null before it has joined. */
  readonly fetchAgeSeconds: number | null
  /** Parts that are away and that it waits for, such as `clickhouse`. */
  readonly waitsFor: readonly string[]
}

/** What a member of a group tells about itself. */
export interface GroupWatch {
  assigned(assignment: ReadonlyMap<TopicName, readonly number[]>): void
  /** The broker answered a fetch, also an empty one. */
  fetched(): void
  /** A batch is to be worked on. @param appendedAt of its oldest record, ms since the epoch */
  began(topic: TopicName, partition: number, appendedAt: number): void
  /** A fetch was worked off. @param lag records between it and the end of the partition */
  progressed(topic: TopicName, partition: number, lag: number): void
  /** The consumer was lost and starts anew. */
  restarted(): void
  /** A batch waits for a part that is away, until the answer is called. */
  waits(code: ErrorCode): () => void
}

interface Place {
  readonly topic: TopicName
  readonly partition: number
  lag: number | null
  /** When the oldest record that is not done was appended; null: all is done. */
  oldestAt: number | null
}

interface Wait {
  readonly part: string
  countedAt: number
}

interface Member {
  readonly places: Map<string, Place>
  readonly waits: Set<Wait>
  partitions: number | null
  fetchedAt: number | null
}

const MS = 1000

/**
 * How the members of consumer groups keep up, by processor. Topics and partitions are those of the table of topics; a
 * partition that is taken away takes its series along.
 */
export class GroupMetrics {
  private readonly members = new Map<string, Member>()
  private readonly restarts
  private readonly waitSeconds

  constructor(registry: Registry) {
    const registers = [registry]
    this.declareStates(registers)
    this.restarts = new Counter({
      registers,
      name: 'nicr_processor_restarts_total',
      help: 'Times that the consumer of a processor was lost and began anew.',
      labelNames: ['processor'],
    })
    this.waitSeconds = new Counter({
      registers,
      name: 'nicr_processor_waiting_seconds_total',
      help: 'Time that batches waited for a part that was away: registry, clickhouse or blobs.',
      labelNames: ['processor', 'part'],
      collect: () => this.countWaits(),
    })
  }

  /** What a processor tells by. */
  of(processor: string): GroupWatch {
    const member: Member = { places: new Map(), waits: new Set(), partitions: null, fetchedAt: null }
    this.members.set(processor, member)
    this.restarts.inc({ processor }, 0)
    return {
      assigned: assignment => assign(member, assignment),
      fetched: () => {
        member.fetchedAt = performance.now()
      },
      began: (topic, partition, appendedAt) => {
        const place = member.places.get(placeKey(topic, partition))
        if (place !== undefined) place.oldestAt = appendedAt
      },
      progressed: (topic, partition, lag) => {
        const place = member.places.get(placeKey(topic, partition))
        if (place === undefined) return
        place.lag = lag
        if (lag === 0) place.oldestAt = null
      },
      restarted: () => this.restarts.inc({ processor }),
      waits: code => {
        const wait = { part: partOf(code), countedAt: performance.now() }
        member.waits.add(wait)
        return () => {
          this.countWait(processor, wait)
          member.waits.delete(wait)
        }
      },
    }
  }

  /** Of a processor that `of` was called for; null for others. */
  stateOf(processor: string): GroupState | null {
    const member = this.members.get(processor)
    if (member === undefined) return null
    const { partitions, waits } = member
    return {
      partitions,
      fetchAgeSeconds: fetchAge(member),
      waitsFor: [...new Set([...waits].map(({ part }) => part))].sort(),
    }
  }

  private countWaits(): void {
    for (const [processor, { waits }] of this.members)
      for (const wait of waits) this.countWait(processor, wait)
  }

  private countWait(processor: string, wait: Wait): void {
    const now = performance.now()
    this.waitSeconds.inc({ processor, part: wait.part }, (now - wait.countedAt) / MS)
    wait.countedAt = now
  }

  /** Read when they are asked for. */
  private declareStates(registers: Registry[]): void {
    const { members } = this
    const placeLabels = ['processor', 'topic', 'partition'] as const
    new Gauge({
      registers,
      name: 'nicr_processor_lag_records',
      help: 'Records behind the end of the partition after the last fetch.',
      labelNames: placeLabels,
      collect() {
        this.reset()
        for (const [processor, topic, partition, { lag }] of placesOf(members))
          if (lag !== null) this.set({ processor, topic, partition }, lag)
      },
    })
    new Gauge({
      registers,
      name: 'nicr_processor_unread_age_seconds',
      help: 'Time since the oldest record that is not committed was appended; 0 where all is done.',
      labelNames: placeLabels,
      collect() {
        this.reset()
        const now = Date.now()
        for (const [processor, topic, partition, { oldestAt }] of placesOf(members))
          this.set({ processor, topic, partition }, oldestAt === null ? 0 : Math.max(0, now - oldestAt) / MS)
      },
    })
    new Gauge({
      registers,
      name: 'nicr_processor_partitions',
      help: 'Partitions that this process was given, of all topics of a processor together.',
      labelNames: ['processor'],
      collect() {
        this.reset()
        for (const [processor, { partitions }] of members) this.set({ processor }, partitions ?? 0)
      },
    })
    new Gauge({
      registers,
      name: 'nicr_processor_fetch_age_seconds',
      help: 'Time since the broker last answered a fetch of a processor that was given partitions, empty answers too.',
      labelNames: ['processor'],
      collect() {
        this.reset()
        for (const [processor, member] of members) {
          const age = fetchAge(member)
          if (age !== null && (member.partitions ?? 0) > 0) this.set({ processor }, age)
        }
      },
    })
    new Gauge({
      registers,
      name: 'nicr_processor_waiting',
      help: 'Batches that wait for a part that is away: meanwhile their partitions are not read.',
      labelNames: ['processor', 'part'],
      collect() {
        this.reset()
        for (const [processor, { waits }] of members)
          for (const { part } of waits) this.inc({ processor, part }, 1)
      },
    })
  }
}

function assign(member: Member, assignment: ReadonlyMap<TopicName, readonly number[]>): void {
  const kept = new Map<string, Place>()
  for (const [topic, partitions] of assignment)
    for (const partition of partitions) {
      const key = placeKey(topic, partition)
      // A batch that the rebalance cut short may have been committed all the same; if not, it begins again.
      kept.set(key, { topic, partition, lag: member.places.get(key)?.lag ?? null, oldestAt: null })
    }
  member.places.clear()
  for (const [key, place] of kept) member.places.set(key, place)
  member.partitions = kept.size
  member.fetchedAt = performance.now()
}

function* placesOf(
  members: ReadonlyMap<string, Member>,
): Generator<[processor: string, topic: TopicName, partition: number, place: Place]> {
  for (const [processor, { places }] of members)
    for (const place of places.values()) yield [processor, place.topic, place.partition, place]
}

function fetchAge({ fetchedAt }: Member): number | null {
  return fetchedAt === null ? null : (performance.now() - fetchedAt) / MS
}

function placeKey(topic: TopicName, partition: number): string {
  return `${topic}/${partition}`
}

/** `NICR_CLICKHOUSE_UNAVAILABLE` is about `clickhouse`. */
function partOf(code: ErrorCode): string {
  return code
    .replace(/^NICR_/, '')
    .replace(/_UNAVAILABLE$/, '')
    .toLowerCase()
}
