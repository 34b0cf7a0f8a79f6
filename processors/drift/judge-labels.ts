import { driftReportId } from '../../schemas/ids.ts'
import type { DriftReport, Label } from '../../schemas/records.ts'
import { ErrorDetector } from './error-detector.ts'
import { LabelDetector } from './label-detector.ts'

/**
 * Labels beside the scores they judge: is the model still right. Two voices: an e-detector, which may be looked at any time, over
 * calibrated probabilities (`LabelDetector`) or over errors on a scale (`ErrorDetector`), and the share of agreeing labels in windows, each with Wilson's 95 % limits (Wilson 1927),
 * against all windows before it under the same model.
 */

/** The score that stood when a label was given. */
export interface JudgedScore {
  readonly modelVersion: string
  /** Calibrated chance of the label 1; null for kinds on a scale. */
  readonly probability: number | null
  /** Whether person and model say the same, as the kind counts it. */
  readonly agrees: boolean
  /** How far they are apart, as a share of the scale, 0 to 1; null for kinds of classes. */
  readonly error: number | null
}

/** Labels between false alarms of either e-detector, at least, in the mean. */
const LABELS_BETWEEN_FALSE_ALARMS = 1_000_000
/** Labels of a window of accuracy. */
const ACCURACY_WINDOW_LABELS = 100
/** Label ids remembered, so that one that is repeated counts once. */
const REMEMBERED_IDS_MAX = 2000
const Z95 = 1.959963984540054

/** Versions whose labels are remembered: after a deploy people still label what the one before scored. */
const VERSIONS_MAX = 3

/** What is known of a kind’s labels, the version that was labelled last first; as JSON. */
export interface KindLabels {
  /** Absent in what was written when one version was remembered; that is forgotten. */
  readonly versions?: readonly LabelState[]
}

/** What is known of the labels of one model version. */
export interface LabelState {
  readonly modelVersion: string
  readonly detector: readonly number[]
  readonly errors: readonly number[]
  readonly window: { readonly count: number; readonly agreeing: number; readonly from: number }
  /** Windows that were closed, added up. */
  readonly before: { readonly count: number; readonly agreeing: number }
  readonly ids: readonly string[]
}

function noLabels(modelVersion: string): LabelState {
  return {
    modelVersion,
    detector: new LabelDetector(LABELS_BETWEEN_FALSE_ALARMS).snapshot(),
    errors: new ErrorDetector(LABELS_BETWEEN_FALSE_ALARMS).snapshot(),
    window: { count: 0, agreeing: 0, from: 0 },
    before: { count: 0, agreeing: 0 },
    ids: [],
  }
}

/**
 * Adds a label to those of the version that it judges. One that was taken back, or repeats an id, counts nothing.
 * @param at event time bounded by append time, ms since the epoch
 */
export function judgeLabel(
  before: KindLabels | undefined,
  label: Label,
  score: JudgedScore,
  at: number,
): { readonly state: KindLabels; readonly reports: readonly DriftReport[] } {
  const versions = before?.versions ?? []
  const known = versions.find(({ modelVersion }) => modelVersion === score.modelVersion)
  const others = versions.filter(one => one !== known)
  const { state, reports } = judge(known ?? noLabels(score.modelVersion), label, score, at)
  return { state: { versions: [state, ...others].slice(0, VERSIONS_MAX) }, reports }
}

