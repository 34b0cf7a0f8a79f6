/** Numbers of a slab: room for some texts at least. An array of its own for each text costs more than filling it. */
const SLAB_NUMBERS = 1 << 16

/** Gives out zeros that nobody else has. */
export function createSlab<A extends Float32Array | Int32Array>(make: (length: number) => A) {
  let slab = make(SLAB_NUMBERS)
  let at = 0
  return {
    take(count: number): A {
      if (at + count > slab.length) {
        slab = make(Math.max(SLAB_NUMBERS, count))
        at = 0
      }
      at += count
      return slab.subarray(at - count, at) as A
    },
  }
}

/** A stretch of numbers that are held for a while. */
export interface Place {
  readonly at: number
  readonly length: number
  /** How often all the numbers had been given out when it was taken. */
  readonly round: number
}

/** Gives out stretches of one array, over and over: what was taken is overwritten once all of it was given out again. */
export function createHeldNumbers(count: number) {
  const numbers = new Int32Array(count)
  let next = 0
  let round = 0
  return {
    /** @param length at most `count` */
    take(length: number): Place {
      if (next + length > count) {
        next = 0
        round++
      }
      const at = next
      next += length
      return { at, length, round }
    },
    /** The numbers of a place just taken, all of them 0. */
    zeros: ({ at, length }: Place) => numbers.subarray(at, at + length).fill(0),
    /** Whether nobody has taken any of it since. */
    holds: (place: Place) => place.round === round || (place.round === round - 1 && next <= place.at),
  }
}
