/** A number that is read off every scored record and watched. Bins are declared, so profiles of any age and place add up. */
export interface WatchedFeature {
  readonly name: string
  /** What it measures, in a sentence for people. */
  readonly description: string
  /** Inner edges of its bins, ascending: a value at an edge belongs to the bin above. */
  readonly edges: Float64Array
  /** Whether it is watched together with the others only, over all records: it has no voice of its own and costs no cells in slices. */
  readonly onlyJointly?: boolean
}

/** What of records is watched apart as well. */
export interface WatchedSlice {
  readonly name: string
  readonly description: string
  /** Whether a record belongs to it. */
  readonly holds: (record: SliceableRecord) => boolean
}

/** The slices of what is not cut into any. */
export const allRecords: readonly WatchedSlice[] = [
  { name: 'all', description: 'Every record.', holds: () => true },
]

/** What a slice may ask of a record. */
export interface SliceableRecord {
  readonly contentKind: string
  readonly language: string | null
  /** Age of the author's account when it was written, ms; null where the platform does not say. */
  readonly authorAgeMs: number | null
  /** What it scored, on the kind's scale. */
  readonly score: number
  /** From 0 to below 1, as good as random but the same for a content whenever it is asked: for drawing by a probability. */
  readonly draw: number
}

const DRAWN_CLASS = 'class='

/**
 * The records drawn as of the class with the probability their score states: what the class looks like, as far as the model
 * knows, without labels. It must be the last slice of a kind: it is counted for `class-share-guard.ts` and not watched itself.
 */
export function drawnClassSlice(positive: string): WatchedSlice {
  return {
    name: `${DRAWN_CLASS}${positive}`,
    description: `Each with the probability of its score: what is ${positive}, as far as the model knows.`,
    holds: ({ score, draw }) => draw < score,
  }
}

/** Whether a slice of this name is one that `drawnClassSlice` made. */
export function isDrawnClass(slice: string): boolean {
  return slice.startsWith(DRAWN_CLASS)
}

/** Slices without those that `drawnClassSlice` made. */
export function watchedSlices(slices: readonly WatchedSlice[]): readonly WatchedSlice[] {
  return slices.filter(({ name }) => !isDrawnClass(name))
}

/** Edges at `first`, then each `factor` times the one before, for what has no upper end. */
export function geometricEdges(first: number, factor: number, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => first * factor ** i)
}

/** Edges for a share from 0 to 1 that is mostly 0: 0 has a bin of its own. */
export function shareEdges(): Float64Array {
  return Float64Array.of(1e-9, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1)
}

/** Edges for a probability: fine at both ends, where most are. */
export function probabilityEdges(): Float64Array {
  const low = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.35]
  return Float64Array.from([...low, 0.5, ...low.map(edge => 1 - edge).reverse()])
}

/** Edges for what is 0 or 1. Both are edges themselves, so that sums, which are held within them, count the ones. */
export function flagEdges(): Float64Array {
  return Float64Array.of(0, 1)
}

/** Bins of `flagEdges`. */
export const FLAG_BINS = { no: 1, yes: 2 } as const

/** Edges of equal width between two ends, and the ends themselves, so that sums are those of the values. */
export function closedEdges(from: number, to: number, bins: number): Float64Array {
  return Float64Array.from({ length: bins + 1 }, (_, i) => from + ((to - from) * i) / bins)
}

/** Edges of equal width between two ends. */
export function evenEdges(from: number, to: number, bins: number): Float64Array {
  return Float64Array.from({ length: bins - 1 }, (_, i) => from + ((to - from) * (i + 1)) / bins)
}
