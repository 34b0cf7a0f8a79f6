import type { DriftReport } from '../../schemas/records.ts'
import { momentNames } from '../drift/rank-basis.ts'
import { CLASS_SHARE, CLASS_SHARE_REFUSED } from '../drift/share-report.ts'
import { type ReportCondition, type Rules, watches } from './policy.ts'
import type { Alarm, Drift, RetrainState } from './state.ts'

/** Drift reports in log order → what goes on, by condition and cause. */

/**
 * Found differences that are no change (a new platform differs from public data), estimates without any label, and moved shares
 * of a class: those a new calibration mends, and where it must not, what else moved has voices of its own.
 */
const NO_EVIDENCE_FINDINGS: readonly (string | null)[] = [
  'DOMAIN_GAP',
  'ESTIMATE',
  CLASS_SHARE,
  CLASS_SHARE_REFUSED,
]
const NO_EVIDENCE_METHODS: readonly string[] = ['cbpe']
/** Most features and slices that one condition keeps at once; further ones would not change the request. */
const DRIFTS_MAX = 64
const RECENT_REPORTS_MAX = 64
const NAMES_MAX = 5
const NAME_LENGTH_MAX = 40

type Drifts = RetrainState['drifts']

/** What a request covers: a feature in a slice. */
function causeOf({ feature, slice }: Pick<DriftReport, 'feature' | 'slice'>): string {
  return `${feature}|${slice}`
}

/**
 * Takes a report in.
 * @param at its event time, ms since the epoch, bounded by the append time: no time of the report is trusted beyond it
 * @param shortId a hash of its id
 */
export function trackReport(
  state: RetrainState,
  rules: Rules,
  report: DriftReport,
  at: number,
  shortId: string,
): RetrainState {
  if (NO_EVIDENCE_FINDINGS.includes(report.finding) || NO_EVIDENCE_METHODS.includes(report.method))
    return state
  const clears = report.finding === 'CLEARED'
  const tells = clears || report.drifted
  if (tells && state.recent.includes(shortId)) return state
  const recent = tells ? [...state.recent, shortId].slice(-RECENT_REPORTS_MAX) : state.recent
  const cause = causeOf(report)
  const since = endOtherReferences({ ...state, recent }, cause, report.referenceVersion)
  const drifts: Record<string, Record<string, Drift>> = {}
  for (const [condition, name] of rules.reportConditions) {
    const { [cause]: known, ...others } = since.drifts[name] ?? {}
    const next = clears ? null : step(condition, known ?? null, report, at)
    const isRoom = known !== undefined || Object.keys(others).length < DRIFTS_MAX
    drifts[name] = next === null || !isRoom ? others : { ...others, [cause]: next }
  }
  return { ...since, drifts }
}

/** A drift away from one reference is over where another begins, also if that one drifts at once. */
function endOtherReferences(state: RetrainState, cause: string, referenceVersion: string): RetrainState {
  const isOther = (known: Drift | undefined) =>
    known !== undefined && known.referenceVersion !== referenceVersion
  if (!Object.values(state.drifts).some(known => isOther(known[cause]))) return state
  const drifts: Record<string, Readonly<Record<string, Drift>>> = {}
  for (const [name, known] of Object.entries(state.drifts)) {
    const { [cause]: own, ...others } = known
    drifts[name] = isOther(own) ? others : known
  }
  return endCauses({ ...state, drifts })
}

/** Ends what no alarm was heard of for as long as its condition says. */
export function endOverdue(state: RetrainState, rules: Rules): RetrainState {
  const now = state.now ?? 0
  const drifts: Record<string, Readonly<Record<string, Drift>>> = {}
  for (const [{ endsAfterMs }, name] of rules.reportConditions) {
    const known = state.drifts[name] ?? {}
    drifts[name] =
      endsAfterMs === undefined
        ? known
        : Object.fromEntries(Object.entries(known).filter(([, { latestAt }]) => now < latestAt + endsAfterMs))
  }
  return endCauses({ ...state, drifts })
}

/** Requests cover what still goes on; one that covers nothing any more is over. */
function endCauses(state: RetrainState): RetrainState {
  const open = state.open
    .map(request => ({ ...request, causes: request.causes.filter(cause => goesOn(state.drifts, cause)) }))
    .filter(({ causes }) => causes.length > 0)
  return { ...state, open }
}

function goesOn(drifts: Drifts, cause: string): boolean {
  // Labels and age do not end while the model is live.
  return !cause.includes('|') || Object.values(drifts).some(known => Object.hasOwn(known, cause))
}

