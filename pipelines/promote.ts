import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import {
  type DefaultVersionOf,
  movesOf,
  type PromotedAlias,
  versionOf,
} from '../processors/fold-promotions.ts'
import { NicrError } from '../schemas/errors.ts'
import { promotionId } from '../schemas/ids.ts'
import type { ModelPromotion } from '../schemas/records.ts'
import type { ModelFolder } from './model-manifest.ts'
import type { PromotionLog } from './promotion-log.ts'
import type { Publisher } from './runtime/kafka/publisher.ts'

export interface PromoteParts {
  readonly publisher: Pick<Publisher, 'publish'>
  /** Reads the whole log, up to what is committed now. */
  readonly read: () => Promise<PromotionLog>
  readonly defaultOf: DefaultVersionOf
  /** Wall clock in ms. */
  readonly now: () => number
}

export interface PromotionWish {
  readonly kind: string
  readonly alias: PromotedAlias
  /** The version to move to, loaded once already; null ends a challenger. */
  readonly folder: ModelFolder | null
  readonly reason: string
  readonly by: string
}

export interface Promoted {
  /** What was live; null for none. */
  readonly from: string | null
  readonly promotion: ModelPromotion
}

/** A record that is acknowledged may lie behind another's open transaction for as long as that may take. */
const READ_BACK_MS_MAX = 15_000
const READ_BACK_EVERY_MS = 100

/**
 * Moves an alias by one record that names what it was on, then reads the log back: of two who promote at once, only
 * the first is followed.
 * @param state the log as read before the wish was made: if it moved on since, the wish is refused
 * @throws NicrError NICR_PROMOTION_CONFLICT, NICR_KAFKA_UNAVAILABLE (it may have been written), NICR_REGISTRY_UNAVAILABLE
 */
export async function promote(
  { publisher, read, defaultOf, now }: PromoteParts,
  { promotions }: PromotionLog,
  { kind, alias, folder, reason, by }: PromotionWish,
): Promise<Promoted> {
  const { version, digest } = folder?.manifest ?? { version: '', digest: '' }
  const from = versionOf(promotions, kind, alias, defaultOf)
  const current = movesOf(promotions, kind, alias).at(-1)?.promotion.version || null
  if (folder === null && current === null)
    throw new NicrError('NICR_PROMOTION_CONFLICT', `${kind} has no ${alias.toLowerCase()}`)
  if (current === version)
    throw new NicrError('NICR_PROMOTION_CONFLICT', `${kind}@${version} is the ${alias.toLowerCase()} already`)
  const move = { kind, alias, version, previous: current, at: now() }
  const promotion: ModelPromotion = {
    id: promotionId(move),
    ...move,
    artifact: folder === null ? '' : pathToFileURL(folder.path).href,
    digest,
    // A challenger that a person names only scores along.
    share: alias === 'CHAMPION' ? 1 : 0,
    reason,
    requestId: null,
    by,
  }
  const [published] = await publisher.publish('model-promotions', [{ key: kind, value: promotion }])
  const entry = await readBack(read, published!.offset)
  if (entry.ignored === null) return { from, promotion }
  throw new NicrError(
    'NICR_PROMOTION_CONFLICT',
    `the ${alias.toLowerCase()} of ${kind} was not moved, another promotion came first: ${entry.ignored}; see \`nicr models history ${kind}\``,
  )
}

async function readBack(read: () => Promise<PromotionLog>, offset: number) {
  for (let waitedMs = 0; waitedMs < READ_BACK_MS_MAX; waitedMs += READ_BACK_EVERY_MS) {
    const { entries, nextOffset } = await read()
    const entry = entries.find(one => one.offset === offset)
    if (entry !== undefined) return entry
    if (nextOffset > offset) break
    await delay(READ_BACK_EVERY_MS)
  }
  throw new NicrError(
    'NICR_KAFKA_UNAVAILABLE',
    `the promotion was acknowledged at offset ${offset}, but cannot be read back; \`nicr models list\` tells what is live`,
  )
}
