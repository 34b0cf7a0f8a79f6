import type { ErrorCode } from '../schemas/errors.ts'
import type { ModelPromotion } from '../schemas/records.ts'
import type { Incoming } from './processor.ts'
import { eventTimeOf } from './score-content.ts'

/**
 * `nicr.model-promotions` in log order → which version each kind's aliases are on. Every replica folds the same log and so
 * comes to the same answer, whatever it holds on disk.
 */

export const promotedAliases = ['CHAMPION', 'CHALLENGER'] as const
export type PromotedAlias = (typeof promotedAliases)[number]

/** A promotion that held. */
export interface Move {
  readonly promotion: ModelPromotion
  readonly offset: number
  /** When it was made, ms since the epoch, bounded by the broker's append time. */
  readonly since: number
}

/** Moves that held by kind and alias, oldest first. */
export type Promotions = ReadonlyMap<string, readonly Move[]>

/** The champion of a kind until the first promotion: the highest committed version; null where none is committed. */
export type DefaultVersionOf = (kind: string) => string | null

export type Folded =
  | { readonly promotions: Promotions; readonly ignored: null }
  | {
      readonly promotions: Promotions
      readonly ignored: { readonly code: ErrorCode; readonly detail: string }
    }

export const noPromotions: Promotions = new Map()

/**
 * Folds the next record of the log in. It is ignored unless its `previous` is the version its alias is on: null for a first
 * one, for which a champion may also name the default, and for one after a challenger that ended (empty version). A
 * challenger may stay on its version and take another share.
 * @param movesMax older moves of each alias are forgotten
 */
export function foldPromotion(
  promotions: Promotions,
  { value, offset, appendedAt }: Pick<Incoming<'model-promotions'>, 'value' | 'offset' | 'appendedAt'>,
  defaultOf: DefaultVersionOf,
  movesMax = Number.POSITIVE_INFINITY,
): Folded {
  const { kind, alias, version, previous } = value
  const ignore = (code: ErrorCode, detail: string): Folded => ({ promotions, ignored: { code, detail } })
  if (!isPromoted(alias)) return ignore('NICR_RECORD_INVALID', `nothing is promoted to ${alias}`)
  if (version === '' && alias === 'CHAMPION')
    return ignore('NICR_RECORD_INVALID', `${kind} must have a champion; it cannot be taken away`)
  const moves = promotions.get(keyOf(kind, alias)) ?? []
  const current = moves.at(-1)?.promotion.version || null
  const stated = previous || null
  const isDefault = moves.length === 0 && alias === 'CHAMPION' && stated === defaultOf(kind)
  if (stated !== current && !isDefault)
    return ignore(
      'NICR_PROMOTION_CONFLICT',
      `it follows ${stated ?? 'none'}, and the ${alias.toLowerCase()} of ${kind} was ${current ?? 'not promoted yet'}`,
    )
  const hasMoved = (version || null) !== current || value.share !== moves.at(-1)?.promotion.share
  if (moves.length > 0 && !hasMoved)
    return ignore('NICR_PROMOTION_CONFLICT', `${kind}@${version} was the ${alias.toLowerCase()} already`)
  const move: Move = { promotion: value, offset, since: eventTimeOf(value.at, appendedAt) }
  const kept = [...moves, move].slice(-movesMax)
  return { promotions: new Map(promotions).set(keyOf(kind, alias), kept), ignored: null }
}

/** The moves of an alias that held, oldest first. */
export function movesOf(promotions: Promotions, kind: string, alias: PromotedAlias): readonly Move[] {
  return promotions.get(keyOf(kind, alias)) ?? []
}

/** The version an alias is on: for a champion that was never promoted the default; null for none. */
export function versionOf(
  promotions: Promotions,
  kind: string,
  alias: PromotedAlias,
  defaultOf: DefaultVersionOf,
): string | null {
  const move = movesOf(promotions, kind, alias).at(-1)
  if (move !== undefined) return move.promotion.version || null
  return alias === 'CHAMPION' ? defaultOf(kind) : null
}

/** The champion before the present one, to which a rollback leads; null where there was none. */
export function championBefore(
  promotions: Promotions,
  kind: string,
  defaultOf: DefaultVersionOf,
): string | null {
  const versions = movesOf(promotions, kind, 'CHAMPION').map(({ promotion }) => promotion.version)
  const current = versions.at(-1)
  if (current === undefined) return null
  const before = versions.findLast(version => version !== current) ?? defaultOf(kind)
  return before === current ? null : before
}

function isPromoted(alias: string): alias is PromotedAlias {
  return (promotedAliases as readonly string[]).includes(alias)
}

function keyOf(kind: string, alias: PromotedAlias): string {
  return `${alias} ${kind}`
}
