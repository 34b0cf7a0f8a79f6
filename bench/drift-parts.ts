import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { type Addresses, addressesFrom } from '../cli/addresses.ts'
import { applyAll } from '../cli/apply.ts'
import { createServices, followChampions, processorNames, startProcessing } from '../cli/services.ts'
import { startStack } from '../local/stack.ts'
import { type Config, readConfig } from '../pipelines/config.ts'
import { NicrError } from '../schemas/errors.ts'
import { type DriftCpu, driftCpu } from './drift-cpu.ts'
import { type DriftLatency, driftLatency, type LatencyOptions } from './drift-latency.ts'

/** What only running parts show. */
export interface DriftPartsResult extends DriftLatency, DriftCpu {}

export interface DriftPartsOptions {
  readonly log: Logger
  readonly signal: AbortSignal
  readonly report: (progress: string) => void
}

const PARTITIONS = 4
/** About half a minute of posts, and fewer than form a first reference. */
const EVENTS = 1200
const EVENTS_PER_SECOND = 40
const ALARMS_OF_A_KIND = 50
/** Five times what the four tasks watch whole: most of it is what a busy pipeline does. */
const CPU_EVENTS = 100_000
const CPU_ROUNDS = 7
const CLIENT_ID = 'nicr-bench-drift'

/**
 * Measures on a stack of its own, in a temporary folder on free ports, whatever parts are configured: the figures are of a whole `nicr up`
 * without its server. It is stopped and removed at the end.
 * @throws NicrError as `startStack`; NICR_BENCH_FAILED where a part or a processor stops; the signal's reason
 */
export async function benchDriftParts({ log, signal, report }: DriftPartsOptions): Promise<DriftPartsResult> {
  const dataDir = mkdtempSync(join(tmpdir(), 'nicr-bench-'))
  const failed = new AbortController()
  const either = AbortSignal.any([signal, failed.signal])
  const fail = (what: string) => failed.abort(new NicrError('NICR_BENCH_FAILED', what))
  const undo: (() => Promise<void>)[] = []
  try {
    const config = ownConfig(dataDir)
    report('drift: starting Kafka, the registry and ClickHouse')
    const stack = await startStack(config, { report: () => {}, signal: either })
    undo.push(() => stack.stop())
    stack.onPartFailed((name, detail) => fail(`${name} ended. ${detail}`))
    const addresses = addressesFrom(config, { ...stack, server: null, key: null }, CLIENT_ID)
    const latency = await latencyOn(config, {
      addresses,
      log,
      report,
      fail,
      signal: either,
      events: EVENTS,
      eventsPerSecond: EVENTS_PER_SECOND,
      alarms: ALARMS_OF_A_KIND,
    })
    report('drift: CPU beside the pipeline')
    const cpu = await driftCpu({
      kafka: addresses.kafka,
      topics: { ...config.topics, prefix: 'drift-cpu.', partitions: PARTITIONS },
      batch: config.batch,
      events: CPU_EVENTS,
      rounds: CPU_ROUNDS,
      signal: either,
      log,
    })
    return { ...latency, ...cpu }
  } finally {
    for (const step of undo.reverse()) await step()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** Nothing of the environment: the figures are of the defaults. */
function ownConfig(dataDir: string): Config {
  return readConfig({
    NICR_DATA_DIR: dataDir,
    NICR_KAFKA_PORT: '0',
    NICR_REGISTRY_PORT: '0',
    NICR_CLICKHOUSE_PORT: '0',
  })
}

/** What a measurement of latency needs to know of its parts, and how much is sent. */
interface LatencyRun extends Omit<LatencyOptions, 'services'>, Pick<DriftPartsOptions, 'log' | 'report'> {
  readonly addresses: Addresses
  /** Told of a processor that stops for good. */
  readonly fail: (what: string) => void
}

/** Applies, runs all processors and the sink in this process, as `nicr up` does, and measures. */
export async function latencyOn(
  config: Config,
  { addresses, log, report, fail, ...load }: LatencyRun,
): Promise<DriftLatency> {
  const services = createServices(config, addresses, log)
  const undo: (() => Promise<void>)[] = [() => services.close()]
  try {
    await applyAll(services, { partitionsDefault: PARTITIONS })
    const champions = await followChampions(services, { challengers: false })
    undo.push(() => champions.close())
    const onFailed = (name: string, error: unknown) => fail(`${name} stopped: ${String(error)}`)
    const processing = await startProcessing(services, champions, { names: processorNames(), onFailed })
    undo.push(() => processing.stop())
    report('drift: from post to row, from alarm to request')
    return await driftLatency({ services, ...load })
  } finally {
    for (const step of undo.reverse()) await step()
  }
}
