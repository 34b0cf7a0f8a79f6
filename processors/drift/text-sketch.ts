import { MIX } from '../text/hashing.ts'
import type { TextInput } from '../text/text-input.ts'
import { evenEdges, type WatchedFeature } from './declared-features.ts'

/**
 * A sketch of which words a text holds: each distinct word adds or takes away 1 in one of a few numbers, by its hash (the count
 * sketch of Charikar, Chen & Farach-Colton 2002; its inner products are those of the words, in the mean). Each is divided by the square
 * root of the words it may have had, so that it has about the same spread whatever the length. A change of topic that
 * no other feature shows moves their means. Alone they say nothing to people, and any topic of the day moves them: they are
 * watched jointly only, over all records.
 */

const SKETCH_NUMBERS = 8
const SKETCH_PREFIX = 'wordSketch'

export const sketchFeatures: readonly WatchedFeature[] = Array.from({ length: SKETCH_NUMBERS }, (_, i) => ({
  name: `${SKETCH_PREFIX}${i + 1}`,
  description: `Words of the text by their hash, for and against: part ${i + 1} of ${SKETCH_NUMBERS}.`,
  edges: evenEdges(-2.5, 2.5, 12),
  onlyJointly: true,
}))

/** Whether a feature is part of a sketch, by its name in a profile. */
export function isSketch(feature: string): boolean {
  return feature.startsWith(SKETCH_PREFIX)
}

/** Fills `into` from `at` on, in the order of `sketchFeatures`; NaN for a text without words. */
export function sketchText({ buckets, owners }: TextInput, into: Float64Array, at: number): void {
  into.fill(0, at, at + SKETCH_NUMBERS)
  let words = 0
  let before = -1
  for (let i = 0; i < buckets.length; i++) {
    const owner = owners[i]!
    // The first feature of a word is the word itself; pairs with the word before have odd owners.
    if (owner === before || (owner & 1) === 1) continue
    before = owner
    words++
    const hash = Math.imul(buckets[i]! + 1, MIX)
    into[at + (hash >>> 29)]! += (hash & (1 << 20)) === 0 ? 1 : -1
  }
  const scale = words === 0 ? Number.NaN : Math.sqrt(SKETCH_NUMBERS / words)
  for (let k = at; k < at + SKETCH_NUMBERS; k++) into[k]! *= scale
}
