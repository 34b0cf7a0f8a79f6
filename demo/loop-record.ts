/** What was seen of the loop while it went round, for the picture and the table at its end. */
export interface LoopRecord {
  readonly points: readonly LoopPoint[]
  readonly marks: readonly LoopMark[]
}

/** One window of it; what was not measured in it is null. */
export interface LoopPoint {
  /** Contents published until the end of the window. */
  readonly contents: number
  /** Accuracy of the live scores against the truth, 0–1, on texts in slang and on ordinary ones. */
  readonly newLanguage: number | null
  readonly ordinary: number | null
  /** Mean of the live niceness, 0–10. */
  readonly meanNiceness: number | null
  /** Alarms and labels since the beginning. */
  readonly alarms: number
  readonly labels: number
}

const markTypes = ['drift', 'alarm', 'words', 'labels', 'training', 'promoted'] as const

/** Something that happened at a place of the stream. */
export interface LoopMark {
  readonly type: (typeof markTypes)[number]
  readonly contents: number
  /** A few words beside it, such as the words that were named. */
  readonly text: string
}
