/** What drifts, as ClickHouse keeps it; times are ms since the epoch. */
export interface DriftOverview {
  /** Every kind that was scored, whether it drifts or not. */
  readonly watched: readonly WatchedKind[]
  readonly accuracy: readonly AccuracyFigure[]
  readonly drifts: readonly OpenDrift[]
  readonly words: readonly DriftWord[]
  readonly findings: readonly DriftFinding[]
  readonly requests: readonly OpenRequest[]
  readonly histories: readonly FeatureHistory[]
}

export interface OpenDrift {
  readonly kind: string
  readonly modelVersion: string
  readonly feature: string
  /** What the feature measures; null where nobody declares it. */
  readonly description: string | null
  readonly slice: string
  readonly sliceDescription: string | null
  readonly since: number
  readonly lastAt: number
  readonly alarms: number
  readonly method: string
  readonly statistic: number
  readonly threshold: number
  readonly eValue: number | null
  readonly effect: number | null
  readonly effectLow: number | null
  readonly effectHigh: number | null
  readonly count: number
  /** What moved: location, spread, skew or shape of the feature; of all together, the features that moved most. */
  readonly moved: readonly string[]
}

export interface DriftWord {
  readonly kind: string
  readonly word: string
  readonly firstAt: number
  readonly lastAt: number
  readonly weight: number
  readonly count: number
  readonly expected: number | null
  /** What of it is new: a word, an expression of two, or the neighbours of a known word. */
  readonly change: 'word' | 'expression' | 'company'
  /** For company: the word with each of its new neighbours. */
  readonly neighbours: readonly string[]
  /** Texts that hold it and were not deleted. */
  readonly examples: readonly { readonly contentId: string; readonly text: string }[]
}

/** A finding that is no plain drift, such as DOMAIN_GAP or CLEARED. */
export interface DriftFinding {
  /** Of the report. */
  readonly id: string
  readonly kind: string
  readonly modelVersion: string
  readonly feature: string
  readonly description: string | null
  readonly slice: string
  readonly finding: string
  readonly method: string
  /** Whether it is an alarm: a share of a class that came back is none. */
  readonly drifted: boolean
  readonly statistic: number
  readonly threshold: number
  readonly effect: number | null
  readonly effectLow: number | null
  readonly effectHigh: number | null
  readonly count: number
  readonly at: number
  /** What stands behind it, heaviest first. */
  readonly contributors: readonly {
    readonly name: string
    readonly weight: number
    readonly description: string | null
  }[]
}

export interface OpenRequest {
  readonly id: string
  readonly kind: string
  readonly policy: string
  readonly reason: string
  readonly modelVersion: string
  readonly requestedAt: number
}

/** Means of a drifting feature, oldest first. */
export interface FeatureHistory {
  readonly kind: string
  readonly feature: string
  readonly slice: string
  readonly points: readonly { readonly at: number; readonly mean: number; readonly count: number }[]
}

/** A kind under the model version that scored last; times are ms since the epoch. */
export interface WatchedKind {
  readonly kind: string
  readonly modelVersion: string
  /** Contents that were profiled under it. */
  readonly records: number
  /** So many of them form the reference: until then nothing can be found. */
  readonly referenceRecords: number
  readonly since: number
  readonly lastAt: number
}

/** How often scores of the latest closed window are right. */
export interface AccuracyFigure {
  readonly kind: string
  readonly modelVersion: string
  /** estimate: what calibrated scores expect of themselves, without labels. labels: what people who label say. reports: what reports say. */
  readonly source: 'estimate' | 'labels' | 'reports'
  readonly share: number
  /** 95 % limits where it was measured. */
  readonly low: number | null
  readonly high: number | null
  readonly count: number
  /** Whether it lies below what it was before, beyond its limits. */
  readonly drifted: boolean
  readonly at: number
}

/** What is known of a platform that nothing was scored on yet. */
export const NOTHING_WATCHED: DriftOverview = {
  watched: [],
  accuracy: [],
  drifts: [],
  words: [],
  findings: [],
  requests: [],
  histories: [],
}
