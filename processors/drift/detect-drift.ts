import { driftReportId } from '../../schemas/ids.ts'
import type { DriftReport, FeatureProfile } from '../../schemas/records.ts'
import type { Incoming } from '../processor.ts'
import { domainGap, gapReport, type TrainingCounts, trainingCounts } from './domain-gap.ts'
import type { GatheredState } from './gathering.ts'
import { lineSettings } from './line-settings.ts'
import { DriftMonitor, type MonitorState } from './monitor.ts'
import type { MonitorFinding, MonitorStep } from './monitor-findings.ts'
import { addBins, SUMS_PER_FEATURE, valueSums } from './profile.ts'
import type { TrainingReference } from './training-reference.ts'
import { windowReport } from './window-report.ts'
import { DriftWindows, type WindowsState } from './windows.ts'

/**
 * feature-profiles → drift-reports. Profiles are taken in the order of the log, so a replay finds the same. Each model version
 * and layout has detectors of its own: a deploy begins anew, and instances that still score with the version before add to its
 * detectors meanwhile.
 *
 * - A profile that overlaps records counted already is dropped whole: no repeat counts twice.
 * - When the first reference of a line is formed, it is compared with what the model was trained on, where that is known: a gap is
 *   reported once for a kind and model version, and changes nothing else.
 * - A step whose records are more than `LATE_MS` older than the newest of their partition is late: it is not shown to the
 *   sequential detectors; windows take it while they are open. Partitions are not compared with each other, so an idle one holds nothing up.
 */

/** Of a kind and family of layouts (they begin with the same feature), detectors of older versions are forgotten. */
const VERSIONS_OF_A_FAMILY = 3
/** Of a kind, whatever the families: layouts that are no longer written go. */
const LINES_OF_A_KIND = 15
const LATE_MS = 24 * 3_600_000
/** Kinds and versions remembered whose gap was reported: of a version that comes back after more it is said again. */
const GAPS_MAX = 256
/** More cells than this are no profile of ours. */
const CELLS_MAX = 1 << 20

interface Line {
  readonly kind: string
  readonly modelVersion: string
  readonly referenceVersion: string
  readonly monitor: DriftMonitor
  readonly windows: DriftWindows
  /** Where in the log its first profile lies. */
  readonly from: number
  /** Offset after the last profile it took. */
  next: number
  /** For each partition of a source: records counted up to this offset, and the newest event time. */
  readonly sources: Map<string, { counted: number; newestAt: number }>
  /** Oldest event time while the reference was being gathered. */
  oldestAt: number
}

export type DeskAnswer =
  | { readonly reports: readonly DriftReport[] }
  /** The profile is none: what is wrong with it. */
  | { readonly problem: string }

const NOTHING: DeskAnswer = { reports: [] }

export interface DeskSettings {
  /** Records that form a first reference; by layout unless given. */
  readonly referenceRecords?: number | undefined
  /** Kinds whose score is a calibrated probability; accuracy is estimated for no others. */
  readonly calibratedKinds?: ReadonlySet<string> | undefined
}

/** The detectors of all kinds whose profiles lie in one partition. */
export class DriftDesk {
  private readonly settings: DeskSettings
  private lines: Line[] = []
  /** Kinds and versions whose gap was reported, the latest last. */
  private gaps: readonly string[] = []

  constructor(settings: DeskSettings = {}) {
    this.settings = settings
  }

