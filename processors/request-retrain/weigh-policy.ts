import type { RetrainEvidence } from '../../schemas/records.ts'
import { counted, driftInWords, timeInWords } from './plain-words.ts'
import {
  type AgeCondition,
  type Condition,
  type LabelVolumeCondition,
  leavesOf,
  type ReportCondition,
  type RetrainPolicy,
  type Rules,
} from './policy.ts'
import type { Drift, LiveModel, RetrainState } from './state.ts'

/** What a kind's state says to a condition: the evidence, if it holds. */

/** Evidence for a request, with what it covers and what waiting with it cost so far. */
export interface Ground {
  readonly cause: string
  /** What goes on, or how many labels and how old: these alone are no ground where something goes on. */
  readonly on: 'drift' | 'error' | 'labelVolume' | 'age'
  readonly evidence: RetrainEvidence
  /** The same as a sentence for people who do not know the statistics. */
  readonly plain: string
  /** Records that are likely scored wrongly since it began. */
  readonly waitingRecords: number
}

const EVIDENCE_MAX = 32
/** The last moment that a `Date` can hold. */
const CALENDAR_MS_MAX = 8.64e15

/** What speaks for a request of the policy now, heaviest first; null where its condition does not hold, or costs too little. */
export function groundsOf(
  policy: RetrainPolicy,
  rules: Rules,
  state: RetrainState,
): readonly Ground[] | null {
  const grounds = holding(policy.when, rules, state)
  if (grounds === null) return null
  const ongoing = grounds.filter(isOngoing)
  const { trainingCostRecords } = policy
  const isTooCheap =
    trainingCostRecords !== null &&
    ongoing.length > 0 &&
    ongoing.every(({ waitingRecords }) => waitingRecords < trainingCostRecords)
  if (isTooCheap) return null
  const byCause = new Map<string, Ground>()
  for (const ground of grounds) if (!byCause.has(ground.cause)) byCause.set(ground.cause, ground)
  return [...byCause.values()]
    .sort((left, right) => right.waitingRecords - left.waitingRecords || (left.cause < right.cause ? -1 : 1))
    .slice(0, EVIDENCE_MAX)
}

/** Drift and errors; labels and age are circumstances. */
export function isOngoing({ on }: Pick<Ground, 'on'>): boolean {
  return on === 'drift' || on === 'error'
}

/** The next stream time at which a condition may come to hold, or something ends, without another record. */
export function dueTimesOf({ policies }: Rules, state: RetrainState): number[] {
  const times: number[] = []
  for (const policy of policies) {
    const askedAt = state.askedAt[policy.name]
    if (askedAt !== undefined) times.push(askedAt + policy.coolDownMs)
    for (const leaf of leavesOf(policy.when))
      if (leaf.on === 'age' && state.model.since !== null) times.push(state.model.since + leaf.ageMsMin)
  }
  return times
}

/** As `dueTimesOf`, of what goes on. */
export function driftTimesOf({ reportConditions }: Rules, state: RetrainState): number[] {
  return [...reportConditions].flatMap(([{ lastsMsMin, endsAfterMs }, name]) =>
    Object.values(state.drifts[name] ?? {}).flatMap(({ since, latestAt }) => [
      ...(lastsMsMin === undefined ? [] : [since + lastsMsMin]),
      ...(endsAfterMs === undefined ? [] : [latestAt + endsAfterMs]),
    ]),
  )
}

function holding(condition: Condition, rules: Rules, state: RetrainState): Ground[] | null {
  if ('any' in condition) {
    const held = condition.any.flatMap(one => holding(one, rules, state) ?? [])
    return held.length === 0 ? null : held
  }
  if ('all' in condition) {
    const held: Ground[] = []
    for (const one of condition.all) {
      const grounds = holding(one, rules, state)
      if (grounds === null) return null
      held.push(...grounds)
    }
    return held.length === 0 ? null : held
  }
  const grounds = groundsOfLeaf(condition, rules, state)
  return grounds.length === 0 ? null : grounds
}

