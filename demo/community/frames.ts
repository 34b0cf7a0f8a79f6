/** Sentences of one tone, put together of three parts. */
export interface Frames {
  /** The tone of all of them, 0–10; a single text deviates from it a little. */
  readonly niceness: number
  readonly toxic?: boolean
  readonly spam?: boolean
  readonly opening: readonly string[]
  readonly core: readonly string[]
  readonly extension: readonly string[]
}
