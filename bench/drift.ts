import { type DriftCosts, driftCosts } from './drift-costs.ts'
import { type DriftBenchOptions, type DriftFindings, driftFindings } from './drift-findings.ts'
import type { DriftPartsResult } from './drift-parts.ts'
import { type DriftReportCost, driftReportCost } from './drift-report-cost.ts'

export type { DriftBenchOptions } from './drift-findings.ts'

/** What the detectors find, when, how often falsely, and what they cost. */
export interface DetectorResult extends DriftFindings, DriftCosts {
  readonly storedReport: DriftReportCost
}

/** With what only running parts show: Kafka, ClickHouse, the pipeline. */
export interface DriftBenchResult extends DetectorResult, DriftPartsResult {}

/** Measures the detectors alone. Seeded: the same figures again but for the speeds. */
export function benchDetectors(options: DriftBenchOptions): DetectorResult {
  const { signal, report } = options
  const findings = driftFindings(options)
  signal.throwIfAborted()
  report('drift: speed')
  const costs = driftCosts()
  signal.throwIfAborted()
  report('drift: a report from stored profiles')
  return { ...findings, ...costs, storedReport: driftReportCost() }
}
