import { setTimeout as delay } from 'node:timers/promises'
import type { Command } from 'commander'
import { type ErasureReport, erasePerson } from '../../jobs/erase/erase-person.ts'
import { type LeftOver, leftOvers } from '../../jobs/erase/left-over.ts'
import { readConfig } from '../../pipelines/config.ts'
import { traces } from '../../pipelines/erasures.ts'
import { kinds } from '../../pipelines/kinds.ts'
import { registryOf } from '../../pipelines/model-registry.ts'
import { Publisher } from '../../pipelines/runtime/kafka/publisher.ts'
import { SINK_NAME } from '../../pipelines/runtime/kafka/sink-runner.ts'
import { connectAdmin, type KafkaAdmin } from '../../pipelines/runtime/kafka/topic-admin.ts'
import { NicrError } from '../../schemas/errors.ts'
import { fullTopicName, type TopicName, topicNames } from '../../schemas/topics.ts'
import { findAddresses } from '../addresses.ts'
import { caller } from '../caller.ts'
import { createLog, createServices, type Services } from '../services.ts'

/** The sink is seconds behind at most where it runs; one that stores nothing for so long does not run. */
const SINK_MS_MAX = 120_000
const SINK_STILL_MS_MAX = 15_000
const SINK_POLL_MS = 500

interface EraseOptions {
  readonly author: string
  readonly dryRun: boolean
  readonly json: boolean
}

export function addEraseCommand(program: Command): void {
  program
    .command('erase')
    .description(
      'erase an author from tables, data sets, images and the image bank, and say what is left and until when',
    )
    .requiredOption('--author <id>', 'the author’s identifier, as content names it')
    .option('--dry-run', 'say what would be erased, and erase nothing', false)
    .option('--json', 'one JSON object', false)
    .action(erase)
}

async function erase({ author, dryRun, json }: EraseOptions): Promise<void> {
  const config = readConfig(process.env)
  const services = createServices(config, findAddresses(config), createLog('error'))
  const { addresses, log, clickhouse, images, codecs } = services
  const topicPrefix = config.topics.prefix
  const publisher = new Publisher({ kafka: addresses.kafka, topicPrefix, codecs, log })
  const admin = await connectAdmin(addresses.kafka, log).catch(async error => {
    await services.close()
    throw error
  })
  try {
    const report = await erasePerson(
      author,
      { dryRun },
      {
        clickhouse,
        dataDir: config.dataDir,
        blobs: images.blobs,
        registry: registryOf(config),
        kinds: Object.keys(kinds),
        now: () => Date.now(),
        by: caller(),
        sinkCaughtUp: () => sinkCaughtUp(services, admin),
        publish: async erasures => {
          await publisher.publish(
            'erasures',
            erasures.map(value => ({ key: value.person, value })),
          )
        },
        takeOutOfBank: entries => publisher.remove('image-banks', entries),
      },
    )
    const retentionOf = await retentions(admin, topicPrefix)
    const left = leftOvers(report.at, { topicPrefix, retentionOf, blobs: config.images.blobs })
    process.stdout.write(json ? `${JSON.stringify(reportJson(report, left))}\n` : reportText(report, left))
    if (!report.complete)
      throw new NicrError(
        'NICR_ERASURE_INCOMPLETE',
        `${SINK_NAME} had not stored all that lay on the topics; what it stores from now on stays away, but run this again once it has caught up (nicr status)`,
      )
  } finally {
    await publisher.stop()
    await admin.close()
    await services.close()
  }
}

/** Whether the sink stores, in time, what lies on the topics now. */
async function sinkCaughtUp({ config }: Services, admin: KafkaAdmin): Promise<boolean> {
  const { prefix } = config.topics
  const group = `${prefix}${SINK_NAME}`
  const read: readonly TopicName[] = [...(Object.keys(traces) as (keyof typeof traces)[]), 'erasures']
  const topics = read.map(name => fullTopicName(prefix, name))
  const wanted = await admin.positionsOf(group, topics)
  const endsAt = performance.now() + SINK_MS_MAX
  let stillSince = performance.now()
  let stored = -1
  for (let now = wanted; ; now = await admin.positionsOf(group, topics)) {
    const left = new Map(
      [...wanted].map(([place, { end }]) => [place, { next: now.get(place)?.next ?? null, end }] as const),
    )
    if ([...(await admin.unreadOf(left)).values()].every(count => count === 0)) return true
    const sum = [...now.values()].reduce((total, { next }) => total + (next ?? 0), 0)
    if (sum !== stored) stillSince = performance.now()
    stored = sum
    if (performance.now() > Math.min(endsAt, stillSince + SINK_STILL_MS_MAX)) return false
    await delay(SINK_POLL_MS)
  }
}

async function retentions(admin: KafkaAdmin, prefix: string): Promise<(topic: string) => number | undefined> {
  const settings = await admin.describeConfigs(topicNames.map(name => fullTopicName(prefix, name)))
  return topic => {
    const ms = settings.get(topic)?.['retention.ms']
    return ms === undefined ? undefined : Number(ms)
  }
}

function reportJson(report: ErasureReport, left: readonly LeftOver[]): object {
  const time = (at: number | null) => (at === null ? null : new Date(at).toISOString())
  return { ...report, at: time(report.at), left: left.map(one => ({ ...one, until: time(one.until) })) }
}

function reportText(report: ErasureReport, left: readonly LeftOver[]): string {
  const { dryRun, rows, dataSetRows, blobs, bankEntries, models } = report
  const done = dryRun ? 'would be erased' : 'erased'
  const found = [...Object.values(rows), dataSetRows, blobs, bankEntries]
  const lines = [
    ...(found.every(count => count === 0)
      ? ['nothing of this author is stored: is it the identifier that content names?']
      : []),
    `${done}, of what was there until ${new Date(report.at).toISOString()}:`,
    ...Object.entries(rows).map(([topic, count]) => `  ${String(count).padStart(8)} rows of ${topic}`),
    `  ${String(dataSetRows).padStart(8)} rows of data sets, of which digests stay`,
    `  ${String(blobs).padStart(8)} images`,
    `  ${String(bankEntries).padStart(8)} entries of the image bank`,
    'left:',
    ...left.map(
      ({ what, why, until }) =>
        `  ${what}: ${why}; ${until === null ? 'stays' : `until ${new Date(until).toISOString()}`}`,
    ),
    models.length === 0
      ? 'no version of a model is known to have learned from it'
      : `these versions learned from it, and are not removed: ${models.join(', ')}`,
  ]
  return `${lines.join('\n')}\n`
}
