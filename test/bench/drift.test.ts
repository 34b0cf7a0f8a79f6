import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { driftCpuMicros } from '../../bench/drift-cpu.ts'
import { latencyOn } from '../../bench/drift-parts.ts'
import { driftReportCost } from '../../bench/drift-report-cost.ts'
import { addressesFrom } from '../../cli/addresses.ts'
import { isFull } from '../support/full.ts'
import { silent } from '../support/kafka-driver.ts'
import { sharedStackConfig, stackMissing } from '../support/stack.ts'

const { signal } = new AbortController()

describe('the cost of a report from stored profiles', () => {
  it('is that of one window over every post, with each method of each feature', () => {
    const { posts, features, slices, megabytes, seconds, figures } = driftReportCost(20_000)
    expect({ posts, features, slices }).toEqual({ posts: 20_000, features: 20, slices: 5 })
    // psi, ks, js, wasserstein and chi-square.
    expect(figures).toBe(20 * 5)
    // A thousand steps and more of 20 features in 5 slices cannot lie in less.
    expect(megabytes).toBeGreaterThan(0.5)
    expect(seconds).toBeGreaterThan(0)
  })
})

describe.skipIf(!isFull)('the cost of drift beside the pipeline', () => {
  it('is that of the champions’ profiles and of detection over them', async () => {
    const micros = await driftCpuMicros({
      batch: { recordsMax: 500, bytesMax: 1e6 },
      events: 1000,
      rounds: 1,
      signal,
    })
    expect(micros.detection).toBeGreaterThan(0)
    // Two runs are subtracted, and the chance of a busy machine is in both: it may be less than nothing.
    expect(micros.profiling).not.toBeNaN()
    expect(micros.watchingAll).not.toBeNaN()
  })
})

// Every processor beside the other tests' own would crowd their broker.
const canRun = isFull && stackMissing() === null

describe.skipIf(!canRun)('latencies on running parts', () => {
  it('sees every post in ClickHouse with its profiles, and a request for each alarm', async () => {
    const name = `bench${randomBytes(4).toString('hex')}`
    const config = sharedStackConfig({ NICR_TOPIC_PREFIX: `${name}.`, CLICKHOUSE_DATABASE: name })
    const failures: string[] = []
    const { eventToRow, alarmToRequest } = await latencyOn(config, {
      addresses: addressesFrom(
        config,
        { kafkaBrokers: [], registryUrl: '', clickhouseUrl: '', server: null, key: null },
        name,
      ),
      log: silent,
      report: () => {},
      fail: what => failures.push(what),
      events: 60,
      eventsPerSecond: 60,
      alarms: 3,
      signal,
    })
    expect(failures).toEqual([])
    expect(eventToRow).toMatchObject({ count: 60, missed: 0 })
    // Three of each kind that asks for training, but for the six that warm up.
    expect(alarmToRequest).toMatchObject({ count: 3, missed: 0 })
    expect(eventToRow.p99Ms).toBeGreaterThanOrEqual(eventToRow.p50Ms ?? Number.NaN)
    expect(eventToRow.p50Ms).toBeGreaterThan(0)
  })
})