function groundsOfLeaf(
  leaf: ReportCondition | LabelVolumeCondition | AgeCondition,
  rules: Rules,
  state: RetrainState,
): Ground[] {
  if (leaf.on === 'labelVolume') return labelGrounds(leaf, state)
  if (leaf.on === 'age') return ageGrounds(leaf, state)
  const known = state.drifts[rules.reportConditions.get(leaf) ?? ''] ?? {}
  return Object.entries(known)
    .filter(([, drift]) => persists(leaf, drift, state.now ?? 0))
    .map(([cause, drift]) => reportGround(leaf, cause, drift))
}

function persists({ reportsMin = 1, lastsMsMin = 0 }: ReportCondition, drift: Drift, now: number): boolean {
  return drift.reports >= reportsMin && now - drift.since >= lastsMsMin
}

function reportGround(condition: ReportCondition, cause: string, drift: Drift): Ground {
  const { size, limit, reportId } = drift.latest
  // Of words only the records that hold them are counted.
  const share = condition.wordMassMin === undefined ? Math.min(1, size ?? 1) : 1
  const likely = (condition.weight ?? 1) * share
  const feature = cause.slice(0, cause.lastIndexOf('|'))
  const slice = cause.slice(feature.length + 1)
  const detail = sentence(condition, feature, slice, drift)
  const plain = driftInWords(condition, { feature, slice }, drift)
  const evidence = {
    source: 'drift-reports',
    ref: reportId,
    feature,
    value: size,
    threshold: limit,
    detail,
  }
  return { cause, on: condition.on, evidence, plain, waitingRecords: likely * drift.records }
}

function sentence(
  { on, wordMassMin }: ReportCondition,
  feature: string,
  slice: string,
  { since, records, reports, latest: { method, finding, size, limit, names } }: Drift,
): string {
  const where = slice === 'all' ? '' : ` in ${slice}`
  const what =
    wordMassMin !== undefined
      ? 'new words'
      : on === 'error'
        ? `scores that ${feature} contradict`
        : feature === '*'
          ? 'all features together'
          : feature
  const by = names.length === 0 ? '' : ` (${names.join(', ')})`
  const figure = size === null ? '' : `, ${rounded(size)} where ${rounded(limit)} is the limit`
  const word = finding === null ? '' : ` ${finding},`
  return `${what}${where}${by}:${word} ${method}${figure}, since ${isoTime(since)}, ${counted(reports, 'alarm')}, ${counted(Math.round(records), 'record')}.`
}

function labelGrounds({ labelsMin }: LabelVolumeCondition, { labels, model }: RetrainState): Ground[] {
  if (labels.length < labelsMin) return []
  const detail = `at least ${counted(labelsMin, 'new label')} since ${versionInWords(model)} went live.`
  const evidence = {
    source: 'labels',
    ref: null,
    feature: null,
    value: labels.length,
    threshold: labelsMin,
    detail,
  }
  const plain = capital(detail)
  return [{ cause: 'labelVolume', on: 'labelVolume', evidence, plain, waitingRecords: 0 }]
}

function ageGrounds({ ageMsMin }: AgeCondition, { now, model }: RetrainState): Ground[] {
  if (now === null || model.since === null || now - model.since < ageMsMin) return []
  const evidence = {
    source: 'age',
    ref: model.promotionId,
    feature: null,
    value: now - model.since,
    threshold: ageMsMin,
    detail: `${versionInWords(model)} has been live since ${isoTime(model.since)}.`,
  }
  const plain = `${capital(versionInWords(model))} has been live since ${timeInWords(model.since)}.`
  return [{ cause: 'age', on: 'age', evidence, plain, waitingRecords: 0 }]
}

function versionInWords({ version }: LiveModel): string {
  return version === '' ? 'the champion' : `version ${version}`
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1)
}

function rounded(value: number): string {
  return value.toPrecision(3)
}

/** A file of reports may hold times that no calendar has. */
function isoTime(ms: number): string {
  return Math.abs(ms) <= CALENDAR_MS_MAX ? new Date(ms).toISOString() : `${ms} ms`
}
