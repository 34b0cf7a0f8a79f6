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

/**
 * What the promotions of a kind come to. A version that is champion for the first time is watched, whoever promoted it, until
 * its predecessor stops scoring along; going back to one that was champion before is not.
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
  const predecessor = predecessorOf(champions, defaultOf(kind))
  const isAfter = challenger !== undefined && promotion !== undefined && challenger.offset > promotion.offset
  if (challenger !== undefined && challenger.promotion.version !== '') {
    const isPredecessor =
      isAfter &&
      challenger.promotion.by === RETRAIN_JOB &&
      challenger.promotion.version === predecessor &&
      promotion !== undefined
    if (isPredecessor) return watch(promotion, predecessor, { watchedSince: challenger.since, challengers })
    return inShadow(challengers, challenger)
  }
  if (promotion === undefined || predecessor === null || isAfter) return { phase: 'NONE' }
  return watch(promotion, predecessor, { watchedSince: null, challengers })
}

/** The champion before the present one; null where there was none, or the present one was champion before. */
function predecessorOf(champions: readonly Move[], first: string | null): string | null {
  const versions = [first, ...champions.map(({ promotion }) => promotion.version)]
  const current = versions.at(-1)
  const earlier = versions.slice(0, -1)
  if (champions.length === 0 || earlier.includes(current ?? null)) return null
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
