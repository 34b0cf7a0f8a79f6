/** Parts that rows are cut into; a group lies in one of them. */
export const DATA_SET_FOLDS = 5

/** A row that a challenger learns from or is measured on, and where all of it came from. */
export interface DataSetRow {
  /** sha256, hex, of everything below but `fold`: what is left of a row whose author was erased. */
  readonly digest: string
  readonly text: string
  /** Only of kinds that read images: by reference, never the pictures themselves. */
  readonly images?: readonly RowImage[]
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

export interface RowImage {
  /** As the content names it. */
  readonly ref: string
  /** sha256 of the file, hex; null where nobody said it and it was not looked at. */
  readonly sha256: string | null
  /** Packed perceptual hashes in base64; null where it was not looked at. */
  readonly hashes: string | null
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
  /** The earliest first; without those that were erased. */
  readonly rows: readonly DataSetRow[]
  /** New words and expressions that drift reports named since the champion went live. */
  readonly newTerms: readonly string[]
  readonly manifest: DataSetManifest
}

/** What a challenger is made from. */
export type TaughtRows = Omit<DataSet, 'manifest'>

/** What was put together, and by which bounds; `manifest.json` of the snapshot. */
export interface DataSetManifest {
  readonly kind: string
  readonly hash: string
  /** The champion, whose scores are replayed. */
  readonly parentVersion: string
  readonly rows: number
  readonly rowsByRole: Readonly<Record<DataSetRow['role'], number>>
  /** Of samples by what they were chosen for; `none` for labels without one. */
  readonly labelsBySource: Readonly<Record<string, number>>
  /** Of `nicr.labels`: what was read, the end exclusive. The next data set may go on from there. */
  readonly labels: { readonly fromOffset: number | null; readonly nextOffset: number | null }
  /** What was asked for and not taken, by why. */
  readonly leftOut: Readonly<Record<string, number>>
  readonly bounds: {
    /** ms since the epoch. */
    readonly championSince: number
    /** When the drift began that replayed content is to be older than; null where nothing drifts. */
    readonly driftSince: number | null
    readonly labelRowsMax: number
    readonly weakRowsMax: number
    readonly replayRowsMax: number
  }
  readonly guidelineVersions: readonly string[]
  readonly labellers: readonly {
    readonly labeller: string
    /** Contents answered. */
    readonly labels: number
    /** 0–1, as labels are joined by. */
    readonly reliability: number
  }[]
  readonly weak: WeakFigures
  readonly splits: {
    readonly groups: number
    /** Of the rows, in the largest group. */
    readonly largestShare: number
    /** What keeps rows together. */
    readonly ties: readonly RowTie[]
    /** What no longer does, since nearly all rows were one group. */
    readonly tiesDropped: readonly RowTie[]
  }
  readonly newTerms: readonly string[]
}

/** Why two rows of a text kind are of one group. `content` and `sameText` always hold. */
export const textTies = ['content', 'sameText', 'nearDuplicate', 'author', 'thread'] as const
/** Of a kind that reads images: the same words under two pictures say nothing. `content` and `samePicture` always hold. */
export const pictureTies = ['content', 'samePicture', 'nearPicture', 'author', 'thread'] as const
export type RowTie = (typeof textTies)[number] | (typeof pictureTies)[number]

/** How far votes and reports were believed: from contents that people labelled too. */
export interface WeakFigures {
  /** Of votes and of reports: contents that both judged, those where they say the same, and the reliability that follows, 0–1. */
  readonly votes: WeakReliability
  readonly reports: WeakReliability
  /** Weight of all weak rows over that of all labels. */
  readonly weightShare: number
}

export interface WeakReliability {
  readonly judged: number
  readonly agreeing: number
  readonly reliability: number
}
