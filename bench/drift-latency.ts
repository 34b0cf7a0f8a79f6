import { setTimeout as delay } from 'node:timers/promises'
import type { Services } from '../cli/services.ts'
import { kinds } from '../pipelines/kinds.ts'
import { createKafka } from '../pipelines/runtime/kafka/client.ts'
import { LogReader } from '../pipelines/runtime/kafka/log-reader.ts'
import { Publisher } from '../pipelines/runtime/kafka/publisher.ts'
import { NicrError } from '../schemas/errors.ts'
import { driftReportId } from '../schemas/ids.ts'
import type { DriftReport } from '../schemas/records.ts'
import { fullTopicName, type RecordOf } from '../schemas/topics.ts'
import { contentEvents } from './content-events.ts'
import { quantile } from './pipeline-result.ts'

/** How long something takes on running parts, ms. `missed`: how often it had not come when the wait was over. */
export interface Latency {
  readonly count: number
  readonly p50Ms: number | null
  readonly p99Ms: number | null
  readonly missed: number
}

export interface DriftLatency {
  readonly eventsPerSecond: number
  /** From publishing a post until ClickHouse answers its score of every kind and the profiles that cover it. */
  readonly eventToRow: Latency
  /** From a report of drift to the request that names it, by the broker's append times; the first few after the start are left out. */
  readonly alarmToRequest: Latency
}

export interface LatencyOptions {
  /** Of a stack where everything was applied and all processors and the sink run. */
  readonly services: Services
  /** Fewer than a first reference needs, so that nothing but the alarms of this benchmark is heard. */
  readonly events: number
  readonly eventsPerSecond: number
  /** Alarms of each kind. */
  readonly alarms: number
  readonly signal: AbortSignal
}

/** A poll's interval is in the figures: what is there is seen this much later at most. */
const POLL_MS = 100
/** After the last event; what is not there by then is missed. */
const WAIT_MS = 30_000
/** A busy machine publishes more slowly; what was not published by then is not. */
const PUBLISH_MS_MAX = 60_000
const DAY_MS = 86_400_000
/** Longer than the cool-down of every policy. */
const ALARM_EVERY_MS = 2 * DAY_MS
const ALARM_VERSION = 'bench'
/** The first alarms after a start meet code that is not compiled and producers that know no broker yet. */
const WARM_UP_ALARMS = 6

/**
 * Publishes posts at a steady rate, and alarms among them, each a drift of its own that a policy asks for, and watches what comes of
 * both.
 * @throws NicrError as `Publisher.publish` and the ClickHouse client; the signal's reason
 */
export async function driftLatency(options: LatencyOptions): Promise<DriftLatency> {
  const { addresses, config, codecs, log } = options.services
  const publisher = new Publisher({
    kafka: addresses.kafka,
    topicPrefix: config.topics.prefix,
    codecs,
    log,
  })
  await publisher.start()
  try {
    const watch = new RowWatch(options)
    const alarms = alarmsOf(options)
    const alarmEvery = Math.max(1, Math.floor(options.events / alarms.length))
    const startedAt = performance.now()
    let index = 0
    const polling = watch.run()
    // Awaited at the end; a failure before is not to end the process.
    polling.catch(() => undefined)
    for (const value of contentEvents(options.events)) {
      options.signal.throwIfAborted()
      if (performance.now() > startedAt + PUBLISH_MS_MAX) break
      await delay(Math.max(0, startedAt + (1000 * index) / options.eventsPerSecond - performance.now()))
      const publishedAt = performance.now()
      const [place] = await publisher.publish('content', [{ key: value.id, value }])
      watch.expect(value.id, { ...place!, publishedAt })
      const alarm = index % alarmEvery === 0 ? alarms.shift() : undefined
      if (alarm !== undefined) await publisher.publish('drift-reports', [{ key: alarm.kind, value: alarm }])
      index++
    }
    const eventsPerSecond = (1000 * index) / (performance.now() - startedAt)
    watch.end()
    const eventToRow = await polling
    return { eventsPerSecond, eventToRow, alarmToRequest: await alarmToRequest(options) }
  } finally {
    await publisher.stop()
  }
}

interface Expected {
  readonly partition: number
  readonly offset: number
  readonly publishedAt: number
}

/** Asks ClickHouse over and over for what is not there yet. */
class RowWatch {
  private readonly options: LatencyOptions
  private readonly expected = new Map<string, Expected>()
  private readonly delays: number[] = []
  private endedAt: number | null = null

  constructor(options: LatencyOptions) {
    this.options = options
  }

  expect(id: string, expected: Expected): void {
    this.expected.set(id, expected)
  }

  end(): void {
    this.endedAt = performance.now()
  }

  async run(): Promise<Latency> {
    while (this.endedAt === null || (this.expected.size > 0 && performance.now() < this.endedAt + WAIT_MS)) {
      this.options.signal.throwIfAborted()
      if (this.expected.size > 0) await this.poll()
      await delay(POLL_MS)
    }
    return latencyOf(this.delays, this.expected.size)
  }

