import { LabelDetector } from '../processors/drift/label-detector.ts'
import { DriftMonitor, REFERENCE_RECORDS, STEP_RECORDS_MAX } from '../processors/drift/monitor.ts'
import type { Contributor, MonitorFinding, MonitorStep } from '../processors/drift/monitor-findings.ts'
import { binOf, quantileEdges } from '../processors/drift/rank-basis.ts'
import { TermCounter } from '../processors/drift/term-counter.ts'
import { NicrError } from '../schemas/errors.ts'
import { type DriftRow, ROW_FEATURES_MAX } from './drift-rows.ts'

/** An alarm over a file of rows. */
export interface FileAlarm {
  /** The feature; `*` for all of them jointly, `terms` for words, `labels` for scores that the truth left. */
  readonly feature: string
  /** 0-based row at which it was raised. */
  readonly row: number
  readonly at: number
  readonly method: MonitorFinding['method'] | 'label-e-detector'
  readonly statistic: number
  readonly threshold: number
  readonly eValue: number | null
  readonly effect: number | null
  readonly effectLow: number | null
  readonly effectHigh: number | null
  readonly changedAt: number
  readonly count: number
  readonly contributors: readonly Contributor[]
}

type Row = Exclude<DriftRow, { error: string }> & { readonly row: number }

/** A reference of fewer rows says nothing of what is usual. */
const REFERENCE_ROWS_MIN = 100
/** Further rows of a reference are not used: it would not get better. */
export const REFERENCE_ROWS_MAX = 200_000
/** Labels between false alarms, at least, in the mean. */
const LABELS_BETWEEN_FALSE_ALARMS = 1_000_000
/** Features named at most, of those that nothing is compared for. */
const FEATURES_NAMED_MAX = 20
/** A feature that so many rows in a row lack is gone. */
const GONE_ROWS = 1000
/** Rows without a time are taken to be so far apart, ms. */
const ROW_MS = 1000

/**
 * The detectors of the stream over the rows of a file: the same steps, budgets and rules. Bins are the quantiles of the
 * reference: the rows given as such, or the first of the file.
 */
export class FileDrift {
  private readonly given: boolean
  private reference: Row[] = []
  private monitor: DriftMonitor | null = null
  private features: readonly string[] = []
  private known: ReadonlySet<string> = new Set()
  private edges: readonly Float64Array[] = []
  private binsMax = 1
  private step: Row[] = []
  private readonly terms = new TermCounter()
  private readonly labels = new LabelDetector(LABELS_BETWEEN_FALSE_ALARMS)
  private at = 0
  /** The first numbers of the file that the reference does not have: they are not watched. */
  readonly unknownFeatures = new Set<string>()
  /** By place in the features, the last row that had it; -1 where only the reference has. */
  private lastRows: number[] = []
  private lastRow = 0

  /** @param reference rows to compare with; null: the first of the file */
  constructor(reference: readonly Row[] | null) {
    this.given = reference !== null
    if (reference === null) return
    if (reference.length < REFERENCE_ROWS_MIN)
      throw new NicrError(
        'NICR_INPUT_INVALID',
        `the reference has ${reference.length} rows; at least ${REFERENCE_ROWS_MIN} are needed, and some thousands are better`,
      )
    this.reference = [...reference]
    this.form()
  }

  /** Whether there was enough to compare with. */
  get isReady(): boolean {
    return this.monitor !== null
  }

  add(row: Row): FileAlarm[] {
    const found: FileAlarm[] = []
    if (row.labelled !== null) {
      const { probability, label } = row.labelled
      const finding = this.labels.add(probability, label, this.timeOf(row))
      if (finding !== null) found.push(labelAlarm(finding, row.row, this.timeOf(row)))
    }
    if (this.monitor === null) {
      this.reference.push(row)
      if (this.reference.length >= REFERENCE_RECORDS) this.form()
      return found
    }
    this.step.push(row)
    return this.step.length < STEP_RECORDS_MAX ? found : [...found, ...this.flush()]
  }

  /** Features of the reference that the last rows of the file lack, with the last row that had each (-1: none had). */
  goneFeatures(): { readonly name: string; readonly lastRow: number }[] {
    return this.features
      .map((name, i) => ({ name, lastRow: this.lastRows[i]! }))
      .filter(({ lastRow }) => this.lastRow - lastRow >= GONE_ROWS)
      .slice(0, FEATURES_NAMED_MAX)
  }

