import type { TextInput } from './text-input.ts'

/** What was read of a text. It is the same whichever kind asks. */
export interface Reading {
  readonly text: string
  readonly input: TextInput
  /** undefined: not looked at yet. */
  language: string | null | undefined
}

/** Numbers, of four bytes each, that the remembered inputs have together: those of some 20,000 usual contents. */
const NUMBERS_MAX = 1 << 24
/** The same with those of contents that every kind had and that came later than the oldest: they may lie in one slab with its numbers. */
const SPAN_MAX = 2
/** Contents that are remembered at once, however short. */
const READINGS_MAX = 1 << 16
/** A content with a larger share of the numbers is not remembered, for it would push out too many others. */
const SHARE_OF_ONE_MAX = 1 / 16
/** Kinds that are waited for: an integer has so many bits to say who asked. */
export const KINDS_MAX = 32

interface Remembered {
  readonly id: string
  /** Length of its text. */
  readonly units: number
  readonly numbers: number
  /** Null once every kind had it. */
  reading: Reading | null
  /** A bit for each kind that asked. */
  asked: number
}

/** What a kind asks the memory. */
export interface ReadingAsker {
  /** What another kind read of the content, if its text was this one. */
  recall(id: string, text: string): Reading | null
  /** To be called with what was not recalled. */
  remember(id: string, reading: Reading): void
}

/**
 * Remembers what was read of published contents until every kind that asks has had it: the kinds of a process read the same
 * topic, each at a pace of its own. The one remembered first is forgotten first. While one kind alone asks, nothing is
 * remembered. Kinds beyond `KINDS_MAX` take what is there, and are not waited for.
 */
export function createReadingMemory(
  numbersMax = NUMBERS_MAX,
  readingsMax = READINGS_MAX,
): { asker(): ReadingAsker } {
  const known = new Map<string, Remembered>()
  /** In the order they were remembered, from `oldest` on, around the end. */
  const order = new Array<Remembered | null>(readingsMax).fill(null)
  let oldest = 0
  let count = 0
  /** Of what is held, and of all from the oldest on. */
  let held = 0
  let spanned = 0
  let kinds = 0
  let everyKind = 0

  function letGo(one: Remembered): void {
    if (one.reading !== null) held -= one.numbers
    one.reading = null
  }

  function forgetOldest(): void {
    const one = order[oldest]!
    letGo(one)
    spanned -= one.numbers
    // An edit may have taken its place.
    if (known.get(one.id) === one) known.delete(one.id)
    order[oldest] = null
    oldest = (oldest + 1) % readingsMax
    count--
  }

  function makeRoom(numbers: number): void {
    const isFull = () =>
      count === readingsMax || held + numbers > numbersMax || spanned + numbers > SPAN_MAX * numbersMax
    while (count > 0 && isFull()) forgetOldest()
  }

  return {
    asker() {
      const kind = kinds < KINDS_MAX ? 1 << kinds++ : 0
      everyKind |= kind
      return {
        recall(id, text) {
          const one = known.get(id)
          const reading = one?.reading ?? null
          if (one === undefined || reading === null || reading.text !== text) return null
          one.asked |= kind
          if (one.asked === everyKind) letGo(one)
          return reading
        },
        remember(id, reading) {
          const own = numbersOf(reading)
          const units = reading.text.length
          if (everyKind === kind || own > numbersMax * SHARE_OF_ONE_MAX) return
          // Every kind had it, and one asks once more, as for its challenger: nobody else will.
          const before = known.get(id)
          if (before !== undefined && before.reading === null && before.units === units) return
          makeRoom(own)
          const one = { id, units, numbers: own, reading, asked: kind }
          order[(oldest + count++) % readingsMax] = one
          held += own
          spanned += own
          known.set(id, one)
        },
      }
    },
  }
}

function numbersOf({ text, input }: Reading): number {
  return 2 * input.buckets.length + input.spans.length + text.length
}
