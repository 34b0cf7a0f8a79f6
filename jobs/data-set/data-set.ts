/** Parts that rows are cut into; a group lies in one of them. */
export const DATA_SET_FOLDS = 5

/** A row that a challenger learns from or is measured on, and where all of it came from. */
export interface DataSetRow {
  /** sha256, hex, of everything below but `fold`: what is left of a row whose author was erased. */
  readonly digest: string
  readonly text: string
  /** On the kind's own scale. Of LABEL what people say, joined; of WEAK what votes and reports let expect; of REPLAY the champion's score. */
  readonly target: number
  /** 1 for a label that nobody doubts; 0 says nothing. */
  readonly weight: number
  readonly role: 'LABEL' | 'WEAK' | 'REPLAY'
  readonly contentId: string
  readonly revision: number
  readonly author: string
  readonly thread: string | null
  readonly language: string | null
  /** Event time, ms since the epoch. */
  readonly at: number
  /** Of the sample that was answered; null where it was labelled without one. */
  readonly source: string | null
  /** Probability with which it was chosen; null where that is not known. */
  readonly samplingProbability: number | null
  /** Where the content lies; null where its text came from outside. */
  readonly place: Place | null
  /** The labels behind it, or of WEAK the votes and reports. */
  readonly evidence: readonly RowEvidence[]
  /** Rows of one group resemble each other, or are of one author or thread: never on two sides of a split. */
  readonly group: string
  /** 0 … DATA_SET_FOLDS − 1, by group. */
  readonly fold: number
  /** Declared slices (`KindDrift.slices`) it is in. */
  readonly slices: readonly string[]
}

export interface Place {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

export interface RowEvidence extends Place {
  readonly id: string
  /** Who labelled, voted or reported. */
  readonly by: string
  /** On the kind's own scale. */
  readonly value: number
}

/** An immutable snapshot: the same rows have the same hash, and lie in `data-sets/<kind>/<hash>/` of NICR_DATA_DIR. */
export interface DataSet {
  readonly kind: string
  /** sha256, hex, over the digests of all rows in order. */
  readonly hash: string
  readonly path: string
  readonly rows: readonly DataSetRow[]
  /** New words and expressions that drift reports named since the champion went live. */
  readonly newTerms: readonly string[]
}
