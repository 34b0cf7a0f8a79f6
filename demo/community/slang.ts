import type { Draws } from './draws.ts'
import type { Tone } from './truth.ts'

/** Where an expression comes from: made up, two known words with a meaning of their own, or a known word that turned its sense. */
export type SlangOrigin = 'coined' | 'expression' | 'flipped'

export interface SlangTerm {
  /** In small letters, as it stands in texts. */
  readonly term: string
  readonly origin: SlangOrigin
  /** What it means to those who use it. */
  readonly tone: Tone
  /** A noun says what somebody is or did, an adjective how something is. */
  readonly role: 'noun' | 'adjective'
  /** How it sounds to those who do not know the slang, 0–10. */
  readonly surface: number
  /** How often it is used, beside the others of its tone and role. */
  readonly weight: number
}

export interface SlangOptions {
  /** Coined nouns and as many coined adjectives of each of the two tones. */
  readonly coinedEach?: number
  /** Expressions of two known words of each of the two tones. */
  readonly expressionsEach?: number
  /** Known words that turned to each of the two tones. */
  readonly flippedEach?: number
  /** Coined nouns that mean a thing and nothing about anybody. */
  readonly plain?: number
  /** Words that must not be coined, such as those a champion learned. */
  readonly isKnown?: (word: string) => boolean
}

const onsets = 'bl br d dr f fl g gl gr h j kl kr m n pl pr s sk sn sp sw t thr tw v w y z zw'.split(' ')
const vowels = 'a e i o u oo ai'.split(' ')
const middles = 'b bb d ff g gg lb lk lv m mb mp nd nk nv pl rb rv sk v vl x zz zl'.split(' ')
const nounEnds = 'ak el et in o ock on ub ul um'.split(' ')
const adjectiveEnds = 'al en ic id oid ous y'.split(' ')
/** Words that the community often uses, though never side by side: it is the pair that is new. */
const firstWords = 'monday thursday friday saturday sunday spring evening half'.split(' ')
const secondWords = 'table room hours kilos key list places people'.split(' ')
/** Known words by what they meant before; in ordinary sentences they only add to a tone that is clear without them. */
const pleasantWords = 'legend genius treasure hero sunshine champion'.split(' ')
const unpleasantWords = 'villain monster menace plague rat goblin'.split(' ')
const PLEASANT = 7.5
const UNPLEASANT = 2.5
const NEUTRAL = 5
const COINED_LENGTH_MIN = 5
/** Draws for one word until one is new; fewer than a hundred were ever needed. */
const TRIES_MAX = 10_000

/**
 * A slang: words and expressions for kind, unkind and plain, each used less than the one before it.
 * @throws Error if `isKnown` leaves nothing to coin, or more is asked for than there are known words
 */
export function createSlang(draws: Draws, options: SlangOptions = {}): readonly SlangTerm[] {
  const { coinedEach = 2, expressionsEach = 1, flippedEach = 1, plain = 2, isKnown = () => false } = options
  const taken = new Set<string>()
  const coin = (ends: readonly string[]) =>
    unused(taken, () => {
      const word = draws.pick(onsets) + draws.pick(vowels) + draws.pick(middles) + draws.pick(ends)
      return word.length < COINED_LENGTH_MIN || isKnown(word) ? null : word
    })
  const combine = () => unused(taken, () => `${draws.pick(firstWords)} ${draws.pick(secondWords)}`)
  const flip = (words: readonly string[]) => unused(taken, () => draws.pick(words))
  const terms: SlangTerm[] = []
  const add = (count: number, one: Omit<SlangTerm, 'term' | 'weight'>, make: () => string) => {
    for (let rank = 0; rank < count; rank++)
      terms.push({ ...one, term: make(), weight: 1 / Math.sqrt(rank + 1) })
  }
  for (const tone of ['kind', 'unkind'] as const) {
    const surface = NEUTRAL
    add(coinedEach, { origin: 'coined', tone, role: 'noun', surface }, () => coin(nounEnds))
    add(coinedEach, { origin: 'coined', tone, role: 'adjective', surface }, () => coin(adjectiveEnds))
    add(expressionsEach, { origin: 'expression', tone, role: 'noun', surface }, combine)
    const before = tone === 'kind' ? unpleasantWords : pleasantWords
    const flipped = {
      origin: 'flipped',
      tone,
      role: 'noun',
      surface: tone === 'kind' ? UNPLEASANT : PLEASANT,
    } as const
    add(flippedEach, flipped, () => flip(before))
  }
  add(plain, { origin: 'coined', tone: 'plain', role: 'noun', surface: NEUTRAL }, () => coin(nounEnds))
  return terms
}

function unused(taken: Set<string>, make: () => string | null): string {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const made = make()
    if (made === null || taken.has(made)) continue
    taken.add(made)
    return made
  }
  throw new Error(`the slang found no new expression in ${TRIES_MAX} draws`)
}