/** The drift after this report; null where there is none, or none any more. */
function step(
  condition: ReportCondition,
  known: Drift | null,
  report: DriftReport,
  at: number,
): Drift | null {
  const alarm = alarmOf(condition, report)
  if (known === null) return alarm === null ? null : begin(condition, report, alarm, at)
  const judged = judge(condition, count(condition, known, report, at), report, at)
  if (judged === null) return null
  if (alarm === null) return judged
  return {
    ...judged,
    reports: judged.reports + 1,
    latestAt: Math.max(judged.latestAt, at),
    calmWindows: 0,
    latest: alarm,
  }
}

/** The report as an alarm of the condition; null where it is none. */
function alarmOf(condition: ReportCondition, report: DriftReport): Alarm | null {
  const { feature, slice, method, finding, drifted } = report
  if (!drifted || !watches(condition, feature)) return null
  if (!(condition.slices?.includes(slice) ?? true)) return null
  if (!(condition.findings?.includes(finding) ?? true)) return null
  if (condition.rises === true && !isRise(report)) return null
  const effectMin = Object.hasOwn(condition.methods, method) ? condition.methods[method]! : null
  if (effectMin === null) return null
  const effect = finiteOrNull(report.effect)
  if (effectMin > 0 && !(effect !== null && Math.abs(effect) >= effectMin)) return null
  const names = report.contributors.slice(0, NAMES_MAX).map(({ name }) => name.slice(0, NAME_LENGTH_MAX))
  const base = { reportId: report.id, method, finding, names }
  if (condition.wordMassMin === undefined)
    return { ...base, size: effect === null ? null : Math.abs(effect), limit: effectMin }
  const mass = wordMass(report)
  return mass < condition.wordMassMin ? null : { ...base, size: mass, limit: condition.wordMassMin }
}

/** The detectors name the moment that moved, and give its shift. */
function isRise({ effect, contributors }: DriftReport): boolean {
  return (effect ?? 0) > 0 && contributors[0]?.name === momentNames[0]
}

function begin(condition: ReportCondition, report: DriftReport, latest: Alarm, at: number): Drift {
  return {
    referenceVersion: report.referenceVersion,
    since: at,
    latestAt: at,
    reports: 1,
    records: touchedBy(condition, report),
    countedTo: endOf(report, at),
    calmWindows: 0,
    judgedTo: null,
    latest,
  }
}

/** Adds the records of the part of the window that no earlier one covered; those of words, of which each is named once. */
function count(condition: ReportCondition, drift: Drift, report: DriftReport, at: number): Drift {
  const end = endOf(report, at)
  if (condition.wordMassMin !== undefined) {
    const alarm = alarmOf(condition, report)
    if (alarm === null) return drift
    const records = drift.records + touchedBy(condition, report)
    return { ...drift, records, countedTo: Math.max(drift.countedTo, end) }
  }
  if (end <= drift.countedTo) return drift
  const start = Math.min(report.windowStart, end)
  const share = start >= drift.countedTo ? 1 : (end - drift.countedTo) / (end - start)
  return { ...drift, records: drift.records + countOf(report) * share, countedTo: end }
}

/** Whether it is calm now, where the report is one that tells so; null: it has been calm for long enough to be over. */
function judge({ calm }: ReportCondition, drift: Drift, report: DriftReport, at: number): Drift | null {
  if (calm === undefined || report.method !== calm.method) return drift
  const end = endOf(report, at)
  if (drift.judgedTo !== null && end <= drift.judgedTo) return drift
  const size = Math.abs(finiteOrNull(report.effect) ?? report.statistic)
  const isCalm = !report.drifted && size < calm.limit / 2
  const calmWindows = isCalm ? drift.calmWindows + 1 : 0
  return calmWindows >= calm.windows ? null : { ...drift, calmWindows, judgedTo: end }
}

/** Records of the window that hold each word beyond those expected, summed over the words, a record of the window. */
function wordMass({ contributors, count: records }: DriftReport): number {
  if (!(records > 0)) return 0
  return holdingNew({ contributors }) / records
}

/** Records that hold a word beyond those expected, summed over the words. */
function holdingNew({ contributors }: Pick<DriftReport, 'contributors'>): number {
  let beyond = 0
  for (const { count: holding, expected } of contributors)
    beyond += Math.max(0, holding - (finiteOrNull(expected) ?? 0))
  return beyond
}

/** Records that a report speaks of: of words the window is but the moment in which they were named. */
function touchedBy({ wordMassMin }: ReportCondition, report: DriftReport): number {
  return wordMassMin === undefined ? countOf(report) : holdingNew(report)
}

function endOf({ windowEnd }: DriftReport, at: number): number {
  return Math.min(windowEnd, at)
}

function countOf(report: DriftReport): number {
  return Math.max(0, report.count)
}

function finiteOrNull(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null
}
