import { type DefaultVersionOf, type Move, movesOf, type Promotions } from '../fold-promotions.ts'
import { RETRAIN_JOB } from './next-move.ts'

/** Where promotions say that a kind is, before anything is counted. */
export type RolloutPhase =
  | { readonly phase: 'NONE' }
  | {
      readonly phase: 'SHADOW' | 'CANARY'
      readonly challenger: Move
      /** When it began to score along; ms since the epoch. */
      readonly shadowSince: number
      /** When it began to answer a share; null in its shadow. */
      readonly canarySince: number | null
    }
  | {
      readonly phase: 'WATCH'
      readonly promotion: Move
      /** The champion before it. */
      readonly predecessor: string
      /** Since when the predecessor scores along; null: not yet. */
      readonly watchedSince: number | null
      /** When it was in shadow itself, before it answered anything; null where it never was. */
      readonly shadow: { readonly since: number; readonly until: number } | null
    }
  /** A version still scores along though nothing is watched or tried: a person moved the champion meanwhile. */
  | { readonly phase: 'LEFT_OVER'; readonly challenger: Move }

/**
 * What the promotions of a kind come to. A version that is champion for the first time is watched, whoever promoted it, until
 * its predecessor stops scoring along; going back to one that was champion before is not, and ends the watch. A challenger that
 * is live, or one of the job that was live before, is no newcomer.
 */
export function rolloutPhase(
  promotions: Promotions,
  kind: string,
  defaultOf: DefaultVersionOf,
): RolloutPhase {
  const champions = movesOf(promotions, kind, 'CHAMPION')
  const challengers = movesOf(promotions, kind, 'CHALLENGER')
  const promotion = champions.at(-1)
  const challenger = challengers.at(-1)
  const versions = [defaultOf(kind), ...champions.map(move => move.promotion.version)]
  const predecessor = predecessorOf(versions)
  const isAfter = challenger !== undefined && promotion !== undefined && challenger.offset > promotion.offset
  if (challenger !== undefined && challenger.promotion.version !== '') {
    const { version, by } = challenger.promotion
    const isLive = version === versions.at(-1)
    const wasLive = by === RETRAIN_JOB && versions.includes(version)
    if (promotion === undefined || !(isLive || wasLive)) return inShadow(challengers, challenger)
    if (predecessor === null) return { phase: 'LEFT_OVER', challenger }
    const watchedSince = isAfter && version === predecessor ? challenger.since : null
    return watch(promotion, predecessor, { watchedSince, challengers })
  }
  if (promotion === undefined || predecessor === null || isAfter) return { phase: 'NONE' }
  return watch(promotion, predecessor, { watchedSince: null, challengers })
}

/** The champion before the present one; null where there was none, or the present one was champion before. */
function predecessorOf(versions: readonly (string | null)[]): string | null {
  const current = versions.at(-1)
  const earlier = versions.slice(0, -1)
  if (earlier.length === 0 || earlier.includes(current ?? null)) return null
  return earlier.findLast(version => version !== null) ?? null
}

/** The last stay of the challenger's version under the alias: later moves of it change its share. */
function stayOf(challengers: readonly Move[], version: string): readonly Move[] {
  const end = challengers.findLastIndex(({ promotion }) => promotion.version === version)
  const start = challengers.slice(0, end + 1).findLastIndex(({ promotion }) => promotion.version !== version)
  return challengers.slice(start + 1, end + 1)
}

function answers({ promotion }: Move): boolean {
  return promotion.share > 0 && promotion.share < 1
}

function inShadow(challengers: readonly Move[], challenger: Move): RolloutPhase {
  const stay = stayOf(challengers, challenger.promotion.version)
  const shadowSince = stay[0]?.since ?? challenger.since
  if (!answers(challenger)) return { phase: 'SHADOW', challenger, shadowSince, canarySince: null }
  return {
    phase: 'CANARY',
    challenger,
    shadowSince,
    canarySince: stay.find(answers)?.since ?? challenger.since,
  }
}

function watch(
  promotion: Move,
  predecessor: string,
  {
    watchedSince,
    challengers,
  }: { readonly watchedSince: number | null; readonly challengers: readonly Move[] },
): RolloutPhase {
  const before = challengers.filter(({ offset }) => offset < promotion.offset)
  const stay = stayOf(before, promotion.promotion.version)
  const since = stay[0]?.since
  const until = stay.find(answers)?.since ?? promotion.since
  return {
    phase: 'WATCH',
    promotion,
    predecessor,
    watchedSince,
    shadow: since === undefined ? null : { since, until },
  }
}
