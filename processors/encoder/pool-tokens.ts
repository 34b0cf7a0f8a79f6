/** How one vector is made of a text's tokens: their mean, or the first. */
export type Pooling = 'MEAN' | 'CLS'

/** The states of a batch's tokens, `[text][token][number]`, and which of them are the text's. */
export interface TokenStates {
  readonly states: Float32Array
  readonly texts: number
  readonly tokens: number
  /** `[text][token]`: 1 where the text has a token, 0 where it was filled up. */
  readonly mask: ArrayLike<number | bigint>
}

/** One vector a text, `[text][number]` (mean pooling: Reimers & Gurevych 2019). */
export function poolTokens({ states, texts, tokens, mask }: TokenStates, pooling: Pooling): Float32Array {
  const width = states.length / (texts * tokens)
  const pooled = new Float32Array(texts * width)
  for (let text = 0; text < texts; text++) {
    const into = pooled.subarray(text * width, (text + 1) * width)
    if (pooling === 'CLS') {
      into.set(states.subarray(text * tokens * width, text * tokens * width + width))
      continue
    }
    let count = 0
    for (let token = 0; token < tokens; token++) {
      if (Number(mask[text * tokens + token]) === 0) continue
      count++
      const from = (text * tokens + token) * width
      for (let i = 0; i < width; i++) into[i]! += states[from + i]!
    }
    if (count > 0) for (let i = 0; i < width; i++) into[i]! /= count
  }
  return pooled
}

/** Makes each of the vectors one long, in place; one of zeros stays. */
export function normaliseRows(rows: Float32Array, width: number): void {
  for (let from = 0; from < rows.length; from += width) {
    let squares = 0
    for (let i = from; i < from + width; i++) squares += rows[i]! * rows[i]!
    if (squares === 0) continue
    const length = Math.sqrt(squares)
    for (let i = from; i < from + width; i++) rows[i]! /= length
  }
}
