import type { Decision } from '../scorer.ts'
import type { TextInput } from '../text/text-input.ts'
import {
  drawnClassSlice,
  evenEdges,
  probabilityEdges,
  shareEdges,
  type WatchedFeature,
  type WatchedSlice,
} from './declared-features.ts'
import { isReadForPairs } from './neighbours.ts'
import { observeText, textFeatures } from './observe-text.ts'
import { termsOf } from './term-reader.ts'
import { sketchFeatures, sketchText } from './text-sketch.ts'
import { unknownShare, unknownWords, type Vocabulary } from './vocabulary.ts'

/** What of a scored record is watched: filled in by the kind, one number a feature. */
export interface KindDrift<Input = unknown> {
  readonly features: readonly WatchedFeature[]
  /** The first is every record. */
  readonly slices: readonly WatchedSlice[]
  /**
   * Fills `into`, one number a feature; NaN where there is none.
   * @param vocabulary the words that the version which decided was trained on, where it tells
   * @returns the words of the record, and pairs of neighbours; none for a kind without words
   */
  observe(
    content: { readonly id: string; readonly text: string },
    input: Input,
    decision: Decision,
    into: Float64Array,
    vocabulary?: Vocabulary,
  ): ReadonlySet<string>
}

/** An account is new so long, ms. */
export const NEW_ACCOUNT_MS = 30 * 24 * 3_600_000

/** What of contents is watched apart, whatever is watched of them. */
export const contentSlices: readonly WatchedSlice[] = [
  { name: 'all', description: 'Every record.', holds: () => true },
  { name: 'contentKind=POST', description: 'Posts.', holds: ({ contentKind }) => contentKind === 'POST' },
  {
    name: 'contentKind=COMMENT',
    description: 'Comments.',
    holds: ({ contentKind }) => contentKind === 'COMMENT',
  },
  {
    name: 'language=en',
    description: 'Texts known to be English.',
    holds: ({ language }) => language === 'en',
  },
  {
    name: 'newAuthors',
    description: 'Authors whose account was at most 30 days old.',
    holds: ({ authorAgeMs }) => authorAgeMs !== null && authorAgeMs < NEW_ACCOUNT_MS,
  },
]

/** The features that are what the model answers; all others are of the text alone. */
export const answerFeatures: readonly string[] = ['score', 'doubt', 'label']

/** What a text kind watches, by its scale and labels. */
export interface TextDriftRule {
  readonly scale: { readonly min: number; readonly max: number }
  readonly labels: readonly string[]
  /** How far a decision is from being another, from 0, sure, to 1. */
  readonly doubt: (decision: Decision) => number
  /**
   * Whether pairs of neighbours are watched beside words, for expressions and for words that change their company. Of kinds that
   * read the same texts one is enough.
   */
  readonly pairs?: boolean
}

/** How a text is written, what it scored and how sure that was, its words and pairs, and how many of them the model never learned. */
export function textDrift({ scale, labels, doubt, pairs = false }: TextDriftRule): KindDrift<TextInput> {
  const isProbability = scale.max === 1
  const scoreFeatures: readonly WatchedFeature[] = [
    {
      name: 'score',
      description: 'The value on the kind’s scale.',
      edges: isProbability ? probabilityEdges() : evenEdges(scale.min, scale.max, 20),
    },
    { name: 'doubt', description: 'How near the decision was to another, 0 to 1.', edges: shareEdges() },
    {
      name: 'label',
      description: `Which of ${labels.join(', ')}: its place.`,
      edges: Float64Array.from(labels.slice(1), (_, i) => i + 0.5),
    },
  ]
  const first = textFeatures.length
  return {
    features: [...textFeatures, ...scoreFeatures, unknownWords, ...sketchFeatures],
    slices: isProbability ? [...contentSlices, drawnClassSlice(labels.at(-1)!)] : contentSlices,
    observe({ id, text }, input, decision, into, vocabulary) {
      observeText(text, input, into)
      into[first] = decision.value
      into[first + 1] = doubt(decision)
      into[first + 2] = labels.indexOf(decision.label)
      const terms = termsOf(text, input, pairs && isReadForPairs(id))
      into[first + 3] = unknownShare(terms, vocabulary)
      sketchText(input, into, first + scoreFeatures.length + 1)
      return terms
    },
  }
}
