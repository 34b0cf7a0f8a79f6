/**
 * How a kind's loop goes round, as plain data: what people are asked, when a training begins, what a challenger must show,
 * how it is let in, and when it is taken back. `docs/closed-loop.md` tells it for operators.
 */
export interface LoopRules {
  readonly samples: SampleRules
  readonly labels: LabelRules
  readonly gates: GateRules
  readonly rollout: RolloutRules
}

/** Why a content is offered to taggers, beside hidden checks (`gold`) and imports. */
export const sampleSources = ['report', 'vote', 'doubt', 'drift', 'disagreement', 'random'] as const
export type SampleSource = (typeof sampleSources)[number]

export interface SampleRules {
  /** Share of the open samples that each source may take; they add up to 1. What one cannot fill goes to the others, but for drift’s while a request is open. */
  readonly shares: Readonly<Record<SampleSource, number>>
  /** How many people tag a sample. */
  readonly overlap: number
  /** Share of what a person is shown that is a hidden check. */
  readonly goldShare: number
  /** Samples that wait for labels at most. */
  readonly openMax: number
}

export interface LabelRules {
  /** Contents labelled since the champion went live without which nothing is trained. */
  readonly min: number
  /** From so many on it is trained at once; between the two once no label has come for `settleMs`. */
  readonly wanted: number
  /** Wall clock, ms. */
  readonly settleMs: number
  /** Of the platform's content, scored by the champion, that holds ordinary language in place. */
  readonly replayRowsMax: number
}

export interface GateRules {
  /** What the challenger must be better in; a metric of `nicr evaluate`, higher is better but for `mae` and `ece`. */
  readonly metric: string
  /** It may be worse in a slice by so much beyond the interval's doubt, in the metric's unit. */
  readonly sliceLossMax: number
  /** Rows of a slice without which it is not judged. */
  readonly sliceRowsMin: number
  /** A committed suite (robustness, identity terms, plain language) may lose so much of its figure. */
  readonly suiteLossMax: number
  /** Share of the innocent contents that the champion passes which may be blocked newly; more, beyond doubt, is refused. Kinds of two classes. */
  readonly newlyBlockedMax: number
  /** Rise of the expected calibration error. */
  readonly eceRiseMax: number
  /** Of the model file. */
  readonly bytesMax: number
  /** Times the champion's time a text. */
  readonly latencyTimesMax: number
  /**
   * Share of the labels that champion and challenger contradict where both are sure and agree: where it is
   * more, beyond doubt, the labels are not to be learned from.
   */
  readonly contradictedShareMax: number
  /** Share of clear texts that one new word alone may turn to another label. */
  readonly triggerFlipShareMax: number
  /** A word that turns more is live language, and no trigger, if so many people wrote it where nobody chose what is labelled. */
  readonly triggerAuthorsMin: number
}

export interface RolloutRules {
  /** Contents that champion and challenger both scored before the challenger may answer. */
  readonly shadowRecordsMin: number
  /** Share of the content that the challenger answers in its canary; 0 leaves the canary out. */
  readonly canaryShare: number
  readonly canaryRecordsMin: number
  /** After a promotion its predecessor scores along for so many windows of so many records. */
  readonly windowRecords: number
  readonly watchWindows: number
  /** Labels that differ may so much of an unmeasured promotion's records, 0–1. */
  readonly disagreementMax: number
}

/** Of the text kinds, unless a kind says otherwise: at 20 posts/s a challenger is live within two minutes of its labels. */
export const textLoopRules: LoopRules = {
  samples: {
    shares: { report: 0.15, vote: 0.05, doubt: 0.1, drift: 0.45, disagreement: 0.1, random: 0.15 },
    overlap: 2,
    goldShare: 0.1,
    openMax: 400,
  },
  labels: { min: 150, wanted: 300, settleMs: 20_000, replayRowsMax: 20_000 },
  gates: {
    metric: 'macroF1',
    sliceLossMax: 0.03,
    sliceRowsMin: 30,
    suiteLossMax: 0.02,
    newlyBlockedMax: 0.02,
    eceRiseMax: 0.03,
    bytesMax: 32 * 1024 * 1024,
    latencyTimesMax: 2,
    contradictedShareMax: 0.07,
    triggerFlipShareMax: 0.2,
    triggerAuthorsMin: 4,
  },
  rollout: {
    shadowRecordsMin: 200,
    canaryShare: 0.2,
    canaryRecordsMin: 200,
    windowRecords: 200,
    watchWindows: 3,
    disagreementMax: 0.3,
  },
}

/** Of kinds that read images: a person tags fewer pictures than sentences, they come rarer, and each is looked at again to be replayed. */
export const imageLoopRules: LoopRules = {
  samples: { ...textLoopRules.samples, openMax: 200 },
  labels: { min: 40, wanted: 60, settleMs: 20_000, replayRowsMax: 500 },
  gates: {
    ...textLoopRules.gates,
    sliceLossMax: 0.05,
    sliceRowsMin: 20,
    suiteLossMax: 0.02,
    eceRiseMax: 0.05,
    contradictedShareMax: 0.1,
  },
  rollout: {
    shadowRecordsMin: 60,
    canaryShare: 0.2,
    canaryRecordsMin: 60,
    windowRecords: 60,
    watchWindows: 3,
    disagreementMax: 0.3,
  },
}
