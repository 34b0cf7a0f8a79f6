import { REPORTS, REPORTS_DIFFER, VOTES } from '../drift/judge-readers.ts'

/**
 * When a kind asks to be trained anew, as plain data. A policy is a condition, or several under `any` and `all`, with what
 * keeps it from asking too often. `docs/retrain-requests.md` tells it for operators.
 */
export interface RetrainPolicy {
  /** Stands in the request; unique in its kind, and never `manual`, which is what people’s own requests say. */
  readonly name: string
  readonly when: Condition
  /** After a request of this policy, stream time in ms before its next one, whatever happens. */
  readonly coolDownMs: number
  /** A request lapses after this much stream time, in ms; what still goes on may then be asked for again. */
  readonly lapsesMs: number
  /**
   * A training costs as much as this many wrongly scored records. Drift and errors ask only once waiting has cost as much:
   * the most, over the evidence, of weight × effect (at most 1; 1 where it is not known) × records since it began.
   * The most and not the sum, since features move on the same records. null asks at once. Labels and age have limits of
   * their own. The rule is the cost-aware trigger of Modyn (Böther et al. 2023, arXiv 2312.06254), with records for both costs.
   */
  readonly trainingCostRecords: number | null
}

export type Condition =
  | ReportCondition
  | LabelVolumeCondition
  | AgeCondition
  | { readonly any: readonly Condition[] }
  | { readonly all: readonly Condition[] }

/** Drift reports that say the same of one feature and slice. It begins with the first, and goes on until it ended. */
export interface ReportCondition {
  /** `drift`: of what is written or scored; `error`: of how right the scores are. */
  readonly on: 'drift' | 'error'
  /** Methods that count, each with the least size of its effect, in its own unit; 0 also takes reports without one. */
  readonly methods: Readonly<Record<string, number>>
  /** Every feature but those of `isOfErrors` for drift, these for errors, unless given. */
  readonly features?: readonly string[]
  readonly exceptFeatures?: readonly string[]
  /** Only alarms that say that the mean rose: a positive effect on the location. */
  readonly rises?: true
  /** Every slice unless given. */
  readonly slices?: readonly string[]
  /** Every finding unless given; null stands for plain drift. */
  readonly findings?: readonly (string | null)[]
  /** Least mass of the report’s words: records that hold each beyond those expected, summed, a record of the window. */
  readonly wordMassMin?: number
  /** Reports that must have said so; 1 unless given. */
  readonly reportsMin?: number
  /** Stream time since the first of them, in ms, during which it did not end; 0 unless given. */
  readonly lastsMsMin?: number
  /** Stream time without another alarm after which it is over, in ms: for findings that are never said to be CLEARED. */
  readonly endsAfterMs?: number
  /** How likely a record that it touches is scored wrongly, 0–1; 1 unless given. */
  readonly weight?: number
  /**
   * Beside `CLEARED`, what ends it: so many windows in a row that the method finds under half of the limit, in the
   * effect’s unit (the statistic’s where it states no effect), and not drifted.
   */
  readonly calm?: { readonly method: string; readonly limit: number; readonly windows: number }
}

/** New labels of the kind since its champion went live; all of them for one that was never promoted. */
export interface LabelVolumeCondition {
  readonly on: 'labelVolume'
  /** Also the bound of what is remembered: an id of 12 digits each. */
  readonly labelsMin: number
}

/** Stream time since the champion went live; since its first record for one that was never promoted. */
export interface AgeCondition {
  readonly on: 'age'
  readonly ageMsMin: number
}

/** The policies of each kind that has any. */
export type PoliciesOfKinds = Readonly<Record<string, readonly RetrainPolicy[]>>

/** Features of how right the scores are: by labels, by votes, and by reports. */
const ERROR_FEATURES: readonly string[] = ['labels', VOTES, REPORTS, REPORTS_DIFFER]

/** Whether a feature says how right the scores are: it may speak of content that an earlier version scored. */
export function isOfErrors(feature: string): boolean {
  return ERROR_FEATURES.includes(feature)
}

/** Whether a condition looks at this feature. */
export function watches(condition: ReportCondition, feature: string): boolean {
  if (condition.exceptFeatures?.includes(feature)) return false
  if (condition.features !== undefined) return condition.features.includes(feature)
  return isOfErrors(feature) === (condition.on === 'error')
}

/** Every condition of a policy on something, without the `any` and `all` around it, in the order it is written. */
export function leavesOf(
  condition: Condition,
): readonly (ReportCondition | LabelVolumeCondition | AgeCondition)[] {
  if ('any' in condition) return condition.any.flatMap(leavesOf)
  if ('all' in condition) return condition.all.flatMap(leavesOf)
  return [condition]
}

/** The policies of one kind, with a name for each condition on reports: what it has seen is kept under it. */
export interface Rules {
  readonly policies: readonly RetrainPolicy[]
  /** Policy’s name and place, such as `drift/0`; the same object in several policies is one. */
  readonly reportConditions: ReadonlyMap<ReportCondition, string>
  /** Most labels that any policy asks for; 0 where none does. */
  readonly labelsMax: number
}

export function rulesOf(policies: readonly RetrainPolicy[]): Rules {
  const reportConditions = new Map<ReportCondition, string>()
  let labelsMax = 0
  for (const { name, when } of policies)
    for (const [place, leaf] of leavesOf(when).entries()) {
      if (leaf.on === 'labelVolume') labelsMax = Math.max(labelsMax, leaf.labelsMin)
      else if (leaf.on !== 'age' && !reportConditions.has(leaf))
        reportConditions.set(leaf, `${name}/${place}`)
    }
  return { policies, reportConditions, labelsMax }
}