  /** @param training what the version that made the profile was trained on; null where that is not known */
  add(
    { value: profile, offset, appendedAt }: Incoming<'feature-profiles'>,
    training: TrainingReference | null = null,
  ): DeskAnswer {
    const problem = problemOf(profile)
    if (problem !== null) return { problem }
    const line = this.lineOf(profile, offset)
    if (offset < line.next) return NOTHING
    line.next = offset + 1
    const key = `${profile.sourceTopic}/${profile.sourcePartition}`
    const source = line.sources.get(key) ?? { counted: 0, newestAt: Number.NEGATIVE_INFINITY }
    line.sources.set(key, source)
    if (profile.firstOffset < source.counted) return NOTHING
    source.counted = profile.nextOffset
    const steps = stepsOf(profile, offset)
    if (steps === null) return { problem: 'the bins of a step do not fit the features and slices it names' }
    const punctual = steps.filter(step => {
      source.newestAt = Math.max(source.newestAt, step.at)
      return step.at >= source.newestAt - LATE_MS
    })
    const wasReady = line.monitor.isReady
    const found = line.monitor.add(punctual, profile.terms)
    const reports = found.map(finding => reportOf(finding, line, appendedAt))
    if (!wasReady) line.oldestAt = Math.min(line.oldestAt, ...punctual.map(({ at }) => at))
    const newestAt = Math.min(source.newestAt, appendedAt)
    const learned = training === null ? [] : trainingCounts(line.monitor.layout, training)
    if (!wasReady && line.monitor.isReady) reports.push(...this.gapOf(line, learned, newestAt))
    const closed = line.windows.add(steps, feature => countsOf(line, feature), learned)
    const { kind, modelVersion, referenceVersion } = line
    for (const finding of closed)
      reports.push(windowReport(finding, { kind, modelVersion, referenceVersion }, newestAt))
    return { reports }
  }

  private gapOf(line: Line, learned: TrainingCounts, at: number): DriftReport[] {
    const { kind, modelVersion, referenceVersion, monitor, oldestAt } = line
    const key = `${kind}@${modelVersion}`
    const gap = this.gaps.includes(key)
      ? null
      : domainGap(monitor.layout, learned, feature => countsOf(line, feature))
    if (gap === null) return []
    this.gaps = [...this.gaps, key].slice(-GAPS_MAX)
    const window = { from: oldestAt, at, count: monitor.count }
    return [gapReport(gap, { kind, modelVersion, referenceVersion }, window)]
  }

  private lineOf(profile: FeatureProfile, offset: number): Line {
    const { kind, modelVersion, referenceVersion } = profile
    const known = this.lines.find(
      line =>
        line.kind === kind &&
        line.modelVersion === modelVersion &&
        line.referenceVersion === referenceVersion,
    )
    if (known !== undefined) return known
    const { features, slices, binsPerFeature } = profile
    const layout = { features, slices, bins: features.map(() => binsPerFeature) }
    const line: Line = {
      kind,
      modelVersion,
      referenceVersion,
      ...this.detectorsOf(kind, layout),
      from: offset,
      next: offset,
      sources: new Map(),
      oldestAt: Number.POSITIVE_INFINITY,
    }
    const others = this.lines
      .filter(other => other.kind === kind)
      .sort((left, right) => right.next - left.next)
    const family = others.filter(({ monitor }) => monitor.layout.features[0] === features[0])
    const forgotten = new Set([
      ...family.slice(VERSIONS_OF_A_FAMILY - 1),
      ...others.slice(LINES_OF_A_KIND - 1),
    ])
    this.lines = [...this.lines.filter(other => !forgotten.has(other)), line]
    return line
  }

  private detectorsOf(kind: string, layout: DriftMonitor['layout']) {
    const { referenceRecords, calibratedKinds } = this.settings
    const own = lineSettings(layout.features, calibratedKinds?.has(kind) ?? false)
    return {
      monitor: new DriftMonitor(layout, referenceRecords ?? own.referenceRecords),
      windows: new DriftWindows(layout, own.windows),
    }
  }

  /**
   * Where in the log to go on from after `restore`.
   * @returns null where nothing was restored
   */
  get resumeFrom(): number | null {
    return this.lines.length === 0 ? null : Math.min(...this.lines.map(({ next }) => next))
  }

  snapshot(): DeskState {
    return {
      lines: this.lines.map(
        ({ kind, modelVersion, referenceVersion, monitor, windows, from, next, oldestAt, sources }) => ({
          kind,
          modelVersion,
          referenceVersion,
          layout: monitor.layout,
          monitor: monitor.snapshot(),
          gathered: monitor.gathered(),
          windows: windows.snapshot(),
          from,
          next,
          oldestAt: Number.isFinite(oldestAt) ? oldestAt : null,
          sources: [...sources].map(([key, { counted, newestAt }]) => ({
            key,
            counted,
            newestAt: Number.isFinite(newestAt) ? newestAt : null,
          })),
        }),
      ),
      gaps: this.gaps,
    }
  }

