import type { ReferenceStep } from '../processors/drift/feature-reference.ts'
import { DriftMonitor, STEP_RECORDS_MAX } from '../processors/drift/monitor.ts'
import type { MonitorStep } from '../processors/drift/monitor-findings.ts'
import { binOf, quantileEdges } from '../processors/drift/rank-basis.ts'
import { ROW_MS } from './drift-streams.ts'

/** What the drift benchmarks share: monitors over columns of numbers, and their steps. */

/** A monitor over columns of numbers, cut into bins by their reference, and what makes steps of further rows. */
export function monitorOf(
  reference: readonly Float64Array[],
  referenceAt: (row: number) => number,
  posts: readonly Set<string>[] = [],
) {
  const edges = reference.map(column => quantileEdges(column))
  const bins = edges.map(own => own.length + 1)
  const binsMax = Math.max(...bins)
  const monitor = new DriftMonitor({ features: edges.map((_, c) => String(c)), slices: ['all'], bins })
  function* stepsOf(
    columns: readonly Float64Array[],
    timeOf = (row: number) => row * ROW_MS,
  ): Generator<MonitorStep> {
    const rows = columns[0]!.length
    for (let from = 0; from < rows; from += STEP_RECORDS_MAX) {
      const end = Math.min(rows, from + STEP_RECORDS_MAX)
      const cells = new Uint16Array(columns.length * binsMax)
      for (let c = 0; c < columns.length; c++) {
        const column = columns[c]!
        for (let row = from; row < end; row++) cells[c * binsMax + binOf(edges[c]!, column[row]!)]!++
      }
      yield { count: end - from, at: timeOf(from), cells, position: end - 1 }
    }
  }
  const terms = new Map(countTerms(posts).map(({ term, count }) => [term, count]))
  const steps = [...stepsOf(reference, referenceAt)]
  const missing = posts.length - reference[0]!.length
  // Words need as many records as there were posts.
  if (missing > 0) steps.push({ count: missing, at: 0, cells: new Uint16Array(binsMax), position: 0 })
  monitor.formReference(steps, terms)
  return { monitor, stepsOf }
}

export function alarmsOf(monitor: DriftMonitor, step: MonitorStep) {
  return monitor.add([step], []).filter(({ cleared }) => !cleared)
}

export function referenceSteps(values: Float64Array, edges: Float64Array): ReferenceStep[] {
  const steps: ReferenceStep[] = []
  for (let from = 0; from < values.length; from += STEP_RECORDS_MAX) {
    const bins = new Uint16Array(edges.length + 1)
    for (const value of values.subarray(from, from + STEP_RECORDS_MAX)) bins[binOf(edges, value)]!++
    steps.push({ at: from * ROW_MS, bins })
  }
  return steps
}

export function countTerms(posts: readonly Set<string>[]) {
  const counts = new Map<string, number>()
  for (const post of posts) for (const word of post) counts.set(word, (counts.get(word) ?? 0) + 1)
  return [...counts].map(([term, count]) => ({ term, count, contentId: null }))
}

export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index))
}
