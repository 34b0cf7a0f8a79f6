import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { FeatureDetector } from '../processors/drift/feature-detector.ts'
import { featureReference } from '../processors/drift/feature-reference.ts'
import { STEP_RECORDS_MAX } from '../processors/drift/monitor.ts'
import { binOf, quantileEdges } from '../processors/drift/rank-basis.ts'
import { countTerms, monitorOf, referenceSteps, times } from './drift-monitor.ts'
import { drawPosts, drawStream, ROW_MS } from './drift-streams.ts'
import { median } from './pipeline-result.ts'
import { cpuSecondsOfWork } from './processor-time.ts'

/** What the detectors cost a core. */
export interface DriftCosts {
  /** One feature, of CPU time. */
  readonly updatesPerSecond: number
  readonly postsOf20FeaturesPerSecond: number
  readonly tokensPerSecond: number
  /** Updates in the time that reading the same numbers from JSON takes: the reference measured beside it. */
  readonly vsJsonParse: number
  readonly bytesPerFeature: number
}

/** Speeds are of CPU time, so a core’s. */
export function driftCosts(): DriftCosts {
  const { reference, values } = drawStream('none', 77)
  const edges = quantileEdges(reference)
  const one = new FeatureDetector(featureReference(edges.length + 1, referenceSteps(reference, edges)), {
    logLevel: 10,
    recordsBetweenFalseAlarms: 1e6,
  })
  const update = () => {
    const bins = new Uint16Array(edges.length + 1)
    for (let from = 0; from < values.length; from += STEP_RECORDS_MAX) {
      bins.fill(0)
      const end = Math.min(values.length, from + STEP_RECORDS_MAX)
      for (let i = from; i < end; i++) bins[binOf(edges, values[i]!)]!++
      one.add(bins, 0, from * ROW_MS)
    }
  }
  const json = JSON.stringify([...values])
  for (let i = 0; i < 3; i++) update()
  const updatesPerSecond = median(times(7, () => values.length / cpuSecondsOfWork(update)))
  const parsedPerSecond = median(times(7, () => values.length / cpuSecondsOfWork(() => JSON.parse(json))))
  const columns = Array.from({ length: 20 }, (_, c) => drawStream('none', 80 + c))
  const { monitor, stepsOf } = monitorOf(
    columns.map(column => column.reference),
    row => row * ROW_MS,
  )
  const currents = columns.map(column => column.values)
  const watch = () => {
    for (const step of stepsOf(currents)) monitor.add([step], [])
  }
  watch()
  const posts = drawPosts(20_000, 0, 23)
  const words = monitorOf([Float64Array.of(0, 1)], () => 0, posts).monitor
  let tokens = 0
  for (const post of posts) tokens += post.size
  const read = () => {
    for (let from = 0; from < posts.length; from += 512) {
      const batch = posts.slice(from, from + 512)
      words.add([{ count: batch.length, at: 0, cells: new Uint16Array(2), position: 0 }], countTerms(batch))
    }
  }
  return {
    updatesPerSecond: Math.round(updatesPerSecond),
    vsJsonParse: updatesPerSecond / parsedPerSecond,
    postsOf20FeaturesPerSecond: Math.round(currents[0]!.length / cpuSecondsOfWork(watch)),
    tokensPerSecond: Math.round(tokens / cpuSecondsOfWork(read)),
    bytesPerFeature: bytesPerFeature(reference, edges),
  }
}

/** Growth of the process by one more feature and slice: its detector, its reference, and the counts that may join it. */
function bytesPerFeature(reference: Float64Array, edges: Float64Array): number {
  const steps = referenceSteps(reference, edges)
  const bins = edges.length + 1
  const budget = { logLevel: 10, recordsBetweenFalseAlarms: 1e6 }
  const held: unknown[] = []
  const make = () =>
    held.push([new FeatureDetector(featureReference(bins, steps), budget), new Float64Array(bins)])
  const collect = garbageCollector()
  const used = () => {
    // Twice: what lies outside the heap is freed after the arrays that owned it.
    collect()
    collect()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }
  for (let i = 0; i < DETECTORS_WARM; i++) make()
  const before = used()
  for (let i = 0; i < DETECTORS_MEASURED; i++) make()
  return Math.round((used() - before) / DETECTORS_MEASURED)
}

const DETECTORS_WARM = 20
const DETECTORS_MEASURED = 1000

/** V8 collects on demand only where it was told so, which can be said at any time. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
