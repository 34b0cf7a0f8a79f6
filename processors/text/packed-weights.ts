/**
 * The weights of heads, packed to be added up: four heads to an integer, each a byte raised by `BYTE_RAISE` so that none is
 * below 0. Two masks part it into pairs of 16 bits that are added side by side, which takes a quarter of the steps.
 */
export interface PackedWeights {
  /** `[bucket][integer]`. */
  readonly integers: Int32Array
  /** Integers of a bucket. */
  readonly width: number
  readonly heads: number
}

export const BYTE_RAISE = 128

/** @param weights `[bucket][head]` */
export function packWeights(weights: Int8Array, heads: number): PackedWeights {
  const width = Math.ceil(heads / 4)
  const buckets = weights.length / heads
  const integers = new Int32Array(buckets * width)
  for (let bucket = 0; bucket < buckets; bucket++)
    for (let head = 0; head < heads; head++)
      integers[bucket * width + (head >> 2)]! |=
        (weights[bucket * heads + head]! + BYTE_RAISE) << (8 * (head & 3))
  return { integers, width, heads }
}
