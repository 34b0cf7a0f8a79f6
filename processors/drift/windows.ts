import { TRAINING_METHOD, type TrainingCounts } from './domain-gap.ts'
import type { MonitorLayout, MonitorStep } from './monitor-findings.ts'
import { chiSquareThreshold } from './statistics/special-functions.ts'
import {
  chiSquare,
  discoveries,
  jensenShannon,
  kolmogorovSmirnov,
  pooledBins,
  psi,
  psiThreshold,
  sumOf,
  type TwoSampleResult,
  usedBins,
  wasserstein,
} from './statistics/two-samples.ts'
import { isSketch } from './text-sketch.ts'
import type { WindowFigure, WindowFigures, WindowFinding } from './window-report.ts'

/**
 * Batch statistics of closed windows, over all records: each feature against the reference, and by PSI against the window before and what
 * the model was trained on; that is no alarm and not among the tests, for a platform always differs from it. Steps
 * belong to windows by event time, so in whatever order they come the windows are the same, until they close. They are looked at once, all
 * features together at a false discovery rate (Benjamini & Hochberg); unlike the sequential detectors they say nothing of looking again.
 */

const WINDOW_MS = 3_600_000
/** A window stays open so long after its end in stream time, for late steps; later ones are not in it. */
const WINDOW_LATE_MS = 600_000
/** A window of fewer records joins the next. */
const WINDOW_RECORDS_MIN = 200
/** Windows open at once: a clock that jumps cannot open more. */
const WINDOWS_OPEN_MAX = 48
const FALSE_DISCOVERY_RATE = 0.001
/** Surely changed is not much changed: below this effect it is no drift. PSI, distances and V each have their own unit, near this. */
const EFFECT_MIN = 0.1

interface OpenWindow {
  count: number
  /** By feature × binsMax + bin. */
  readonly cells: Float64Array
  /** Sums of values by feature. */
  readonly values: Float64Array
}

export interface WindowSettings {
  /** A window of fewer records joins the next. */
  readonly recordsMin?: number
  /** What else is read off each window, whether or not there is a reference. */
  readonly figures?: WindowFigures
}

function addTo(into: Float64Array, from: ArrayLike<number>): void {
  for (let i = 0; i < into.length; i++) into[i]! += from[i]!
}

/** Counts of the reference by bin of a feature; null while there is none. */
export type ReferenceCounts = (feature: number) => ArrayLike<number> | null

export class DriftWindows {
  private readonly layout: MonitorLayout
  private readonly binsMax: number
  private readonly settings: WindowSettings
  private readonly open = new Map<number, OpenWindow>()
  private closedUntil = Number.NEGATIVE_INFINITY
  private newestAt = Number.NEGATIVE_INFINITY
  /** Records of windows that were too small to be looked at. */
  private carried: (OpenWindow & { start: number }) | null = null
  private before: Float64Array | null = null

  constructor(layout: MonitorLayout, settings: WindowSettings = {}) {
    this.layout = layout
    this.settings = settings
    this.binsMax = Math.max(1, ...layout.bins)
  }

  /**
   * Adds steps and closes the windows whose time is over.
   * @param training rows the model was trained on by feature and bin, where they are known
   * @returns what was found in those, without the names of kind and versions
   */
  add(
    steps: readonly MonitorStep[],
    referenceOf: ReferenceCounts,
    training: TrainingCounts = [],
  ): WindowFinding[] {
    for (const step of steps) this.count(step)
    const due = [...this.open.keys()]
      .filter(start => start + WINDOW_MS + WINDOW_LATE_MS <= this.newestAt)
      .sort((left, right) => left - right)
    while (this.open.size - due.length > WINDOWS_OPEN_MAX) {
      const oldest = Math.min(...[...this.open.keys()].filter(start => !due.includes(start)))
      due.push(oldest)
    }
    return due.flatMap(start => this.close(start, referenceOf, training))
  }

  private count({ at, count, cells, values }: MonitorStep): void {
    const start = Math.floor(at / WINDOW_MS) * WINDOW_MS
    this.newestAt = Math.max(this.newestAt, at)
    if (start < this.closedUntil) return
    let window = this.open.get(start)
    if (window === undefined) {
      const { length } = this.layout.features
      window = {
        count: 0,
        cells: new Float64Array(length * this.binsMax),
        values: new Float64Array(length),
      }
      this.open.set(start, window)
    }
    window.count += count
    addTo(window.cells, cells)
    if (values !== undefined) addTo(window.values, values)
  }

  private close(start: number, referenceOf: ReferenceCounts, training: TrainingCounts): WindowFinding[] {
    const window = this.open.get(start)!
    this.open.delete(start)
    this.closedUntil = Math.max(this.closedUntil, start + WINDOW_MS)
    const { carried } = this
    if (carried !== null) {
      window.count += carried.count
      addTo(window.cells, carried.cells)
      addTo(window.values, carried.values)
    }
    const from = carried?.start ?? start
    if (window.count < (this.settings.recordsMin ?? WINDOW_RECORDS_MIN)) {
      this.carried = { ...window, start: from }
      return []
    }
    this.carried = null
    const found = [
      ...this.judge(window.cells, referenceOf, training),
      ...(this.settings.figures?.({ ...window, binsMax: this.binsMax }) ?? []),
    ]
    this.before = window.cells
    return found.map(one => ({
      ...one,
      windowStart: from,
      windowEnd: start + WINDOW_MS,
      count: window.count,
    }))
  }

