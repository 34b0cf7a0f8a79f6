import { driftReportId } from '../../schemas/ids.ts'
import type { DriftReport } from '../../schemas/records.ts'

/** What one method says of one feature in one window. */
export type WindowFinding = Pick<
  DriftReport,
  | 'feature'
  | 'method'
  | 'statistic'
  | 'threshold'
  | 'pValue'
  | 'drifted'
  | 'effectLow'
  | 'effectHigh'
  | 'finding'
  | 'windowStart'
  | 'windowEnd'
  | 'count'
> & { readonly effect: number }

/** A finding of a window whose bounds are known to whoever asked. */
export type WindowFigure = Omit<WindowFinding, 'windowStart' | 'windowEnd' | 'count'>

/** What a closed window holds of all its records. */
export interface WindowCounts {
  readonly count: number
  readonly binsMax: number
  /** Records by feature × binsMax + bin. */
  readonly cells: Float64Array
  /** Sums of values by feature, each held within the outermost edges of its bins. */
  readonly values: Float64Array
}

/** Reads figures off a window. */
export type WindowFigures = (window: WindowCounts) => readonly WindowFigure[]

/** A window’s finding as a report. */
export function windowReport(
  finding: WindowFinding,
  names: Pick<DriftReport, 'kind' | 'modelVersion' | 'referenceVersion'>,
  at: number,
): DriftReport {
  const report = {
    ...names,
    ...finding,
    slice: 'all',
    eValue: null,
    changedAt: null,
    contributors: [],
    at,
  }
  return { id: driftReportId(report), ...report }
}
