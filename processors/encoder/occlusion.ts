import type { TextInput } from '../text/text-input.ts'

/** Words that are left out together, by their places: from, and up to but not with. */
export interface WordGroup {
  readonly from: number
  readonly to: number
}

/**
 * Words to leave out, one after the other, to see what the value is without them (occlusion: Zeiler & Fergus 2014). Each word alone
 * where there are no more than `groupsMax`, else neighbours together, so that a long text costs no more.
 */
export function wordGroups(words: number, groupsMax: number): readonly WordGroup[] {
  const count = Math.min(words, groupsMax)
  return Array.from({ length: count }, (_, group) => ({
    from: Math.floor((group * words) / count),
    to: Math.floor(((group + 1) * words) / count),
  }))
}

/** The author's text without these words; what lies between two of them goes too. */
export function textWithout({ text, spans }: TextInput, { from, to }: WordGroup): string {
  return text.slice(0, spans[2 * from]!) + text.slice(spans[2 * to - 1]!)
}

/** What each word did to the value: a group's part in equal shares. @param without the values, one a group */
export function weightsOfWords(
  words: number,
  groups: readonly WordGroup[],
  value: number,
  without: readonly number[],
): Float32Array {
  const weights = new Float32Array(words)
  for (const [place, { from, to }] of groups.entries())
    weights.fill((value - without[place]!) / (to - from), from, to)
  return weights
}
