import { driftReportId } from '../../schemas/ids.ts'
import type { DriftReport, FeatureProfile } from '../../schemas/records.ts'
import type { Incoming } from '../processor.ts'
import { DriftMonitor, type MonitorState } from './monitor.ts'
import type { MonitorFinding, MonitorStep } from './monitor-findings.ts'
import { PAIRS_EVERY } from './neighbours.ts'
import { addBins } from './profile.ts'
import { DriftWindows, type WindowsState, windowReport } from './windows.ts'

/**
 * feature-profiles → drift-reports. Profiles are taken in the order of the log, so a replay finds the same. Each model version
 * and layout has detectors of its own: a deploy begins anew, and instances that still score with the version before add to its
 * detectors meanwhile.
 *
 * - A profile that overlaps records counted already is dropped whole: no repeat counts twice.
 * - A step whose records are more than `LATE_MS` older than the newest of their partition is late: it is not shown to the
 *   sequential detectors; windows take it while they are open. Partitions are not compared with each other, so an idle one holds nothing up.
 */

/** Detectors of older model versions and layouts of a kind are forgotten. */
const VERSIONS_OF_A_KIND = 3
const LATE_MS = 24 * 3_600_000
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
}

export type DeskAnswer =
  | { readonly reports: readonly DriftReport[] }
  /** The profile is none: what is wrong with it. */
  | { readonly problem: string }

const NOTHING: DeskAnswer = { reports: [] }

/** The detectors of all kinds whose profiles lie in one partition. */
export class DriftDesk {
  private readonly referenceRecords: number | undefined
  private lines: Line[] = []

  /** @param referenceRecords records that form a first reference; the default of the monitor unless given */
  constructor(referenceRecords?: number) {
    this.referenceRecords = referenceRecords
  }

  add({ value: profile, offset, appendedAt }: Incoming<'feature-profiles'>): DeskAnswer {
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
    const found = line.monitor.add(punctual, profile.terms)
    const reports = found.map(finding => reportOf(finding, line, appendedAt))
    if (!line.monitor.isReady) return { reports }
    const closed = line.windows.add(steps, feature => line.monitor.referenceOf(feature)?.counts ?? null)
    const newestAt = Math.min(source.newestAt, appendedAt)
    const { kind, modelVersion, referenceVersion } = line
    for (const finding of closed)
      reports.push(windowReport(finding, { kind, modelVersion, referenceVersion }, newestAt))
    return { reports }
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
    const layout = { features, slices, bins: features.map(() => binsPerFeature), pairsEvery: PAIRS_EVERY }
    const line: Line = {
      kind,
      modelVersion,
      referenceVersion,
      monitor: new DriftMonitor(layout, this.referenceRecords),
      windows: new DriftWindows(layout),
      from: offset,
      next: offset,
      sources: new Map(),
    }
    const others = this.lines
      .filter(other => other.kind === kind)
      .sort((left, right) => right.next - left.next)
    const forgotten = new Set(others.slice(VERSIONS_OF_A_KIND - 1))
    this.lines = [...this.lines.filter(other => !forgotten.has(other)), line]
    return line
  }

  /**
   * Where in the log to go on from after `restore`: what was still gathering a reference gathers it again.
   * @returns null where nothing was restored
   */
  get resumeFrom(): number | null {
    if (this.lines.length === 0) return null
    return Math.min(...this.lines.map(({ monitor, from, next }) => (monitor.isReady ? next : from)))
  }

  snapshot(): DeskState {
    return {
      lines: this.lines.map(
        ({ kind, modelVersion, referenceVersion, monitor, windows, from, next, sources }) => ({
          kind,
          modelVersion,
          referenceVersion,
          layout: monitor.layout,
          monitor: monitor.snapshot(),
          windows: windows.snapshot(),
          from,
          next,
          sources: [...sources].map(([key, { counted, newestAt }]) => ({
            key,
            counted,
            newestAt: Number.isFinite(newestAt) ? newestAt : null,
          })),
        }),
      ),
    }
  }

  restore({ lines }: DeskState): void {
    this.lines = lines.map(
      ({ layout, monitor: state, windows: windowsState, sources, from, next, ...names }) => {
        const monitor = new DriftMonitor(layout, this.referenceRecords)
        const windows = new DriftWindows(layout)
        if (state === null) return { ...names, monitor, windows, from, next: from, sources: new Map() }
        monitor.restore(state)
        windows.restore(windowsState)
        const known = sources.map(
          ({ key, counted, newestAt }) =>
            [key, { counted, newestAt: newestAt ?? Number.NEGATIVE_INFINITY }] as const,
        )
        return { ...names, monitor, windows, from, next, sources: new Map(known) }
      },
    )
  }
}

/** What the desk goes on from, as JSON can say it. */
export interface DeskState {
  readonly lines: readonly (Omit<Line, 'monitor' | 'windows' | 'sources'> & {
    readonly layout: DriftMonitor['layout']
    readonly monitor: MonitorState | null
    readonly windows: WindowsState
    readonly sources: readonly {
      readonly key: string
      readonly counted: number
      readonly newestAt: number | null
    }[]
  })[]
}

function problemOf(profile: FeatureProfile): string | null {
  const { features, slices, binsPerFeature, firstOffset, nextOffset } = profile
  if (features.length === 0 || slices.length === 0) return 'it names no features or no slices'
  if (!(binsPerFeature > 0) || features.length * slices.length * binsPerFeature > CELLS_MAX)
    return `${features.length} features × ${slices.length} slices × ${binsPerFeature} bins are not a layout`
  return nextOffset > firstOffset ? null : `it covers no records: ${firstOffset} to ${nextOffset}`
}

/** Null where bytes are no bins of the layout. */
function stepsOf(profile: FeatureProfile, position: number): MonitorStep[] | null {
  const { features, slices, binsPerFeature } = profile
  const steps: MonitorStep[] = []
  for (const { bins, count, eventAtMax } of profile.steps) {
    const cells = new Uint16Array(features.length * slices.length * binsPerFeature)
    if (!addBins(bins, cells)) return null
    steps.push({ count, at: eventAtMax, cells, position })
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
