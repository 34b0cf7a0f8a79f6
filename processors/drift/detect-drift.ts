import type { DriftReport, FeatureProfile } from '../../schemas/records.ts'
import type { Incoming } from '../processor.ts'
import { gapReport } from './domain-gap.ts'
import { DriftLine, type LineAnswer, type LineParts, type LineState } from './drift-line.ts'
import type { MonitorStep } from './monitor-findings.ts'
import { PAIRS_EVERY } from './neighbours.ts'
import { addBins, SUMS_PER_FEATURE, valueSums } from './profile.ts'
import type { TrainingReference } from './training-reference.ts'

/**
 * feature-profiles → drift-reports. Profiles are taken in the order of the log, so a replay finds the same. Each model version
 * and layout has detectors of its own: a deploy begins anew, and instances that still score with the version before add to its
 * detectors meanwhile.
 *
 * - A profile that overlaps records counted already is dropped whole: no repeat counts twice.
 * - When the first reference of a line is formed, it is compared with what the model was trained on, where that is known: a gap is
 *   reported once for a kind and model version, and changes nothing else.
 * - A step whose records are more than a day older than the newest of their partition is late: it is not shown to the
 *   sequential detectors; windows take it while they are open. Partitions are not compared with each other, so an idle one holds nothing up.
 */

/** Of a kind and family of layouts (they begin with the same feature), detectors of older versions are forgotten. */
const VERSIONS_OF_A_FAMILY = 3
/** Of a kind, whatever the families: layouts that are no longer written go. */
const LINES_OF_A_KIND = 15
/** Kinds and versions remembered whose gap was reported: of a version that comes back after more it is said again. */
const GAPS_MAX = 256
/** More cells than this are no profile of ours. */
const CELLS_MAX = 1 << 20

export type DeskAnswer =
  | {
      readonly reports: readonly DriftReport[]
      /** The line after it; null where the profile was dropped, since its records were counted before. */
      readonly line: LineProgress | null
    }
  /** The profile is none: what is wrong with it. */
  | { readonly problem: string }

const DROPPED: DeskAnswer = { reports: [], line: null }

/** How far a line is, to be counted and shown. */
export interface LineProgress {
  /** Steps of the profile that were too late for the sequential detectors. */
  readonly lateSteps: number
  /** Records of a reference that is being gathered, or all so far. */
  readonly records: number
  readonly isFormed: boolean
  /** Features and slices that drift and did not come back. */
  readonly open: number
}

export interface DeskSettings {
  /** Records that form a first reference; by layout unless given. */
  readonly referenceRecords?: number | undefined
  /** Kinds whose score is a calibrated probability; accuracy is estimated for no others. */
  readonly calibratedKinds?: ReadonlySet<string> | undefined
}

/** The detectors of all kinds whose profiles lie in one partition. */
export class DriftDesk {
  private readonly settings: DeskSettings
  private lines: DriftLine[] = []
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
    const line = this.lineOf(profile, offset, training)
    if (offset < line.next) return DROPPED
    line.next = offset + 1
    if (!line.claim(profile)) return DROPPED
    const steps = stepsOf(profile, offset)
    if (steps === null) return { problem: 'the bins of a step do not fit the features and slices it names' }
    const { reports, gap, lateSteps } = line.add({ profile, steps, appendedAt, training })
    return {
      reports: gap === null ? reports : [...reports, ...this.sayOnce(gap, line)],
      line: { lateSteps, ...line.progress },
    }
  }

  private sayOnce(gap: NonNullable<LineAnswer['gap']>, { names }: DriftLine): DriftReport[] {
    const key = `${names.kind}@${names.modelVersion}`
    if (this.gaps.includes(key)) return []
    this.gaps = [...this.gaps, key].slice(-GAPS_MAX)
    return [gapReport(gap, names, gap)]
  }

  private lineOf(profile: FeatureProfile, offset: number, training: TrainingReference | null): DriftLine {
    const { kind, modelVersion, referenceVersion, features, slices, binsPerFeature } = profile
    const known = this.lines.find(
      ({ names }) =>
        names.kind === kind &&
        names.modelVersion === modelVersion &&
        names.referenceVersion === referenceVersion,
    )
    if (known !== undefined) return known
    const layout = { features, slices, bins: features.map(() => binsPerFeature), pairsEvery: PAIRS_EVERY }
    const names = { kind, modelVersion, referenceVersion }
    const line = new DriftLine(names, layout, offset, this.partsOf(kind, training?.positiveShare ?? null))
    const others = this.lines
      .filter(other => other.names.kind === kind)
      .sort((left, right) => right.next - left.next)
    const family = others.filter(other => other.layout.features[0] === features[0])
    const forgotten = new Set([
      ...family.slice(VERSIONS_OF_A_FAMILY - 1),
      ...others.slice(LINES_OF_A_KIND - 1),
    ])
    this.lines = [...this.lines.filter(other => !forgotten.has(other)), line]
    return line
  }

  private partsOf(kind: string, positiveShare: number | null): LineParts {
    const { referenceRecords, calibratedKinds } = this.settings
    return { referenceRecords, isCalibrated: calibratedKinds?.has(kind) ?? false, positiveShare }
  }

  /**
   * Where in the log to go on from after `restore`.
   * @returns null where nothing was restored
   */
  get resumeFrom(): number | null {
    return this.lines.length === 0 ? null : Math.min(...this.lines.map(({ next }) => next))
  }

  snapshot(): DeskState {
    return { lines: this.lines.map(line => line.snapshot()), gaps: this.gaps }
  }

  restore({ lines, gaps }: DeskState): void {
    this.gaps = gaps
    this.lines = lines.map(state => {
      const { kind, modelVersion, referenceVersion, layout, next } = state
      const names = { kind, modelVersion, referenceVersion }
      // The share that is assumed stands in the state.
      const line = new DriftLine(names, layout, next, this.partsOf(kind, null))
      line.restore(state)
      return line
    })
  }
}

/** What the desk goes on from, as JSON can say it. */
export interface DeskState {
  readonly lines: readonly LineState[]
  readonly gaps: readonly string[]
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
