import {
  type DefaultVersionOf,
  foldPromotion,
  movesOf,
  noPromotions,
  type PromotedAlias,
  type Promotions,
  versionOf,
} from '../processors/fold-promotions.ts'
import { eventTimeOf } from '../processors/score-content.ts'
import type { LogRecord } from './topic-follower.ts'

/** What a log of promotions comes to, all of it or up to a time. */

export type PromotionRecord = LogRecord<'model-promotions'>

/** A promotion with its fate. */
export interface FoldedPromotion extends PromotionRecord {
  /** Why it did not hold; null if it did. */
  readonly ignored: string | null
}

export interface FoldedLog {
  /** Oldest first. */
  readonly entries: readonly FoldedPromotion[]
  readonly promotions: Promotions
}

/** What was live of a kind. */
export interface LiveVersions {
  readonly kind: string
  /** The champion; null where the kind had none. */
  readonly version: string | null
  readonly challenger: string | null
  /** When the champion was promoted, ms since the epoch; null: it was the highest committed version. */
  readonly since: number | null
}

/** Folds a whole log. */
export function foldAll(records: readonly PromotionRecord[], defaultOf: DefaultVersionOf): FoldedLog {
  let promotions = noPromotions
  const entries = records.map(record => {
    const folded = foldPromotion(promotions, record, defaultOf)
    promotions = folded.promotions
    return { ...record, ignored: folded.ignored?.detail ?? null }
  })
  return { entries, promotions }
}

/**
 * Folds the end of a log whose beginning is not known: the first promotion of each alias is taken to have held.
 * @param isCut whether promotions of this kind are missing before the first
 */
export function foldEnd(
  records: readonly PromotionRecord[],
  defaultOf: DefaultVersionOf,
  isCut: (kind: string) => boolean,
): FoldedLog {
  const seen = new Set<string>()
  const known = records.map(record => {
    const { kind, alias } = record.value
    const isFirst = !seen.has(`${alias} ${kind}`)
    seen.add(`${alias} ${kind}`)
    return isFirst && isCut(kind) ? { ...record, value: { ...record.value, previous: null } } : record
  })
  const { entries, promotions } = foldAll(known, defaultOf)
  return { entries: entries.map((entry, i) => ({ ...entry, value: records[i]!.value })), promotions }
}

/** When a promotion was made, ms since the epoch, bounded by the broker's append time. */
export function madeAt({ value, appendedAt }: PromotionRecord): number {
  return eventTimeOf(value.at, appendedAt)
}

/** Those made until a time, ms since the epoch. */
export function madeUntil<One extends PromotionRecord>(records: readonly One[], at: number): readonly One[] {
  return records.filter(record => madeAt(record) <= at)
}

/** Which versions the aliases of a kind are on. */
export function liveOf(promotions: Promotions, kind: string, defaultOf: DefaultVersionOf): LiveVersions {
  const version = (alias: PromotedAlias) => versionOf(promotions, kind, alias, defaultOf)
  return {
    kind,
    version: version('CHAMPION'),
    challenger: version('CHALLENGER'),
    since: movesOf(promotions, kind, 'CHAMPION').at(-1)?.since ?? null,
  }
}