  /** Looks at the rows that do not fill a step. */
  end(): FileAlarm[] {
    return this.monitor === null || this.step.length === 0 ? [] : this.flush()
  }

  private flush(): FileAlarm[] {
    const steps = [this.stepOf(this.step)]
    const terms = this.termsOf(this.step, steps)
    this.step = []
    const found = this.monitor!.add(steps, terms).filter(({ cleared }) => !cleared)
    return found.map(({ slice: _, cleared: __, position, ...finding }) => ({ ...finding, row: position }))
  }

  private form(): void {
    const rows = this.reference
    this.features = [...new Set(rows.flatMap(({ values }) => [...values.keys()]))]
    if (this.features.length > ROW_FEATURES_MAX)
      throw new NicrError(
        'NICR_INPUT_INVALID',
        `the rows of the reference name ${this.features.length} features together, at most ${ROW_FEATURES_MAX} are taken`,
      )
    this.edges = this.features.map(name =>
      quantileEdges(rows.map(({ values }) => values.get(name) ?? Number.NaN)),
    )
    const bins = this.edges.map(edges => edges.length + 1)
    this.binsMax = Math.max(1, ...bins)
    const monitor = new DriftMonitor({ features: this.features, slices: ['all'], bins })
    const steps: MonitorStep[] = []
    for (let from = 0; from < rows.length; from += STEP_RECORDS_MAX)
      steps.push(this.stepOf(rows.slice(from, from + STEP_RECORDS_MAX)))
    const terms = new Map<string, number>()
    for (const { term, count } of this.termsOf(rows, steps)) terms.set(term, count)
    // Made-up times have no rhythm.
    monitor.formReference(steps, terms, !this.given && rows.every(({ at }) => at !== null))
    this.known = new Set(this.features)
    const lastOf = (name: string) => rows.findLast(({ values }) => values.has(name))?.row ?? -1
    this.lastRows = this.features.map(name => (this.given ? -1 : lastOf(name)))
    this.reference = []
    this.at = this.given ? 0 : this.at
    this.monitor = monitor
  }

  private termsOf(rows: readonly Row[], steps: readonly MonitorStep[]) {
    rows.forEach(({ terms, id, author, thread }, i) => {
      const step = Math.floor(i / STEP_RECORDS_MAX)
      this.terms.add({ at: steps[step]!.at, author, thread, contentId: id, revision: 0, terms }, step)
    })
    return this.terms.take()
  }

  private stepOf(rows: readonly Row[]): MonitorStep {
    const { features, edges, binsMax } = this
    const cells = new Uint16Array(features.length * binsMax)
    for (const { values, row } of rows) {
      features.forEach((name, feature) => {
        const value = values.get(name)
        if (value === undefined || !Number.isFinite(value)) return
        cells[feature * binsMax + binOf(edges[feature]!, value)]!++
        if (this.monitor !== null) this.lastRows[feature] = row
      })
      if (this.monitor === null) continue
      this.lastRow = row
      for (const name of values.keys())
        if (!this.known.has(name) && this.unknownFeatures.size < FEATURES_NAMED_MAX)
          this.unknownFeatures.add(name)
    }
    return { count: rows.length, at: this.timeOf(rows[0]!), cells, position: rows.at(-1)!.row }
  }

  /** A row without a time follows the one before. */
  private timeOf({ at, row }: Row): number {
    this.at = at ?? (this.at === 0 ? row * ROW_MS : this.at + ROW_MS)
    return this.at
  }
}

function labelAlarm(
  finding: NonNullable<ReturnType<LabelDetector['add']>>,
  row: number,
  at: number,
): FileAlarm {
  return {
    feature: 'labels',
    row,
    at,
    method: 'label-e-detector',
    statistic: finding.eValue,
    threshold: finding.threshold,
    eValue: finding.eValue,
    effect: finding.slope - 1,
    effectLow: null,
    effectHigh: null,
    changedAt: finding.changedAt,
    count: finding.count,
    contributors: [
      { name: 'intercept', weight: finding.intercept, count: finding.count, expected: 0, contentIds: [] },
      { name: 'slope', weight: finding.slope, count: finding.count, expected: 1, contentIds: [] },
    ],
  }
}
