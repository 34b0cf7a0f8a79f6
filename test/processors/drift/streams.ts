import { drawPosts } from '../../../bench/drift-streams.ts'
import { createRandom } from '../../../jobs/random.ts'
import { DriftMonitor, STEP_RECORDS_MAX } from '../../../processors/drift/monitor.ts'
import type { MonitorStep } from '../../../processors/drift/monitor-findings.ts'
import { binOf, quantileEdges } from '../../../processors/drift/rank-basis.ts'

/** Small streams for tests of the detectors. */

export const ROW_MS = 3600
export { drawPosts }

export function normals(count: number, seed: number, { mean = 0, sd = 1 } = {}): number[] {
  const uniform = createRandom(seed)
  return Array.from(
    { length: count },
    () => mean + sd * Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  )
}

/** Columns by name as steps; a missing number is NaN. */
export function monitorOver(
  reference: Readonly<Record<string, readonly number[]>>,
  atOf = (row: number) => row * ROW_MS,
) {
  const features = Object.keys(reference)
  const edges = features.map(name => quantileEdges(reference[name]!))
  const bins = edges.map(own => own.length + 1)
  const binsMax = Math.max(...bins)
  function stepsOf(columns: Readonly<Record<string, readonly number[]>>, timeOf = atOf): MonitorStep[] {
    const rows = columns[features[0]!]!.length
    const steps: MonitorStep[] = []
    for (let from = 0; from < rows; from += STEP_RECORDS_MAX) {
      const end = Math.min(rows, from + STEP_RECORDS_MAX)
      const cells = new Uint16Array(features.length * binsMax)
      features.forEach((name, feature) => {
        for (let row = from; row < end; row++) {
          const value = columns[name]![row]!
          if (Number.isFinite(value)) cells[feature * binsMax + binOf(edges[feature]!, value)]!++
        }
      })
      steps.push({ count: end - from, at: timeOf(from), cells, position: end - 1 })
    }
    return steps
  }
  const layout = { features, slices: ['all'], bins }
  const newMonitor = () => {
    const monitor = new DriftMonitor(layout)
    monitor.formReference(stepsOf(reference), new Map())
    return monitor
  }
  return { newMonitor, stepsOf, layout }
}

/** Alarms of steps shown one after the other: the feature and the row at which each was raised. */
export function alarmsOver(monitor: DriftMonitor, steps: readonly MonitorStep[]) {
  return steps.flatMap(step => monitor.add([step], [])).filter(({ cleared }) => !cleared)
}
