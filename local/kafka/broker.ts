import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packagePath } from '../../schemas/package-root.ts'
import type { JarSet } from '../maven.ts'
import { type Part, type PartContext, runToEnd, startPart } from '../part.ts'
import { loopback } from '../ports.ts'
import { brokerAnswers } from './ping.ts'

export const kafkaJars: JarSet = {
  name: 'kafka-4.4.0',
  pom: packagePath('local', 'kafka', 'pom.xml'),
  goal: 'copy',
  aboutMb: 60,
}

const title = 'The embedded Kafka broker'
/** Folder of the topics, under the data directory. The broker runs in the data directory, so its path is never quoted. */
const dataFolder = 'kafka'
const newFolder = 'kafka.new'
const graceMs = 20_000
const jvmFlags = [
  '-Xmx512m',
  // A quick start counts for more here than peak speed.
  '-XX:TieredStopAtLevel=1',
  '-XX:+UseSerialGC',
  '-XX:-UsePerfData',
  '-XX:+ExitOnOutOfMemoryError',
  '-Djava.awt.headless=true',
]

/**
 * Starts Apache Kafka as broker and controller in one (KRaft), formatting its storage at the first start.
 * The controller's port may change from start to start, as the broker's may.
 */
export async function startKafka(
  context: PartContext,
  { java, jars, controllerPort }: { java: string; jars: string; controllerPort: number },
): Promise<Part> {
  const { dataDir, port } = context
  const run = [
    java,
    ...jvmFlags,
    `-Dlog4j2.configurationFile=${packagePath('local', 'kafka', 'log4j2.properties')}`,
    '-cp',
    join(jars, '*'),
  ]
  const inDataDir = (name: string) => join(dataDir.path, name)
  if (!existsSync(inDataDir(join(dataFolder, 'meta.properties')))) {
    // Formatted elsewhere and then renamed: half-formatted storage never gets the name under which it is used.
    context.report('formatting its storage')
    for (const name of readdirSync(dataDir.path))
      if (name === newFolder) rmSync(inDataDir(name), { recursive: true })
    writeFileSync(
      inDataDir('kafka.properties'),
      brokerProperties({ port, controllerPort, folder: newFolder }),
    )
    const clusterId = `nicr${randomBytes(9).toString('hex')}`
    const format = [
      'kafka.tools.StorageTool',
      'format',
      '--cluster-id',
      clusterId,
      '--config',
      'kafka.properties',
    ]
    await runToEnd(
      { name: 'kafka', title: 'Kafka’s storage tool', command: [...run, ...format], graceMs },
      context,
    )
    rmSync(inDataDir(dataFolder), { recursive: true, force: true })
    renameSync(inDataDir(newFolder), inDataDir(dataFolder))
  }
  writeFileSync(inDataDir('kafka.properties'), brokerProperties({ port, controllerPort, folder: dataFolder }))
  return startPart(
    {
      name: 'kafka',
      title,
      command: [...run, 'kafka.Kafka', 'kafka.properties'],
      graceMs,
      ownLogs: ['kafka.log'],
      ready: async () => ((await brokerAnswers(port)) ? port : null),
    },
    context,
  )
}

function brokerProperties(options: { port: number; controllerPort: number; folder: string }): string {
  const { port, controllerPort, folder } = options
  const properties = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    // Static voters: unlike dynamic ones they leave no address in the storage, so the ports may change.
    'controller.quorum.voters': `1@${loopback}:${controllerPort}`,
    listeners: `BROKER://${loopback}:${port},CONTROLLER://${loopback}:${controllerPort}`,
    'advertised.listeners': `BROKER://${loopback}:${port}`,
    'listener.security.protocol.map': 'BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'BROKER',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': folder,
    'auto.create.topics.enable': false,
    'default.replication.factor': 1,
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    // 50 each by default; few partitions are created, and found again, in a moment.
    'offsets.topic.num.partitions': 8,
    'transaction.state.log.num.partitions': 8,
    'group.initial.rebalance.delay.ms': 0,
    // A broker that was killed registers again only when its former session has expired. 9 s by default; much less
    // and a machine under load would fence a healthy broker.
    'broker.session.timeout.ms': 5_000,
    'broker.heartbeat.interval.ms': 1_000,
    // Beyond the 30 days that topics are kept: a group that rests meanwhile must not start over.
    'offsets.retention.minutes': 60 * 24 * 60,
    // An open transaction stalls every reader of committed records, so a timed-out one is ended soon (default 10 s).
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': 1_000,
    // Allocated at the start, 128 MB by default; plenty for the few compacted topics of one machine.
    'log.cleaner.dedupe.buffer.size': 16 * 1024 * 1024,
  }
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}