function judge(
  state: LabelState,
  label: Label,
  score: JudgedScore,
  at: number,
): { readonly state: LabelState; readonly reports: readonly DriftReport[] } {
  if (label.withdrawn || state.ids.includes(label.id)) return { state, reports: [] }
  const reports: DriftReport[] = []
  const detector = new LabelDetector(LABELS_BETWEEN_FALSE_ALARMS)
  detector.restore(state.detector)
  const errors = new ErrorDetector(LABELS_BETWEEN_FALSE_ALARMS)
  errors.restore(state.errors)
  const left =
    score.probability === null ? null : detector.add(held(score.probability), label.value >= 0.5 ? 1 : 0, at)
  if (left !== null)
    reports.push(
      conceptReport(label.kind, score.modelVersion, at, {
        ...left,
        method: 'label-e-detector',
        effect: left.slope - 1,
        effectLow: null,
        effectHigh: null,
      }),
    )
  const risen = score.error === null ? null : errors.add(Math.min(1, score.error), at)
  if (risen !== null)
    reports.push(conceptReport(label.kind, score.modelVersion, at, { ...risen, method: 'error-e-detector' }))
  const window = {
    count: state.window.count + 1,
    agreeing: state.window.agreeing + (score.agrees ? 1 : 0),
    from: state.window.count === 0 ? at : state.window.from,
  }
  const isClosed = window.count >= ACCURACY_WINDOW_LABELS
  if (isClosed) reports.push(accuracyReport(label.kind, score.modelVersion, window, state.before, at))
  return {
    state: {
      modelVersion: score.modelVersion,
      detector: detector.snapshot(),
      errors: errors.snapshot(),
      window: isClosed ? { count: 0, agreeing: 0, from: 0 } : window,
      before: isClosed
        ? { count: state.before.count + window.count, agreeing: state.before.agreeing + window.agreeing }
        : state.before,
      ids: [...state.ids, label.id].slice(-REMEMBERED_IDS_MAX),
    },
    reports,
  }
}

/** Lower and upper 95 % limit of a share, as Wilson (1927); 0 and 1 where nothing was counted. */
export function wilsonLimits(part: number, whole: number): readonly [low: number, high: number] {
  if (whole === 0) return [0, 1]
  const share = part / whole
  const square = Z95 ** 2 / whole
  const middle = (share + square / 2) / (1 + square)
  const half = (Z95 / (1 + square)) * Math.sqrt((share * (1 - share)) / whole + square / (4 * whole))
  return [Math.max(0, middle - half), Math.min(1, middle + half)]
}

/** What a sequential test found. */
function conceptReport(
  kind: string,
  modelVersion: string,
  at: number,
  found: Pick<Found, 'method' | 'effect' | 'effectLow' | 'effectHigh' | 'count'> & {
    readonly eValue: number
    readonly threshold: number
    readonly changedAt: number
  },
): DriftReport {
  const { method, effect, effectLow, effectHigh, count, eValue, threshold, changedAt } = found
  return reportOf(kind, modelVersion, {
    method,
    windowStart: changedAt,
    at,
    statistic: eValue,
    threshold,
    eValue,
    effect,
    effectLow,
    effectHigh,
    drifted: true,
    finding: 'CONCEPT',
    count,
  })
}

/** An alarm where the window’s upper limit lies below the lower one of all windows before. */
function accuracyReport(
  kind: string,
  modelVersion: string,
  window: LabelState['window'],
  before: LabelState['before'],
  at: number,
): DriftReport {
  const [effectLow, effectHigh] = wilsonLimits(window.agreeing, window.count)
  const [threshold] = wilsonLimits(before.agreeing, before.count)
  const share = window.agreeing / window.count
  return reportOf(kind, modelVersion, {
    method: 'accuracy',
    windowStart: window.from,
    at,
    statistic: share,
    threshold,
    eValue: null,
    effect: share,
    effectLow,
    effectHigh,
    drifted: effectHigh < threshold,
    finding: null,
    count: window.count,
  })
}

type Found = Pick<
  DriftReport,
  | 'method'
  | 'windowStart'
  | 'at'
  | 'statistic'
  | 'threshold'
  | 'eValue'
  | 'effect'
  | 'effectLow'
  | 'effectHigh'
  | 'drifted'
  | 'finding'
  | 'count'
>

function reportOf(kind: string, modelVersion: string, found: Found): DriftReport {
  const report = {
    kind,
    feature: 'labels',
    slice: 'all',
    windowEnd: found.at + 1,
    pValue: null,
    modelVersion,
    // Labels are compared with the scores themselves.
    referenceVersion: modelVersion,
    changedAt: found.windowStart,
    contributors: [],
    ...found,
  }
  return { id: driftReportId(report), ...report }
}

/** Never quite sure: one label would otherwise outweigh all others. */
function held(probability: number): number {
  return Math.max(0.001, Math.min(0.999, probability))
}
