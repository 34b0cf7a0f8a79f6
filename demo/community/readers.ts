import type { Draws } from './draws.ts'
import { type Truth, toneOf } from './truth.ts'

/** Somebody who reads and now and then votes or reports. */
export interface Reader {
  readonly id: string
  /** Since when the account exists, ms since the epoch. */
  readonly since: number
  /** Whether they understand the slang. */
  readonly knowsSlang: boolean
}

/** A vote or a report before it is a record. */
export type Reaction =
  | { readonly type: 'vote'; readonly reader: Reader; readonly value: -1 | 1 }
  | {
      readonly type: 'report'
      readonly reader: Reader
      readonly kind: 'niceness' | 'text-spam'
      readonly expected: number
    }

const DAY_MS = 86_400_000
const NEW_SHARE = 0.12
const KNOWS_SLANG_SHARE = 0.8
/** Readers feel a text's niceness with so much doubt, in points. */
const FELT_SD = 1.4
/** Of plain texts some are liked none the less. */
const LIKED_PLAIN_CHANCE = 0.25
const VOTES_MAX = 4
/** A score is found wrong where it is so far from the truth. */
const WRONG_POINTS = 2.5
const REPORT_CHANCE = 0.06
const SPAM_REPORT_CHANCE = 0.1

export function createReaders(draws: Draws, count: number, startAt: number): Reader[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `reader-${i + 1}`,
    since: Math.floor(
      startAt - DAY_MS * (draws.chance(NEW_SHARE) ? draws.uniform() : 2 + draws.uniform() * 1500),
    ),
    knowsSlang: draws.chance(KNOWS_SLANG_SHARE),
  }))
}

/** How readers vote on a text: each once at most, upwards what they feel is kind and downwards what is not. */
export function votesOn(
  { niceness, surface, spam }: Truth,
  readers: readonly Reader[],
  draws: Draws,
): Reaction[] {
  const votes = new Map<Reader, -1 | 1>()
  for (let i = draws.below(VOTES_MAX + 1); i > 0; i--) {
    const reader = draws.pick(readers)
    const tone = toneOf((reader.knowsSlang ? niceness : surface) + draws.normal() * FELT_SD)
    if (spam) votes.set(reader, -1)
    else if (tone !== 'plain') votes.set(reader, tone === 'kind' ? 1 : -1)
    else if (draws.chance(LIKED_PLAIN_CHANCE)) votes.set(reader, 1)
  }
  return [...votes].map(([reader, value]) => ({ type: 'vote', reader, value }))
}

/** Somebody who says that a score is wrong, or that a text is spam; mostly nobody does. */
export function reportOn(
  { niceness, surface, spam }: Truth,
  readers: readonly Reader[],
  draws: Draws,
): Reaction | null {
  const reader = draws.pick(readers)
  if (spam)
    return draws.chance(SPAM_REPORT_CHANCE)
      ? { type: 'report', reader, kind: 'text-spam', expected: 1 }
      : null
  if (!reader.knowsSlang || Math.abs(niceness - surface) < WRONG_POINTS || !draws.chance(REPORT_CHANCE))
    return null
  return { type: 'report', reader, kind: 'niceness', expected: Math.round(niceness) }
}
