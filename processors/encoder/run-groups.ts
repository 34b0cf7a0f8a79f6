/** Texts run at once, and tokens, filled up ones too: more gains nothing and makes the others wait. */
const TEXTS_AT_ONCE = 16
const TOKENS_AT_ONCE = 4096
/** Of the tokens of a run, how many may be there to fill it up: each costs as much as any, and saves less than this. */
const FILLED_UP_MAX = 0.15

/**
 * Which texts are run together, by their places: those of a like length, so that little is filled up.
 * @param lengths tokens of each text
 * @returns groups that hold each place once, short texts first
 */
export function runGroups(lengths: readonly number[]): readonly (readonly number[])[] {
  const order = lengths.map((_, place) => place).sort((a, b) => lengths[a]! - lengths[b]!)
  const groups: number[][] = []
  let group: number[] = []
  let tokens = 0
  for (const place of order) {
    const longest = lengths[place]!
    const all = longest * (group.length + 1)
    const isFull = group.length === TEXTS_AT_ONCE || all > TOKENS_AT_ONCE
    if (group.length === 0 || isFull || all - tokens - longest > FILLED_UP_MAX * all) {
      group = []
      groups.push(group)
      tokens = 0
    }
    group.push(place)
    tokens += longest
  }
  return groups
}
