import type { Letter } from './letter.ts'

/** Letters alike in what was wrong, for whom, and where they came from. */
export interface LetterGroup {
  readonly code: string
  /** Empty where the letters do not say. */
  readonly processor: string
  /** Full name of the topic the records lay on; empty where the letters do not say. */
  readonly topic: string
  count: number
  /** Of them, how many were replayed. */
  replayed: number
  /** When the first and the last were appended, ms since the epoch. */
  first: number
  last: number
}

/** More kinds of letters than a person reads; the rest are counted together. */
const GROUPS_MAX = 500
const OTHERS: Pick<LetterGroup, 'code' | 'processor' | 'topic'> = {
  code: '(others)',
  processor: '',
  topic: '',
}

/** Counts letters by code, processor and topic. */
export class LetterSummary {
  private readonly byName = new Map<string, LetterGroup>()

  add(letter: Letter, isReplayed: boolean): void {
    const group = this.groupOf(letter)
    group.count++
    if (isReplayed) group.replayed++
    group.first = Math.min(group.first, letter.at)
    group.last = Math.max(group.last, letter.at)
  }

  /** The largest first. */
  get groups(): readonly Readonly<LetterGroup>[] {
    return [...this.byName.values()].sort((left, right) => right.count - left.count)
  }

  get count(): number {
    return this.groups.reduce((sum, { count }) => sum + count, 0)
  }

  private groupOf({ code, processor, origin }: Letter): LetterGroup {
    const names = { code, processor: processor ?? '', topic: origin?.topic ?? '' }
    const known = this.byName.get(nameOf(names))
    if (known !== undefined) return known
    const own = this.byName.size < GROUPS_MAX ? names : OTHERS
    const group = this.byName.get(nameOf(own)) ?? {
      ...own,
      count: 0,
      replayed: 0,
      first: Number.POSITIVE_INFINITY,
      last: Number.NEGATIVE_INFINITY,
    }
    this.byName.set(nameOf(own), group)
    return group
  }
}

function nameOf({ code, processor, topic }: typeof OTHERS): string {
  return JSON.stringify([code, processor, topic])
}