  private async poll(): Promise<void> {
    const { clickhouse, config } = this.options.services
    const declared = Object.values(kinds).filter(({ input }) => input === 'TEXT')
    const [scored, covered] = await Promise.all([
      clickhouse.query<{ contentId: string; kinds: string }>(
        'SELECT contentId, uniqExact(kind) AS kinds FROM scores WHERE contentId IN {ids:Array(String)} GROUP BY contentId',
        { ids: [...this.expected.keys()] },
      ),
      clickhouse.query<{ kind: string; partition: number; next: string }>(
        'SELECT kind, sourcePartition AS partition, max(nextOffset) AS next FROM feature_profiles WHERE sourceTopic = {topic:String} GROUP BY ALL',
        { topic: fullTopicName(config.topics.prefix, 'content') },
      ),
    ])
    const seenAt = performance.now()
    const next = new Map(covered.map(row => [`${row.kind}/${row.partition}`, Number(row.next)]))
    const profiled = declared.filter(({ drift }) => drift !== undefined)
    for (const { contentId, kinds: count } of scored) {
      const { partition, offset, publishedAt } = this.expected.get(contentId)!
      const isCovered = profiled.every(({ kind }) => offset < (next.get(`${kind}/${partition}`) ?? 0))
      if (Number(count) < declared.length || !isCovered) continue
      this.delays.push(seenAt - publishedAt)
      this.expected.delete(contentId)
    }
  }
}

/** Alarms of each kind in turn, two days of event time apart, each against a reference of its own: a drift that was not asked for yet. */
function alarmsOf({ alarms }: LatencyOptions): DriftReport[] {
  const asking = Object.values(kinds).filter(
    ({ input, retrain }) => input === 'TEXT' && retrain !== undefined,
  )
  const firstAt = Date.now() - alarms * ALARM_EVERY_MS
  return Array.from({ length: alarms }, (_, index) =>
    asking.map(({ kind }): DriftReport => {
      const at = firstAt + index * ALARM_EVERY_MS
      const report = {
        kind,
        feature: 'words',
        slice: 'all',
        windowStart: at - 1000,
        windowEnd: at + 1,
        method: 'adwin',
        statistic: 20,
        threshold: 10,
        pValue: null,
        eValue: null,
        effect: 0.8,
        effectLow: null,
        effectHigh: null,
        drifted: true,
        finding: null,
        count: 2000,
        modelVersion: ALARM_VERSION,
        referenceVersion: `bench-${index}`,
        changedAt: at - 1000,
        contributors: [],
        at,
      }
      return { id: driftReportId(report), ...report }
    }),
  ).flat()
}

/** Reads both topics until every alarm has its request, or the wait is over. */
async function alarmToRequest({ services, signal }: LatencyOptions): Promise<Latency> {
  const { addresses, codecs, config, log } = services
  const reader = new LogReader(createKafka(addresses.kafka, log))
  const { prefix } = config.topics
  const appendedAt = async <Topic extends 'drift-reports' | 'retrain-requests'>(
    topic: Topic,
    idsOf: (record: RecordOf<Topic>) => readonly string[],
  ) => {
    const times = new Map<string, number>()
    const codec = codecs.of(topic)
    for await (const records of reader.read(fullTopicName(prefix, topic), 0)) {
      await codec.prepare(records.map(({ value }) => value))
      for (const { value, appendedAt } of records) {
        const decoded = codec.decode(value)
        if (!decoded.ok) throw new NicrError('NICR_BENCH_FAILED', `a record of ${topic}: ${decoded.detail}`)
        for (const id of idsOf(decoded.value)) if (!times.has(id)) times.set(id, appendedAt)
      }
    }
    return times
  }
  try {
    const alarms = await appendedAt('drift-reports', ({ id, modelVersion }) =>
      modelVersion === ALARM_VERSION ? [id] : [],
    )
    const endsAt = performance.now() + WAIT_MS
    for (;;) {
      signal.throwIfAborted()
      const requested = await appendedAt('retrain-requests', ({ evidence }) =>
        evidence.flatMap(({ ref }) => (ref === null ? [] : [ref])),
      )
      const answered = [...alarms].filter(([id]) => requested.has(id))
      if (answered.length < alarms.size && performance.now() < endsAt) {
        await delay(POLL_MS)
        continue
      }
      const delays = answered.map(([id, at]) => requested.get(id)! - at).slice(WARM_UP_ALARMS)
      return latencyOf(delays, alarms.size - answered.length)
    }
  } finally {
    await reader.close()
  }
}

function latencyOf(delays: readonly number[], missed: number): Latency {
  const of = (share: number) => (delays.length === 0 ? null : Math.round(quantile(delays, share)))
  return { count: delays.length, p50Ms: of(0.5), p99Ms: of(0.99), missed }
}
