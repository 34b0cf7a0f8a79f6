import type { StoredVocabulary } from './vocabulary.ts'

/**
 * What a model version was trained on, as far as drift needs it: it lies beside the model, in its folder. A platform's own posts
 * always differ from it, so it is not what alarms compare with; it says how far the platform is from what was learned (DOMAIN_GAP),
 * which words were never learned (`unknownWords`), and how many of the rows were positive (CLASS_SHARE).
 */
export interface TrainingReference {
  readonly kind: string
  readonly modelVersion: string
  /** Rows it was counted over: those that were held out, since rows that taught are scored too well and hold no unknown word. */
  readonly rows: number
  /** Mean of the calibrated value over these rows for kinds that answer a probability: the class share that calibration assumes. */
  readonly positiveShare: number | null
  /** Rows by bin of each feature that the kind watches, in the bins the kind declares. */
  readonly features: readonly { readonly name: string; readonly counts: readonly number[] }[]
}

/** As it lies in the folder, so that bins which were declared otherwise then are known from those of today. */
export interface StoredReference {
  readonly rows: number
  readonly positiveShare: number | null
  readonly features: readonly {
    readonly name: string
    /** Inner edges of the bins: one fewer than there are counts. */
    readonly edges: readonly number[]
    readonly counts: readonly number[]
  }[]
  readonly vocabulary: StoredVocabulary
}

/** What is wrong with what should be a stored reference, in words; null if nothing is. */
export function referenceProblem(value: unknown): string | null {
  const { rows, positiveShare, features, vocabulary } = Object(value) as Readonly<Record<string, unknown>>
  if (!isCount(rows)) return 'rows is not a count'
  if (positiveShare !== null && !(typeof positiveShare === 'number' && isShare(positiveShare)))
    return 'positiveShare is neither null nor from 0 to 1'
  if (!Array.isArray(features) || features.length > FEATURES_MAX)
    return `features is not a list of at most ${FEATURES_MAX}`
  for (const feature of features) {
    const { name, edges, counts } = Object(feature) as Readonly<Record<string, unknown>>
    if (typeof name !== 'string') return 'a feature has no name'
    if (!Array.isArray(edges) || !edges.every(edge => Number.isFinite(edge)))
      return `the edges of ${name} are not numbers`
    if (!Array.isArray(counts) || counts.length !== edges.length + 1 || !counts.every(isCount))
      return `the counts of ${name} are not ${edges.length + 1} counts`
  }
  const { words, bits } = Object(vocabulary) as Readonly<Record<string, unknown>>
  return isCount(words) && typeof bits === 'string' ? null : 'vocabulary is not a number of words and bits'
}

const FEATURES_MAX = 1024

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isShare(value: number): boolean {
  return value >= 0 && value <= 1
}
