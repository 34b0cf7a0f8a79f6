import { type ClickHouse, createClickHouse } from '../pipelines/clickhouse.ts'
import type { Config } from '../pipelines/config.ts'
import { kinds } from '../pipelines/kinds.ts'
import { connectAdmin, type KafkaAdmin } from '../pipelines/runtime/kafka/topic-admin.ts'
import { createSchemaRegistry } from '../pipelines/schema-registry.ts'
import { versionOf } from '../processors/fold-promotions.ts'
import type { PartState } from '../serving/readiness.ts'
import type { Addresses } from './addresses.ts'
import { type LoopStatus, readLoopStatus } from './loop.ts'
import { knownPromotions, openModels } from './models.ts'
import { partChecks } from './part-checks.ts'
import { RETRAIN_NAME } from './retraining.ts'
import { createLog, createServices, inputsOf, processorNames } from './services.ts'

/** What `nicr status` tells. What cannot be known now is null, so that one part that is away hides nothing of the others. */
export interface Status {
  readonly parts: Readonly<Record<string, PartStatus>>
  /** What the server says is not ready; null where it does not answer. */
  readonly notReady: readonly PartState[] | null
  /** Records still to read, by processor; null where its group does not exist or Kafka is away. */
  readonly lag: Readonly<Record<string, number | null>>
  /** Members of each processor's group, and of the job that retrains; null where Kafka is away. */
  readonly members: Readonly<Record<string, number | null>>
  /** The live version of each kind; null where it is not known. */
  readonly models: Readonly<Record<string, string | null>>
  /** Open requests and pauses of each kind; null where they are not known. */
  readonly loop: readonly LoopStatus[] | null
  /** Of the last hour, as far as the sink has stored them, the most first; null where ClickHouse is away. */
  readonly deadLetters: readonly LettersOf[] | null
}

export interface PartStatus {
  readonly ready: boolean
  readonly detail: string
}

export interface LettersOf {
  readonly processor: string
  readonly code: string
  readonly count: number
  /** ISO 8601. */
  readonly lastAt: string
}

/** The server's own look at its parts takes two seconds at most. */
const SERVER_MS = 5_000
/** Lines of dead letters that are read at most: more codes than this have one cause. */
const LETTERS_MAX = 20

/** Asks everything at once. */
export async function readStatus(config: Config, addresses: Addresses): Promise<Status> {
  const clickhouse = createClickHouse(addresses.clickhouse)
  try {
    const [parts, server, groups, models, loop, deadLetters] = await Promise.all([
      askParts(addresses, clickhouse, config.topics.prefix),
      askServer(addresses.server),
      askGroups(addresses, config.topics.prefix),
      liveModels(config),
      loopStatus(config, addresses),
      lettersOfTheHour(clickhouse),
    ])
    return {
      parts: { ...parts, server: server.part },
      notReady: server.notReady,
      ...groups,
      models,
      loop,
      deadLetters,
    }
  } finally {
    await clickhouse.close()
  }
}

async function askParts(
  { kafka, registry, clickhouse: { url } }: Addresses,
  clickhouse: ClickHouse,
  prefix: string,
): Promise<Status['parts']> {
  const checks = partChecks(
    { kafka, registry: createSchemaRegistry(registry), clickhouse, log: createLog('silent') },
    prefix,
  )
  const [kafkaPart, registryPart, clickhousePart] = await Promise.all([
    ask(kafka.brokers.join(','), checks.kafka),
    ask(registry.url, checks.registry),
    ask(url, checks.clickhouse),
  ])
  return { kafka: kafkaPart, registry: registryPart, clickhouse: clickhousePart }
}

async function ask(address: string, check: () => Promise<unknown>): Promise<PartStatus> {
  try {
    await check()
    return { ready: true, detail: address }
  } catch (error) {
    return { ready: false, detail: `${address}: ${(error as Error).message}` }
  }
}

async function askServer(
  server: string | null,
): Promise<{ readonly part: PartStatus; readonly notReady: Status['notReady'] }> {
  if (server === null) return { part: { ready: false, detail: 'not running' }, notReady: null }
  let notReady: Status['notReady'] = null
  const part = await ask(server, async () => {
    const answer = await fetch(`${server}/readyz`, { signal: AbortSignal.timeout(SERVER_MS) })
    const { parts = [] } = (await answer.json()) as { readonly parts?: readonly PartState[] }
    notReady = parts.filter(({ ready }) => !ready)
    if (!answer.ok) throw new Error(`answers ${answer.status}`)
  })
  return { part, notReady }
}

async function askGroups({ kafka }: Addresses, prefix: string): Promise<Pick<Status, 'lag' | 'members'>> {
  const names = processorNames()
  const withRetrain = [...names, RETRAIN_NAME]
  try {
    const admin = await connectAdmin(kafka, createLog('silent'))
    try {
      const members = await admin.membersOf(withRetrain.map(name => prefix + name))
      const lags = await Promise.all(
        names.map(async name => [name, await recordsBehind(admin, prefix + name, inputsOf(name, prefix))]),
      )
      return {
        lag: Object.fromEntries(lags),
        members: Object.fromEntries(withRetrain.map(name => [name, members.get(prefix + name) ?? 0])),
      }
    } finally {
      await admin.close()
    }
  } catch {
    return { lag: unknown(names), members: unknown(withRetrain) }
  }
}

function unknown(names: readonly string[]): Record<string, null> {
  return Object.fromEntries(names.map(name => [name, null]))
}

/** Records that a group has still to read; null for one that has read nothing yet. */
export async function recordsBehind(
  admin: KafkaAdmin,
  group: string,
  topics: readonly string[],
): Promise<number | null> {
  const lag = await admin.lagOf(group, topics)
  if (lag === null || sum(lag) === 0) return lag && 0
  return sum(await admin.unreadOf(await admin.positionsOf(group, [...lag.keys()])))
}

function sum(records: ReadonlyMap<string, number>): number {
  return [...records.values()].reduce((total, count) => total + count, 0)
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

async function lettersOfTheHour(clickhouse: ClickHouse): Promise<Status['deadLetters']> {
  try {
    return await clickhouse.query<LettersOf>(
      `SELECT processor, code, toUInt32(count()) AS count,
         formatDateTime(max(_appended_at), '%Y-%m-%dT%H:%i:%SZ', 'UTC') AS lastAt
       FROM dead_letters WHERE _appended_at > now() - INTERVAL 1 HOUR
       GROUP BY processor, code ORDER BY count DESC, processor, code LIMIT {limit:UInt32}`,
      { limit: LETTERS_MAX },
    )
  } catch {
    return null
  }
}
