import type { PackedWeights } from './packed-weights.ts'

/** A text as the models read it. */
export interface TextInput {
  /** The author's own, for models that read it in another way. */
  readonly text: string
  /** The distinct features, in order of first occurrence; each counts once (binary). */
  readonly buckets: Int32Array
  /** For each feature the word it first occurs in, times two; plus one if it spans that word and the one before. */
  readonly owners: Int32Array
  /** Start and end (exclusive) of each word, in UTF-16 code units of the author's text. */
  readonly spans: Uint32Array
  /** One number from 0 to 1 for each name of `featureSettings.dense`. */
  readonly dense: Float32Array
  /** Letters and digits the models know, and letters of other scripts. */
  readonly latinLetters: number
  readonly foreignLetters: number
  /** Its primary language subtag, stated or detected; null where neither. Only versions with languages of their own are told. */
  readonly language?: string | null
  /** Of a long draft: what models add up of it is kept for its next text. */
  readonly draft?: DraftSums | undefined
}

/**
 * What models added up of one text of a long draft, and how the text before it began: of features that both begin with,
 * nothing is added up again. Sums are of integers, so the score is the same to the last bit.
 */
export interface DraftSums {
  readonly totals: Map<PackedWeights, Int32Array>
  readonly pieces: Map<PackedWeights, Int32Array>
  /** Null for a draft's first text. Its own `before` is dropped, or the whole history would be held. */
  before: DraftBefore | null
}

/** The first `features` features and the first `words` words of `input` are those of the next text too. */
export interface DraftBefore {
  readonly input: TextInput
  readonly sums: DraftSums
  readonly features: number
  readonly words: number
}
