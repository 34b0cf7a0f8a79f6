/** What is really the case with a text, as its author meant it. */
export interface Truth {
  /** The tone towards others: 0 abusive, 5 plain, 10 grateful or caring. */
  readonly niceness: number
  readonly spam: boolean
  readonly toxic: boolean
  /** How a reader who knows none of the slang takes it, 0–10; the niceness itself where there is no slang. */
  readonly surface: number
  /** Expressions of the slang that it holds, in small letters; empty in ordinary language. */
  readonly slang: readonly string[]
}

export type Tone = 'unkind' | 'plain' | 'kind'

/** Which of the three classes of niceness a value is in (design §7): below 4, 4–6, above 6. */
export function toneOf(niceness: number): Tone {
  return niceness < 4 ? 'unkind' : niceness > 6 ? 'kind' : 'plain'
}
