import { Registry } from 'prom-client'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { GroupMetrics, type GroupWatch } from '../../../pipelines/runtime/group-metrics.ts'
import type { TopicName } from '../../../schemas/topics.ts'

describe('metrics of a member of a consumer group', () => {
  let registry: Registry
  let groups: GroupMetrics
  let watch: GroupWatch
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'], now: 1_000_000 })
    registry = new Registry()
    groups = new GroupMetrics(registry)
    watch = groups.of('judge-readers')
  })
  afterEach(() => vi.useRealTimers())

  const given = (assignment: Partial<Record<TopicName, number[]>>) =>
    watch.assigned(new Map(Object.entries(assignment) as [TopicName, number[]][]))
  async function value(name: string, labels: Record<string, string | number>): Promise<number | undefined> {
    const metric = await registry.getSingleMetric(name)!.get()
    const wanted = Object.entries({ processor: 'judge-readers', ...labels })
    return metric.values.find(one =>
      wanted.every(([key, label]) => String(one.labels[key]) === String(label)),
    )?.value
  }
  const votes = { topic: 'votes', partition: 1 } as const

  it('tells the lag of each topic and partition', async () => {
    given({ votes: [0, 1], reports: [0, 1] })
    watch.progressed('votes', 1, 40)
    watch.progressed('reports', 1, 3)
    expect(await value('nicr_processor_lag_records', votes)).toBe(40)
    expect(await value('nicr_processor_lag_records', { topic: 'reports', partition: 1 })).toBe(3)
    expect(await value('nicr_processor_lag_records', { topic: 'votes', partition: 0 })).toBeUndefined()
    expect(await value('nicr_processor_partitions', {})).toBe(4)
  })

  it('tells for how long the oldest record waits, also while nothing moves', async () => {
    given({ votes: [1] })
    expect(await value('nicr_processor_unread_age_seconds', votes)).toBe(0)
    watch.began('votes', 1, 990_000)
    vi.advanceTimersByTime(60_000)
    expect(await value('nicr_processor_unread_age_seconds', votes)).toBe(70)
    watch.progressed('votes', 1, 5)
    expect(await value('nicr_processor_unread_age_seconds', votes)).toBe(70)
    watch.progressed('votes', 1, 0)
    expect(await value('nicr_processor_unread_age_seconds', votes)).toBe(0)
  })

  it('waits for no record of a batch that a rebalance cut short: it was committed, or begins again', async () => {
    given({ votes: [1] })
    watch.began('votes', 1, 990_000)
    given({ votes: [1] })
    vi.advanceTimersByTime(60_000)
    expect(await value('nicr_processor_unread_age_seconds', votes)).toBe(0)
  })

  it('forgets a partition that went to another member', async () => {
    given({ votes: [0, 1] })
    watch.progressed('votes', 1, 40)
    given({ votes: [0] })
    watch.progressed('votes', 1, 41)
    expect(await value('nicr_processor_lag_records', votes)).toBeUndefined()
    expect(await value('nicr_processor_partitions', {})).toBe(1)
  })

  it('counts the time that a batch waits for a part while it still waits, once', async () => {
    given({ votes: [1] })
    const waited = watch.waits('NICR_CLICKHOUSE_UNAVAILABLE')
    vi.advanceTimersByTime(30_000)
    expect(await value('nicr_processor_waiting_seconds_total', { part: 'clickhouse' })).toBe(30)
    expect(await value('nicr_processor_waiting', { part: 'clickhouse' })).toBe(1)
    expect(groups.stateOf('judge-readers')?.waitsFor).toEqual(['clickhouse'])
    vi.advanceTimersByTime(10_000)
    waited()
    vi.advanceTimersByTime(10_000)
    expect(await value('nicr_processor_waiting_seconds_total', { part: 'clickhouse' })).toBe(40)
    expect(await value('nicr_processor_waiting', { part: 'clickhouse' })).toBeUndefined()
    expect(groups.stateOf('judge-readers')?.waitsFor).toEqual([])
  })

  it('tells how long the broker is silent, of a member that has something to hear', async () => {
    expect(groups.stateOf('judge-readers')).toEqual({ partitions: null, fetchAgeSeconds: null, waitsFor: [] })
    given({ votes: [1] })
    vi.advanceTimersByTime(8_000)
    watch.fetched()
    vi.advanceTimersByTime(2_000)
    expect(await value('nicr_processor_fetch_age_seconds', {})).toBe(2)
    given({})
    expect(await value('nicr_processor_fetch_age_seconds', {})).toBeUndefined()
  })
})
