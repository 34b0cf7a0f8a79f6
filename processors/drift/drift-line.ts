import { driftReportId } from '../../schemas/ids.ts'
import type { DriftReport, FeatureProfile } from '../../schemas/records.ts'
import { isDrawnClass } from './declared-features.ts'
import { type DomainGap, domainGap, trainingCounts } from './domain-gap.ts'
import type { GatheredState } from './gathering.ts'
import { lineSettings } from './line-settings.ts'
import { DriftMonitor, type MonitorState } from './monitor.ts'
import type { MonitorFinding, MonitorLayout, MonitorStep } from './monitor-findings.ts'
import { shareReport } from './share-report.ts'
import { ShareWatch, type ShareWatchState } from './share-watch.ts'
import type { TrainingReference } from './training-reference.ts'
import { windowReport } from './window-report.ts'
import { DriftWindows, type WindowsState } from './windows.ts'

/** A step whose records are more than this older than the newest of their partition is late. */
const LATE_MS = 24 * 3_600_000

export interface LineNames {
  readonly kind: string
  readonly modelVersion: string
  readonly referenceVersion: string
}

export interface LineParts {
  /** Records that form a first reference; by layout unless given. */
  readonly referenceRecords?: number | undefined
  /** Whether the kind’s score is a calibrated probability: accuracy is estimated for no others. */
  readonly isCalibrated: boolean
  /** The share that the version’s calibration assumes; null where nobody knows. */
  readonly positiveShare: number | null
}

/** A profile whose bytes were read. */
export interface ReadProfile {
  readonly profile: FeatureProfile
  readonly steps: readonly MonitorStep[]
  readonly appendedAt: number
  readonly training: TrainingReference | null
}

/** What a line says of a profile. */
export interface LineAnswer {
  readonly reports: DriftReport[]
  /** How far the platform is from the training rows, in the answer in which the line's own reference is formed; null where it is not. */
  readonly gap: (DomainGap & { readonly from: number; readonly at: number; readonly count: number }) | null
  /** Steps that were not shown to the sequential detectors. */
  readonly lateSteps: number
}

/** All detectors over the profiles of one kind, model version and layout. */
export class DriftLine {
  readonly names: LineNames
  readonly layout: MonitorLayout
  /** Offset after the last profile it took. */
  next: number
  private readonly monitor: DriftMonitor
  private readonly windows: DriftWindows
  /** null for a kind whose score is no probability. */
  private readonly share: ShareWatch | null
  /** For each partition of a source: records counted up to this offset, and the newest event time. */
  private readonly sources = new Map<string, { counted: number; newestAt: number }>()
  /** Oldest event time while the reference was being gathered. */
  private oldestAt = Number.POSITIVE_INFINITY

  constructor(names: LineNames, layout: MonitorLayout, next: number, parts: LineParts) {
    const own = lineSettings(layout.features, parts.isCalibrated)
    this.names = names
    this.layout = layout
    this.next = next
    const referenceRecords = parts.referenceRecords ?? own.referenceRecords
    this.monitor = new DriftMonitor(watchedOf(layout), referenceRecords, own.mayHaveRhythm)
    this.windows = new DriftWindows(layout, own.windows)
    this.share = ShareWatch.of(layout, parts.positiveShare)
  }

  /**
   * Notes that the records of a profile are counted.
   * @returns false where some of them were before: then nothing of it may be
   */
  claim({ sourceTopic, sourcePartition, firstOffset, nextOffset }: FeatureProfile): boolean {
    const source = this.sourceOf(`${sourceTopic}/${sourcePartition}`)
    if (firstOffset < source.counted) return false
    source.counted = nextOffset
    return true
  }

