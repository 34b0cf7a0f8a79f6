import { pino } from 'pino'
import { nextVersion } from '../jobs/next-version.ts'
import type { Config } from '../pipelines/config.ts'
import {
  loadModelFolder,
  parseReference,
  type RegistryOptions,
  registryOf,
  resolveModel,
  resolvePromoted,
} from '../pipelines/model-registry.ts'
import { type Promoted, type PromotionWish, promote } from '../pipelines/promote.ts'
import { defaultVersions, type PromotionLog, readPromotions } from '../pipelines/promotion-log.ts'
import { Publisher } from '../pipelines/runtime/kafka/publisher.ts'
import {
  championBefore,
  type DefaultVersionOf,
  movesOf,
  noPromotions,
  type Promotions,
  versionOf,
} from '../processors/fold-promotions.ts'
import { NicrError } from '../schemas/errors.ts'
import { findAddresses } from './addresses.ts'
import { caller } from './caller.ts'
import { createServices, type Services } from './services.ts'

/** The registry as commands use it: versions on disk, and the promotions of the cluster that runs or is configured. */
export interface ModelRegistry {
  readonly options: RegistryOptions
  readonly defaultOf: DefaultVersionOf
}

export async function openModels(config: Config): Promise<ModelRegistry> {
  const options = registryOf(config)
  return { options, defaultOf: await defaultVersions(options) }
}

/**
 * Where the version that a reference names is to be looked for. An alias (`@champion`, `@challenger`) is what the promotions
 * say where a running `nicr up` is found or addresses are set; elsewhere the champion is the highest committed version.
 * @throws NicrError NICR_KAFKA_UNAVAILABLE, NICR_REGISTRY_UNAVAILABLE where the promotions should be there and are not
 */
export async function registryFor(config: Config, reference: string): Promise<RegistryOptions> {
  const { options, defaultOf } = await openModels(config)
  if (/^\d+$/.test(parseReference(reference).version)) return options
  const log = await knownPromotions(config, defaultOf)
  return log === null ? options : withAliases(options, log.promotions, defaultOf)
}

/** The number of the next version of a kind; promotions count where a nicr runs. */
export async function nextVersionOf(config: Config, kind: string): Promise<string> {
  return nextVersion(kind, registryOf(config), await promotionsOf(config))
}

/** The promotions; none where nothing runs. @throws NicrError as `knownPromotions` */
export async function promotionsOf(config: Config): Promise<Promotions> {
  const { defaultOf } = await openModels(config)
  return (await knownPromotions(config, defaultOf))?.promotions ?? noPromotions
}

/** Reads the promotions; null where nothing runs and no address is set. @throws NicrError NICR_KAFKA_UNAVAILABLE, … */
export async function knownPromotions(
  config: Config,
  defaultOf: DefaultVersionOf,
): Promise<PromotionLog | null> {
  try {
    return await withServices(config, services => readLog(services, defaultOf))
  } catch (error) {
    if (error instanceof NicrError && error.code === 'NICR_NOT_RUNNING') return null
    throw error
  }
}

/** The same options, in which `@champion` and `@challenger` are what the promotions say. */
export function withAliases(
  options: RegistryOptions,
  promotions: Promotions,
  defaultOf: DefaultVersionOf,
): RegistryOptions {
  return {
    ...options,
    liveVersionOf: (kind, alias) =>
      versionOf(promotions, kind, alias === 'champion' ? 'CHAMPION' : 'CHALLENGER', defaultOf),
  }
}

/** Promotes a version, after it was loaded once. @throws NicrError NICR_INPUT_INVALID, NICR_MODEL_*, NICR_PROMOTION_CONFLICT, … */
export async function promoteReference(
  config: Config,
  reference: string,
  wish: Pick<PromotionWish, 'alias' | 'reason'>,
): Promise<Promoted> {
  // Elsewhere a kind alone is its champion; here nobody means that.
  if (!reference.includes('@'))
    throw new NicrError('NICR_INPUT_INVALID', `${reference} names no version; write KIND@VERSION`)
  const { options, defaultOf } = await openModels(config)
  return withServices(config, async services => {
    const log = await readLog(services, defaultOf)
    const folder = await resolveModel(reference, withAliases(options, log.promotions, defaultOf))
    return move(services, { log, defaultOf }, { ...wish, kind: folder.manifest.kind, folder })
  })
}

/** Promotes the champion before the present one. @throws NicrError NICR_MODEL_NOT_FOUND if there was none, … */
export async function rollBack(config: Config, kind: string, reason: string): Promise<Promoted> {
  const { options, defaultOf } = await openModels(config)
  return withServices(config, async services => {
    const log = await readLog(services, defaultOf)
    const version = championBefore(log.promotions, kind, defaultOf)
    if (version === null)
      throw new NicrError(
        'NICR_MODEL_NOT_FOUND',
        `there is no champion of ${kind} before ${kind}@${versionOf(log.promotions, kind, 'CHAMPION', defaultOf)} to go back to; see \`nicr models history ${kind}\``,
      )
    const former = movesOf(log.promotions, kind, 'CHAMPION').findLast(
      one => one.promotion.version === version,
    )
    const folder =
      former === undefined
        ? await resolveModel(`${kind}@${version}`, options)
        : await resolvePromoted(former.promotion, options)
    return move(services, { log, defaultOf }, { kind, alias: 'CHAMPION', folder, reason })
  })
}

/** Ends the challenger: it scores along no more. @throws NicrError NICR_PROMOTION_CONFLICT if there is none, … */
export async function endChallenger(config: Config, kind: string, reason: string): Promise<Promoted> {
  const { defaultOf } = await openModels(config)
  return withServices(config, async services => {
    const log = await readLog(services, defaultOf)
    return move(services, { log, defaultOf }, { kind, alias: 'CHALLENGER', folder: null, reason })
  })
}

async function move(
  services: Services,
  { log, defaultOf }: { readonly log: PromotionLog; readonly defaultOf: DefaultVersionOf },
  wish: Omit<PromotionWish, 'by'>,
): Promise<Promoted> {
  // What cannot be loaded here must not go live elsewhere.
  if (wish.folder !== null) await (await loadModelFolder(wish.folder)).close()
  const publisher = new Publisher({
    kafka: services.addresses.kafka,
    topicPrefix: services.config.topics.prefix,
    codecs: services.codecs,
    log: services.log,
  })
  try {
    const read = () => readLog(services, defaultOf)
    return await promote({ publisher, read, defaultOf, now: () => Date.now() }, log, {
      ...wish,
      by: caller(),
    })
  } finally {
    await publisher.stop()
  }
}

function readLog(
  { addresses, config, codecs, log }: Services,
  defaultOf: DefaultVersionOf,
): Promise<PromotionLog> {
  return readPromotions({ kafka: addresses.kafka, topicPrefix: config.topics.prefix, codecs, log }, defaultOf)
}

/** @throws NicrError NICR_NOT_RUNNING */
async function withServices<T>(config: Config, work: (services: Services) => Promise<T>): Promise<T> {
  const services = createServices(config, findAddresses(config), pino({ level: 'silent' }))
  try {
    return await work(services)
  } finally {
    await services.close()
  }
}
