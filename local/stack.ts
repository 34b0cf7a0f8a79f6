import type { Config } from '../pipelines/config.ts'
import { startClickhouse } from './clickhouse-process.ts'
import { type DataDir, takeDataDir } from './data-dir.ts'
import { ensureJars } from './jars.ts'
import { findJava } from './java.ts'
import { kafkaJars, startKafka } from './kafka/broker.ts'
import type { JarSet } from './maven.ts'
import type { Part, PartContext } from './part.ts'
import { assertPortFree, freePort, loopback } from './ports.ts'
import type { PartName, Progress } from './progress.ts'
import { registryJars, registryUrl, startRegistry } from './registry/registry.ts'

export interface StackOptions {
  /** Only these parts; by default all that the configuration gives no URL for. */
  readonly only?: readonly PartName[] | undefined
  readonly report: (progress: Progress) => void
  /** Aborts the start: what was started is stopped, and `startStack` throws the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** The parts that run here, and the addresses of all three wherever they run. */
export interface Stack {
  /** Empty if no broker is configured and none was asked for; so with the URLs below. */
  readonly kafkaBrokers: readonly string[]
  readonly registryUrl: string
  readonly clickhouseUrl: string
  /** In the order in which they became ready. */
  readonly parts: readonly Pick<Part, 'name' | 'pid' | 'port' | 'startedMs'>[]
  /** Called once for each part that ends without being stopped, with how it ended and the end of its log. */
  onPartFailed(callback: (name: PartName, detail: string) => void): void
  /** Stops the parts in reverse order and lets go of the data directory. Safe to repeat. */
  stop(): Promise<void>
}

const partSettings = {
  kafka: { setting: 'NICR_KAFKA_PORT', title: 'the embedded broker' },
  registry: { setting: 'NICR_REGISTRY_PORT', title: 'the embedded schema registry' },
  clickhouse: { setting: 'NICR_CLICKHOUSE_PORT', title: 'the embedded ClickHouse endpoint' },
} as const satisfies Record<PartName, { setting: string; title: string }>

/**
 * Starts the embedded parts side by side and waits until each answers.
 * @throws NicrError NICR_DATA_DIR_IN_USE, NICR_PORT_IN_USE, NICR_JAVA_MISSING, NICR_MAVEN_MISSING,
 *   NICR_DOWNLOAD_FAILED, NICR_CHDB_MISSING, NICR_PART_FAILED; by then whatever was started has been stopped
 */
export async function startStack(config: Config, options: StackOptions): Promise<Stack> {
  const names = partsToStart(config, options.only)
  if (names.length === 0) return toStack(config, { running: [], stop: async () => {} })
  options.signal?.throwIfAborted()
  const dataDir = await takeDataDir(config.dataDir)
  const running: Part[] = []
  const stop = stopOnce(running, dataDir, options.report)
  try {
    const launch = await prepare(config, names)
    await startAll(names, { dataDir, launch, options, started: part => running.push(part) })
  } catch (error) {
    await stop()
    throw error
  }
  return toStack(config, { running, stop })
}

function partsToStart(config: Config, only: readonly PartName[] | undefined): PartName[] {
  const urls = {
    kafka: config.kafka.brokers,
    registry: config.registry.url,
    clickhouse: config.clickhouse.url,
  }
  return (Object.keys(urls) as PartName[]).filter(
    name => urls[name] === null && (only ?? [name]).includes(name),
  )
}

interface Launch {
  readonly ports: Record<PartName, number>
  readonly controllerPort: number
  /** Empty where no part needs it. */
  readonly java: string
}

/** Finds out beforehand what would stop the start: busy ports, a missing Java. */
async function prepare(config: Config, names: readonly PartName[]): Promise<Launch> {
  const { kafkaPort, registryPort, clickhousePort } = config.embedded
  const ports: Record<PartName, number> = {
    kafka: kafkaPort,
    registry: registryPort,
    clickhouse: clickhousePort,
  }
  for (const name of names)
    if (ports[name] !== 0)
      await assertPortFree(partSettings[name].setting, partSettings[name].title, ports[name])
  const taken = new Set(Object.values(ports))
  // ClickHouse's endpoint takes a free port by itself.
  for (const name of ['kafka', 'registry'] as const)
    if (ports[name] === 0) {
      ports[name] = await freePort(taken)
      taken.add(ports[name])
    }
  const java = names.includes('kafka') || names.includes('registry') ? await findJava() : ''
  return { ports, controllerPort: await freePort(taken), java }
}

/** If one start fails, the others are aborted; this throws the first failure once all have come to an end. */
async function startAll(
  names: readonly PartName[],
  run: { dataDir: DataDir; launch: Launch; options: StackOptions; started: (part: Part) => void },
): Promise<void> {
  const failed = new AbortController()
  const signal =
    run.options.signal === undefined ? failed.signal : AbortSignal.any([failed.signal, run.options.signal])
  const jars = jarFetcher(run.options.report, signal)
  const starts = names.map(async name => {
    const report = (detail: string) => run.options.report({ part: name, state: 'starting', detail })
    const context = { dataDir: run.dataDir, port: run.launch.ports[name], signal, report }
    try {
      const part = await startNamed(name, { context, launch: run.launch, jars })
      run.started(part)
      run.options.report({
        part: name,
        state: 'ready',
        detail: `${loopback}:${part.port} after ${part.startedMs} ms`,
      })
    } catch (error) {
      failed.abort(error)
      throw error
    }
  })
  await Promise.allSettled(starts)
  signal.throwIfAborted()
}

async function startNamed(
  name: PartName,
  how: { context: PartContext; launch: Launch; jars: (part: PartName, set: JarSet) => Promise<string> },
): Promise<Part> {
  const { context, launch, jars } = how
  const { java, controllerPort } = launch
  switch (name) {
    case 'kafka': {
      const folder = await jars(name, kafkaJars)
      context.report('Apache Kafka 4.4.0')
      return startKafka(context, { java, jars: folder, controllerPort })
    }
    case 'registry': {
      const folder = await jars(name, registryJars)
      context.report('Apicurio Registry 2.6.13')
      return startRegistry(context, { java, jars: folder })
    }
    case 'clickhouse':
      context.report('ClickHouse engine (chdb)')
      return startClickhouse(context)
    default:
      return name satisfies never
  }
}

/** One download at a time: two Mavens that fill one empty local repository get in each other's way. */
function jarFetcher(report: StackOptions['report'], signal: AbortSignal) {
  let last: Promise<unknown> = Promise.resolve()
  return (part: PartName, set: JarSet): Promise<string> => {
    const fetched = last.then(() =>
      ensureJars(set, { signal, report: detail => report({ part, state: 'downloading', detail }) }),
    )
    last = fetched.catch(() => {})
    return fetched
  }
}

function stopOnce(
  running: readonly Part[],
  dataDir: DataDir,
  report: StackOptions['report'],
): () => Promise<void> {
  const stopAll = async () => {
    for (const part of [...running].reverse()) {
      report({ part: part.name, state: 'stopping', detail: '' })
      await part.stop()
      report({ part: part.name, state: 'stopped', detail: '' })
    }
    dataDir.release()
  }
  let stopped: Promise<void> | null = null
  return () => {
    stopped ??= stopAll()
    return stopped
  }
}

function toStack(
  config: Config,
  { running, stop }: { running: readonly Part[]; stop: () => Promise<void> },
): Stack {
  let stopping = false
  const port = (name: PartName) => running.find(part => part.name === name)?.port
  const kafkaPort = port('kafka')
  const registryPort = port('registry')
  const clickhousePort = port('clickhouse')
  return {
    kafkaBrokers: kafkaPort === undefined ? (config.kafka.brokers ?? []) : [`${loopback}:${kafkaPort}`],
    registryUrl: registryPort === undefined ? (config.registry.url ?? '') : registryUrl(registryPort),
    clickhouseUrl:
      clickhousePort === undefined ? (config.clickhouse.url ?? '') : `http://${loopback}:${clickhousePort}`,
    parts: running.map(({ name, pid, port, startedMs }) => ({ name, pid, port, startedMs })),
    onPartFailed(callback) {
      for (const part of running)
        void part.ended.then(detail => {
          if (!stopping) callback(part.name, detail)
        })
    },
    stop() {
      stopping = true
      return stop()
    },
  }
}
