import type { Community } from './community.ts'
import { drawsOf } from './community.ts'
import { topics } from './topics.ts'
import type { Truth } from './truth.ts'
import { type Intent, type Written, writeDrifted, writeOrdinary } from './writer.ts'

/** A text that nobody published and nobody tagged, and the truth about it. */
export interface HeldOutRow {
  readonly id: string
  readonly text: string
  readonly truth: Truth
}

export interface HeldOut {
  readonly ordinary: readonly HeldOutRow[]
  readonly drifted: readonly HeldOutRow[]
}

export interface HeldOutOptions {
  /** Another than the community's, or its texts may be among them. */
  readonly seed: number
  /** Of each of the two. */
  readonly count: number
  /** Texts that must not be among them, such as those published or tagged. */
  readonly without?: ReadonlySet<string>
}

const PURPOSE = 11
/** Draws for a row that is not there yet. */
const TRIES_A_ROW_MAX = 100

/**
 * Fresh texts by the community's people in its ordinary language and in its slang, no text twice.
 * @throws Error if the community does not find so many different ones
 */
export function heldOutRows(
  { authors, slang }: Community,
  { seed, count, without = new Set() }: HeldOutOptions,
): HeldOut {
  const draws = drawsOf(seed, PURPOSE)
  const weights = authors.map(({ activity }) => activity)
  const used = new Set<string>()
  const rows = (name: string, write: (intent: Intent) => Written, speakers: typeof authors) => {
    const found: HeldOutRow[] = []
    for (let tries = 0; found.length < count; tries++) {
      if (tries > count * TRIES_A_ROW_MAX) throw new Error(`no ${count} different ${name} texts were found`)
      const author = authors[draws.weighted(weights)]!
      if (!speakers.includes(author)) continue
      const written = write({ author, topic: draws.below(topics.length), quoted: null })
      if (used.has(written.text) || without.has(written.text)) continue
      used.add(written.text)
      found.push({ id: `${name}-${found.length + 1}`, ...written })
    }
    return found
  }
  const speakers = authors.filter(({ adoptsAfter }) => Number.isFinite(adoptsAfter))
  return {
    ordinary: rows('ordinary', intent => writeOrdinary(intent, draws), authors),
    drifted: rows('drifted', intent => writeDrifted(intent, slang, draws), speakers),
  }
}