  private judge(cells: Float64Array, referenceOf: ReferenceCounts, training: TrainingCounts): WindowFigure[] {
    const found: (TwoSampleResult & { method: string; feature: string; threshold: number })[] = []
    this.layout.features.forEach((feature, i) => {
      const reference = isSketch(feature) ? null : referenceOf(i)
      if (reference === null) return
      const size = reference.length
      const current = cells.subarray(i * this.binsMax, i * this.binsMax + size)
      const say = (method: string, result: TwoSampleResult, threshold: number) =>
        found.push({ method, feature, threshold, ...result })
      const [n, m] = [sumOf(reference), sumOf(current)]
      if (m === 0) return
      const used = usedBins(reference, current).length
      say('psi', psi(reference, current), psiThreshold(FALSE_DISCOVERY_RATE, used, n, m))
      say('ks', kolmogorovSmirnov(reference, current), EFFECT_MIN)
      say('js', jensenShannon(reference, current), EFFECT_MIN)
      say('wasserstein', wasserstein(midRanks(reference), reference, current), EFFECT_MIN)
      const pools = pooledBins(reference, current)
      say(
        'chi-square',
        chiSquare(...pools),
        chiSquareThreshold(FALSE_DISCOVERY_RATE, Math.max(1, pools[0].length - 1)),
      )
      const learned = training[i]
      if (learned != null)
        say(
          TRAINING_METHOD,
          psi(learned, current),
          psiThreshold(FALSE_DISCOVERY_RATE, usedBins(learned, current).length, sumOf(learned), m),
        )
      if (this.before === null) return
      const earlier = this.before.subarray(i * this.binsMax, i * this.binsMax + size)
      say('psi-recent', psi(earlier, current), psiThreshold(FALSE_DISCOVERY_RATE, used, sumOf(earlier), m))
    })
    const tested = found.filter(({ pValue, method }) => pValue !== null && method !== TRAINING_METHOD)
    const isDiscovery = discoveries(
      tested.map(({ pValue }) => pValue ?? 1),
      FALSE_DISCOVERY_RATE,
    )
    const sure = new Set(tested.filter((_, i) => isDiscovery[i]))
    return found.map(one => ({
      feature: one.feature,
      method: one.method,
      statistic: one.statistic,
      threshold: one.threshold,
      pValue: one.pValue,
      effect: one.effect,
      effectLow: null,
      effectHigh: null,
      drifted: sure.has(one) && one.effect >= EFFECT_MIN,
      finding: null,
    }))
  }

  snapshot(): WindowsState {
    const { open, closedUntil, newestAt, carried, before } = this
    const packed = ({ count, cells, values }: OpenWindow) => ({
      count,
      cells: [...cells],
      values: [...values],
    })
    return {
      open: [...open].map(([start, window]) => ({ start, ...packed(window) })),
      closedUntil: Number.isFinite(closedUntil) ? closedUntil : null,
      newestAt: Number.isFinite(newestAt) ? newestAt : null,
      carried: carried && { start: carried.start, ...packed(carried) },
      before: before && [...before],
    }
  }

  restore(state: WindowsState): void {
    const { length } = this.layout.features
    const unpacked = ({ count, cells, values }: Omit<WindowState, 'start'>) => ({
      count,
      cells: Float64Array.from(cells),
      values: Float64Array.from(values ?? new Float64Array(length)),
    })
    this.open.clear()
    for (const { start, ...window } of state.open) this.open.set(start, unpacked(window))
    this.closedUntil = state.closedUntil ?? Number.NEGATIVE_INFINITY
    this.newestAt = state.newestAt ?? Number.NEGATIVE_INFINITY
    this.carried = state.carried && { start: state.carried.start, ...unpacked(state.carried) }
    this.before = state.before && Float64Array.from(state.before)
  }
}

interface WindowState {
  readonly start: number
  readonly count: number
  readonly cells: readonly number[]
  /** Absent in what was written before there were any. */
  readonly values?: readonly number[]
}

/** As JSON can say it. */
export interface WindowsState {
  readonly open: readonly WindowState[]
  readonly closedUntil: number | null
  readonly newestAt: number | null
  readonly carried: WindowState | null
  readonly before: readonly number[] | null
}

/** Ranks of the bins under the reference: distances are then in shares of all records. */
function midRanks(reference: ArrayLike<number>): Float64Array {
  const ranks = new Float64Array(reference.length)
  const whole = Math.max(1, sumOf(reference))
  let below = 0
  for (let bin = 0; bin < reference.length; bin++) {
    ranks[bin] = (below + reference[bin]! / 2) / whole
    below += reference[bin]!
  }
  return ranks
}