  add({ profile, steps, appendedAt, training }: ReadProfile): LineAnswer {
    const { monitor, windows, share, names } = this
    const source = this.sourceOf(`${profile.sourceTopic}/${profile.sourcePartition}`)
    const punctual = steps.filter(step => {
      source.newestAt = Math.max(source.newestAt, step.at)
      return step.at >= source.newestAt - LATE_MS
    })
    const wasReady = monitor.isReady
    const found = monitor.add(punctual, profile.terms)
    const reports = found.map(finding => reportOf(finding, names, appendedAt))
    if (wasReady) {
      const designEffectOf = (feature: number) => monitor.referenceOf(feature)?.designEffects[0] ?? 1
      for (const finding of share?.add(punctual, found, designEffectOf) ?? [])
        reports.push(shareReport(finding, names, appendedAt))
    } else {
      share?.gather(punctual)
      this.oldestAt = Math.min(this.oldestAt, ...punctual.map(({ at }) => at))
    }
    const at = Math.min(source.newestAt, appendedAt)
    const learned = training === null ? [] : trainingCounts(monitor.layout, training)
    const countsOf = (feature: number) => monitor.referenceOf(feature)?.counts ?? null
    for (const finding of windows.add(steps, countsOf, learned))
      reports.push(windowReport(finding, names, at))
    const gap = wasReady || !monitor.isReady ? null : domainGap(monitor.layout, learned, countsOf)
    return {
      reports,
      gap: gap && { ...gap, from: this.oldestAt, at, count: monitor.count },
      lateSteps: steps.length - punctual.length,
    }
  }

  /** Records so far, whether they formed a reference, and how many features and slices are away from it. */
  get progress(): { readonly records: number; readonly isFormed: boolean; readonly open: number } {
    return { records: this.monitor.count, isFormed: this.monitor.isReady, open: this.monitor.open }
  }

  private sourceOf(key: string): { counted: number; newestAt: number } {
    let source = this.sources.get(key)
    if (source === undefined) {
      source = { counted: 0, newestAt: Number.NEGATIVE_INFINITY }
      this.sources.set(key, source)
    }
    return source
  }

  snapshot(): LineState {
    const { names, layout, next, monitor, windows, share, oldestAt, sources } = this
    return {
      ...names,
      layout,
      next,
      monitor: monitor.snapshot(),
      gathered: monitor.gathered(),
      windows: windows.snapshot(),
      share: share?.snapshot() ?? null,
      oldestAt: finiteOr(oldestAt, null),
      sources: [...sources].map(([key, { counted, newestAt }]) => ({
        key,
        counted,
        newestAt: finiteOr(newestAt, null),
      })),
    }
  }

  restore({ monitor, gathered, windows, share, oldestAt, sources }: LineState): void {
    if (monitor !== null) this.monitor.restore(monitor)
    else if (gathered !== null) this.monitor.restoreGathered(gathered)
    this.windows.restore(windows)
    if (share !== null) this.share?.restore(share)
    this.oldestAt = oldestAt ?? Number.POSITIVE_INFINITY
    for (const { key, counted, newestAt } of sources)
      this.sources.set(key, { counted, newestAt: newestAt ?? Number.NEGATIVE_INFINITY })
  }
}

/** What a line goes on from, as JSON can say it. */
export interface LineState extends LineNames {
  readonly layout: MonitorLayout
  readonly next: number
  /** null while a reference is being gathered. */
  readonly monitor: MonitorState | null
  readonly gathered: GatheredState | null
  readonly windows: WindowsState
  readonly share: ShareWatchState | null
  readonly oldestAt: number | null
  readonly sources: readonly {
    readonly key: string
    readonly counted: number
    readonly newestAt: number | null
  }[]
}

/** The drawn class is counted beside what is watched; it is the last slice, so the cells of the others stay where they are. */
function watchedOf(layout: MonitorLayout): MonitorLayout {
  return { ...layout, slices: layout.slices.filter(slice => !isDrawnClass(slice)) }
}

function finiteOr(value: number, instead: null): number | null {
  return Number.isFinite(value) ? value : instead
}

function reportOf(
  finding: MonitorFinding,
  { kind, modelVersion, referenceVersion }: LineNames,
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
    finding: finding.cleared ? 'CLEARED' : (findingOf[method] ?? null),
    count: finding.count,
    modelVersion,
    referenceVersion,
    changedAt: finding.changedAt,
    contributors: finding.contributors.map(({ revisions = [], ...one }) => ({ ...one, revisions })),
    at,
  }
  return { id: driftReportId(report), ...report }
}

/** Findings that are no plain drift, by their method. */
const findingOf: Partial<Record<MonitorFinding['method'], string>> = {
  'word-bayes-factor': 'NEW_WORDS',
  'company-bayes-factor': 'NEW_COMPANY',
}