  restore({ lines, gaps = [] }: DeskState): void {
    this.gaps = gaps
    this.lines = lines.map(
      ({
        layout,
        monitor: state,
        gathered,
        windows: windowsState,
        sources,
        from,
        next,
        oldestAt: oldest,
        ...names
      }) => {
        const oldestAt = oldest ?? Number.POSITIVE_INFINITY
        const { monitor, windows } = this.detectorsOf(names.kind, layout)
        if (state !== null) monitor.restore(state)
        else if (gathered) monitor.restoreGathered(gathered)
        // Written before what was gathered was: it is gathered again.
        else return { ...names, monitor, windows, from, next: from, sources: new Map(), oldestAt }
        windows.restore(windowsState)
        const known = sources.map(
          ({ key, counted, newestAt }) =>
            [key, { counted, newestAt: newestAt ?? Number.NEGATIVE_INFINITY }] as const,
        )
        return { ...names, monitor, windows, from, next, sources: new Map(known), oldestAt }
      },
    )
  }
}

/** What the desk goes on from, as JSON can say it. */
export interface DeskState {
  readonly lines: readonly (Omit<Line, 'monitor' | 'windows' | 'sources' | 'oldestAt'> & {
    readonly layout: DriftMonitor['layout']
    readonly monitor: MonitorState | null
    /** Absent in what was written before it was kept. */
    readonly gathered?: GatheredState | null
    readonly windows: WindowsState
    /** Earliest event time of what was gathered; absent where it was not kept. */
    readonly oldestAt?: number | null
    readonly sources: readonly {
      readonly key: string
      readonly counted: number
      readonly newestAt: number | null
    }[]
  })[]
  /** Absent from states that were written before gaps were reported. */
  readonly gaps?: readonly string[]
}

function problemOf(profile: FeatureProfile): string | null {
  const { features, slices, binsPerFeature, firstOffset, nextOffset } = profile
  if (features.length === 0 || slices.length === 0) return 'it names no features or no slices'
  if (!(binsPerFeature > 0) || features.length * slices.length * binsPerFeature > CELLS_MAX)
    return `${features.length} features × ${slices.length} slices × ${binsPerFeature} bins are not a layout`
  return nextOffset > firstOffset ? null : `it covers no records: ${firstOffset} to ${nextOffset}`
}

function countsOf({ monitor }: Line, feature: number): ArrayLike<number> | null {
  return monitor.referenceOf(feature)?.counts ?? null
}

/** Null where bytes are no bins of the layout. */
function stepsOf(profile: FeatureProfile, position: number): MonitorStep[] | null {
  const { features, slices, binsPerFeature, sumsPerFeature } = profile
  const steps: MonitorStep[] = []
  for (const { bins, sums, count, eventAtMax } of profile.steps) {
    const cells = new Uint16Array(features.length * slices.length * binsPerFeature)
    if (!addBins(bins, cells)) return null
    const values = sumsPerFeature === SUMS_PER_FEATURE ? valueSums(sums, features.length) : null
    steps.push({ count, at: eventAtMax, cells, position, ...(values && { values }) })
  }
  return steps
}

function reportOf(
  finding: MonitorFinding,
  { kind, modelVersion, referenceVersion }: Line,
  appendedAt: number,
): DriftReport {
  const { feature, slice, method, statistic, threshold, eValue, effect, effectLow, effectHigh } = finding
  const at = Math.min(finding.at, appendedAt)
  const report = {
    kind,
    feature,
    slice,
    windowStart: Math.min(finding.changedAt, at),
    windowEnd: at + 1,
    method,
    statistic,
    threshold,
    pValue: null,
    eValue,
    effect,
    effectLow,
    effectHigh,
    drifted: !finding.cleared,
    finding: finding.cleared ? 'CLEARED' : method === 'word-bayes-factor' ? 'NEW_WORDS' : null,
    count: finding.count,
    modelVersion,
    referenceVersion,
    changedAt: finding.changedAt,
    contributors: finding.contributors,
    at,
  }
  return { id: driftReportId(report), ...report }
}
