import type { Command } from 'commander'
import { createClickHouse } from '../../pipelines/clickhouse.ts'
import { type Config, readConfig } from '../../pipelines/config.ts'
import { kinds } from '../../pipelines/kinds.ts'
import { connectAdmin } from '../../pipelines/runtime/kafka/topic-admin.ts'
import { createSchemaRegistry } from '../../pipelines/schema-registry.ts'
import { versionOf } from '../../processors/fold-promotions.ts'
import { type Addresses, findAddresses } from '../addresses.ts'
import { type LoopStatus, readLoopStatus } from '../loop.ts'
import { knownPromotions, openModels } from '../models.ts'
import { createLog, createServices, inputsOf, processorNames } from '../services.ts'

export function addStatusCommand(program: Command): void {
  program
    .command('status')
    .description('health of each part, lag of each processor, live model versions; exits 1 if a part is away')
    .option('--json', 'one JSON object', false)
    .action(async ({ json }: { json: boolean }) => {
      const config = readConfig(process.env)
      const addresses = findAddresses(config)
      const status = {
        parts: await askParts(addresses),
        lag: await askLag(addresses, config.topics.prefix),
        models: await liveModels(config),
        loop: await loopStatus(config, addresses),
      }
      process.stdout.write(json ? `${JSON.stringify(status)}\n` : text(status))
      if (Object.values(status.parts).some(part => !part.ready)) process.exitCode = 1
    })
}

interface PartStatus {
  readonly ready: boolean
  readonly detail: string
}

interface Status {
  readonly parts: Readonly<Record<string, PartStatus>>
  /** Records still to read, by processor; null where its group does not exist or Kafka is away. */
  readonly lag: Readonly<Record<string, number | null>>
  /** The live version of each kind; null where it is not known. */
  readonly models: Readonly<Record<string, string | null>>
  /** Open requests and pauses of each kind; null where they are not known. */
  readonly loop: readonly LoopStatus[] | null
}

async function askParts({ kafka, registry, clickhouse, server }: Addresses): Promise<Status['parts']> {
  const [kafkaPart, registryPart, clickhousePart, serverPart] = await Promise.all([
    ask(kafka.brokers.join(','), async () => {
      const admin = await connectAdmin(kafka, createLog('silent'))
      await admin.ping().finally(() => admin.close())
    }),
    ask(registry.url, () => createSchemaRegistry(registry).compatibilityOf('nicr')),
    ask(clickhouse.url, async () => {
      const client = createClickHouse(clickhouse)
      const answered = await client.ping().finally(() => client.close())
      if (!answered) throw new Error('no answer')
    }),
    server === null
      ? { ready: false, detail: 'not running' }
      : ask(server, async () => {
          const answer = await fetch(`${server}/readyz`)
          if (!answer.ok) throw new Error(`answers ${answer.status}`)
        }),
  ])
  return { kafka: kafkaPart, registry: registryPart, clickhouse: clickhousePart, server: serverPart }
}

async function ask(address: string, check: () => Promise<unknown>): Promise<PartStatus> {
  try {
    await check()
    return { ready: true, detail: address }
  } catch (error) {
    return { ready: false, detail: `${address}: ${(error as Error).message}` }
  }
}

async function askLag({ kafka }: Addresses, prefix: string): Promise<Status['lag']> {
  const names = processorNames()
  try {
    const admin = await connectAdmin(kafka, createLog('silent'))
    try {
      const lags = await Promise.all(
        names.map(
          async name => [name, sum(await admin.lagOf(`${prefix}${name}`, inputsOf(name, prefix)))] as const,
        ),
      )
      return Object.fromEntries(lags)
    } finally {
      await admin.close()
    }
  } catch {
    return Object.fromEntries(names.map(name => [name, null]))
  }
}

function sum(lag: ReadonlyMap<string, number> | null): number | null {
  return lag === null ? null : [...lag.values()].reduce((total, records) => total + records, 0)
}

/** As the promotions say; all null where they cannot be read. */
async function liveModels(config: Config): Promise<Status['models']> {
  const { defaultOf } = await openModels(config)
  const log = await knownPromotions(config, defaultOf).catch(() => null)
  const liveOf = (kind: string) => log && versionOf(log.promotions, kind, 'CHAMPION', defaultOf)
  return Object.fromEntries(Object.keys(kinds).map(kind => [kind, liveOf(kind)]))
}

async function loopStatus(config: Config, addresses: Addresses): Promise<Status['loop']> {
  const services = createServices(config, addresses, createLog('silent'))
  try {
    return await readLoopStatus(services)
  } catch {
    return null
  } finally {
    await services.close()
  }
}

function loopLines({ kind, paused, requests }: LoopStatus): string[] {
  const name = kind.padEnd(18)
  return [
    ...(paused === null
      ? []
      : [`${name} PAUSED by ${paused.by || 'unknown'}: ${paused.reason || 'no reason given'}`]),
    ...requests.map(
      ({ request, last }) =>
        `${name} ${last?.step ?? 'REQUESTED'} (${request.policy}): ${last?.detail ?? request.reason}`,
    ),
  ]
}

function text({ parts, lag, models, loop }: Status): string {
  const lines = [
    ...Object.entries(parts).map(
      ([part, { ready, detail }]) => `${part.padEnd(18)} ${ready ? 'ready' : 'AWAY '} ${detail}`,
    ),
    ...Object.entries(lag).map(
      ([name, records]) =>
        `${name.padEnd(18)} ${records === null ? 'no group yet' : `${records} records behind`}`,
    ),
    ...Object.entries(models).map(
      ([kind, version]) =>
        `${kind.padEnd(18)} ${version === null ? 'live version not known' : `${kind}@${version}`}`,
    ),
    ...(loop?.flatMap(loopLines) ?? ['retraining         not known']),
  ]
  return `${lines.join('\n')}\n`
}
