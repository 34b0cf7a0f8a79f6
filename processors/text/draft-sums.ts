import type { TextInput } from './features.ts'
import type { PackedWeights } from './head-sums.ts'

/**
 * What models added up of one text of a long draft, and how the text before it began: of features that both begin with,
 * nothing is added up again. Sums are of integers, so the score is the same to the last bit.
 */
export interface DraftSums {
  readonly totals: Map<PackedWeights, Int32Array>
  readonly pieces: Map<PackedWeights, Int32Array>
  /** Null for a draft's first text. Its own `before` is dropped, or the whole history would be held. */
  before: Before | null
}

/** The first `features` features and the first `words` words of `input` are those of the next text too. */
interface Before {
  readonly input: TextInput
  readonly sums: DraftSums
  readonly features: number
  readonly words: number
}

export function createDraftSums(before: Before | null): DraftSums {
  if (before !== null) before.sums.before = null
  return { totals: new Map(), pieces: new Map(), before }
}
