import type { Draws } from './draws.ts'
import { topics } from './topics.ts'

/** Somebody who writes, with the habits by which one knows them. */
export interface Author {
  readonly id: string
  /** Since when the account exists, ms since the epoch. */
  readonly since: number
  /** How often they write, beside the others. */
  readonly activity: number
  /** Places in `topics` that they write about. */
  readonly topics: readonly number[]
  /** Weights of what they are: kind, plain, unkind, spam. */
  readonly tones: readonly [kind: number, plain: number, unkind: number, spam: number]
  readonly letters: 'usual' | 'small' | 'loud'
  /** Chances, 0–1: of an emoji, of a typo in a word, of an opening, an extension and a second sentence. */
  readonly emoji: number
  readonly typo: number
  readonly opens: number
  readonly extends: number
  readonly continues: number
  readonly ends: '.' | '!' | '' | '…'
  /** Contents after the beginning of the drift from which on they use the slang; Infinity for never. */
  readonly adoptsAfter: number
}

const DAY_MS = 86_400_000
const SPAMMERS_SHARE = 0.03
/** Most people are civil, a few are not. */
const UNKIND_PEOPLE_SHARE = 0.25
/** They use the slang from its first day. */
const FIRST_ADOPTERS_SHARE = 0.06
const NEVER_ADOPT_SHARE = 0.15
/** Of the logarithm of how much somebody writes. */
const ACTIVITY_SD = 0.6
const TOPICS_EACH = 4
const endings = ['.', '.', '.', '!', '', '', '…'] as const

export interface AuthorsOptions {
  readonly count: number
  /** When the first content is written, ms since the epoch. */
  readonly startAt: number
  /** Contents until most of those who will use the slang do. */
  readonly adoptionContents: number
}

export function createAuthors(draws: Draws, { count, startAt, adoptionContents }: AuthorsOptions): Author[] {
  return Array.from({ length: count }, (_, i) => {
    const isSpammer = draws.chance(SPAMMERS_SHARE)
    const loud = draws.uniform()
    return {
      id: `member-${i + 1}`,
      since: Math.floor(startAt - DAY_MS * (isSpammer ? draws.uniform() * 2 : 3 + draws.uniform() * 2000)),
      activity: Math.exp(draws.normal() * ACTIVITY_SD),
      topics: Array.from({ length: TOPICS_EACH }, () => draws.below(topics.length)),
      tones: tonesOf(draws, isSpammer),
      letters: loud < 0.02 ? 'loud' : loud < 0.3 ? 'small' : 'usual',
      emoji: draws.chance(0.4) ? draws.uniform() * 0.4 : 0,
      typo: draws.chance(0.3) ? draws.uniform() * 0.03 : 0.002,
      opens: 0.2 + draws.uniform() * 0.6,
      extends: 0.25 + draws.uniform() * 0.65,
      continues: draws.chance(0.4) ? draws.uniform() * 0.5 : 0.05,
      ends: draws.pick(endings),
      adoptsAfter: isSpammer ? Number.POSITIVE_INFINITY : adoption(draws, adoptionContents),
    }
  })
}

function tonesOf(draws: Draws, isSpammer: boolean): Author['tones'] {
  if (isSpammer) return [0.02, 0.1, 0.01, 1]
  const kind = 0.2 + draws.uniform() * 0.4
  const unkind = draws.chance(UNKIND_PEOPLE_SHARE) ? 0.3 + draws.uniform() * 0.5 : 0.02
  return [kind, 0.45, unkind, 0]
}

/** Spread as rumours do: along a logistic curve. */
function adoption(draws: Draws, contents: number): number {
  const share = draws.uniform()
  if (share < FIRST_ADOPTERS_SHARE) return 0
  if (share > 1 - NEVER_ADOPT_SHARE) return Number.POSITIVE_INFINITY
  const u = (share - FIRST_ADOPTERS_SHARE) / (1 - FIRST_ADOPTERS_SHARE - NEVER_ADOPT_SHARE)
  return Math.max(0, contents * (0.5 + Math.log(u / (1 - u)) / 8))
}
