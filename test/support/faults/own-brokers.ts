import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Guarded, spawnGuarded } from '../../../local/guarded.ts'
import { ensureJars } from '../../../local/jars.ts'
import { findJava } from '../../../local/java.ts'
import { kafkaJars } from '../../../local/kafka/broker.ts'
import { freePort, loopback } from '../../../local/ports.ts'
import { connectAdmin } from '../../../pipelines/runtime/kafka/topic-admin.ts'
import { packagePath } from '../../../schemas/package-root.ts'
import { silent } from '../kafka-driver.ts'
import { until } from '../until.ts'

/** Brokers of a test's own, one or three, that are killed, cut off and filled up as it likes: real Apache Kafka, as the embedded one. */
export interface OwnBrokers {
  /** For KAFKA_BROKERS. */
  readonly addresses: string
  readonly nodes: readonly OwnBroker[]
  /** Waits until every node answers for itself. */
  ready(): Promise<void>
  stop(): Promise<void>
}

export interface OwnBroker {
  /** Whether its process lives. */
  readonly isRunning: boolean
  start(): Promise<void>
  /** SIGKILL; resolves once it is gone. */
  kill(): Promise<void>
}

const READY_MS = 120_000
const GRACE_MS = 20_000
const CLUSTER_ID = 'nicrfaultsnicrfaults'

interface Place {
  readonly id: number
  readonly folder: string
  readonly port: number
  readonly controllerPort: number
}

/** @param folder where their data lies; each node has a folder in it */
export async function startBrokers({
  folder,
  count,
  host = loopback,
}: {
  readonly folder: string
  readonly count: 1 | 3
  readonly host?: string
}): Promise<OwnBrokers> {
  const java = await findJava()
  const jars = await ensureJars(kafkaJars, { report: () => undefined, signal: new AbortController().signal })
  const run = [
    java,
    '-Xmx384m',
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    '-XX:-UsePerfData',
    '-Djava.awt.headless=true',
    `-Dlog4j2.configurationFile=${packagePath('local', 'kafka', 'log4j2.properties')}`,
    '-cp',
    join(jars, '*'),
  ]
  const taken = new Set<number>()
  const places: Place[] = []
  for (let id = 1; id <= count; id++) {
    const ports = [await freePort(taken), 0]
    taken.add(ports[0]!)
    ports[1] = await freePort(taken)
    taken.add(ports[1])
    places.push({ id, folder: join(folder, `node${id}`), port: ports[0]!, controllerPort: ports[1] })
  }
  const nodes = places.map(place => new Node(place, run))
  for (const [index, node] of nodes.entries()) {
    mkdirSync(places[index]!.folder, { recursive: true })
    writeFileSync(join(places[index]!.folder, 'kafka.properties'), properties(places[index]!, places, host))
    await node.format()
  }
  await Promise.all(nodes.map(node => node.start()))
  const addresses = places.map(({ port }) => `${host}:${port}`)
  const brokers: OwnBrokers = {
    addresses: addresses.join(','),
    nodes,
    async ready() {
      for (const address of addresses) await until(`${address} answers`, () => answers(address), READY_MS)
    },
    async stop() {
      await Promise.all(nodes.map(node => node.kill()))
    },
  }
  await brokers.ready()
  return brokers
}

class Node implements OwnBroker {
  private readonly place: Place
  private readonly run: readonly string[]
  private running: Guarded | null = null

  constructor(place: Place, run: readonly string[]) {
    this.place = place
    this.run = run
  }

  get isRunning(): boolean {
    return this.running !== null
  }

  async format(): Promise<void> {
    const tool = [
      'kafka.tools.StorageTool',
      'format',
      '--cluster-id',
      CLUSTER_ID,
      '--config',
      'kafka.properties',
    ]
    const status = await (await this.spawn(tool)).exited
    if (status !== 0)
      throw new Error(`the storage tool ended with ${status}; see ${this.place.folder}/console.log`)
  }

  async start(): Promise<void> {
    if (this.running !== null) return
    const running = await this.spawn(['kafka.Kafka', 'kafka.properties'])
    this.running = running
    void running.exited.then(() => {
      if (this.running === running) this.running = null
    })
  }

  async kill(): Promise<void> {
    const { running } = this
    if (running === null) return
    process.kill(running.pid, 'SIGKILL')
    await running.exited
  }

  private async spawn(command: readonly string[]): Promise<Guarded> {
    const log = openSync(join(this.place.folder, 'console.log'), 'a')
    try {
      return await spawnGuarded({
        name: `kafka${this.place.id}`,
        command: [...this.run, ...command],
        cwd: this.place.folder,
        logFd: log,
        graceMs: GRACE_MS,
      })
    } finally {
      closeSync(log)
    }
  }
}

/** Three nodes keep every record three times and take it once two have it; otherwise as the embedded broker. */
function properties(place: Place, places: readonly Place[], host: string): string {
  const copies = places.length
  const inSync = Math.min(2, copies)
  const entries = {
    'process.roles': 'broker,controller',
    'node.id': place.id,
    'controller.quorum.voters': places
      .map(({ id, controllerPort }) => `${id}@${loopback}:${controllerPort}`)
      .join(','),
    listeners: `BROKER://${host}:${place.port},CONTROLLER://${loopback}:${place.controllerPort}`,
    'advertised.listeners': `BROKER://${host}:${place.port}`,
    'listener.security.protocol.map': 'BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'BROKER',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': 'kafka',
    'auto.create.topics.enable': false,
    'default.replication.factor': copies,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': copies,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': inSync,
    'share.coordinator.state.topic.replication.factor': copies,
    'share.coordinator.state.topic.min.isr': inSync,
    'offsets.topic.num.partitions': 8,
    'transaction.state.log.num.partitions': 8,
    'group.initial.rebalance.delay.ms': 0,
    'broker.session.timeout.ms': 5_000,
    'broker.heartbeat.interval.ms': 1_000,
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': 1_000,
    'log.cleaner.dedupe.buffer.size': 16 * 1024 * 1024,
  }
  return Object.entries(entries)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

async function answers(address: string): Promise<boolean> {
  const settings = { brokers: [address], ssl: false, sslCa: null, sasl: null, clientId: 'ready' }
  try {
    const admin = await connectAdmin(settings, silent)
    await admin.ping().finally(() => admin.close())
    return true
  } catch {
    return false
  }
}
