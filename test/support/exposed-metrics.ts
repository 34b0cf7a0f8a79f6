import { collectDefaultMetrics, Registry } from 'prom-client'
import { RetrainMetrics } from '../../jobs/retrain/retrain-metrics.ts'
import { kinds } from '../../pipelines/kinds.ts'
import { watchDisks } from '../../pipelines/runtime/disk-metrics.ts'
import { SINK_NAME } from '../../pipelines/runtime/kafka/sink-runner.ts'
import { RuntimeMetrics } from '../../pipelines/runtime/metrics.ts'
import { processorNames } from '../../pipelines/topology.ts'
import { tableOf, topicNames } from '../../schemas/topics.ts'
import { createServingMetrics } from '../../serving/metrics.ts'
import { exposeReadiness } from '../../serving/readiness.ts'

export interface ExposedMetric {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly labels: readonly string[]
  /** Values that labels have after every part said something; none where that depends on what is loaded. */
  readonly values: ReadonlyMap<string, ReadonlySet<string>>
}

/** Every metric of Nicr's processes, as a registry has them that all parts were registered with, and some of their values. */
export async function exposedMetrics(): Promise<readonly ExposedMetric[]> {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const runtime = new RuntimeMetrics(registry, Object.keys(kinds))
  runtime.watchImageThreads(() => ({ most: 2, living: 1 }))
  createServingMetrics(registry).draftSeconds.observe(0.1)
  watchDisks(registry, { query: async () => [{ name: 'default', free: '1', total: '2' }] as never })
  exposeReadiness(registry, async () => ({
    ready: true,
    parts: [
      { part: 'kafka', ready: true, needed: true, since: '', detail: '' },
      ...Object.keys(kinds).map(kind => ({
        part: `model ${kind}`,
        ready: true,
        needed: false,
        since: '',
        detail: '',
      })),
    ],
  }))
  say(runtime)
  sayLoop(new RetrainMetrics(registry))
  return (await registry.getMetricsAsJSON()).map(({ name, type, help, values }) => {
    const { labelNames = [] } = registry.getSingleMetric(name) as { labelNames?: readonly string[] }
    return { name, type: String(type), help, labels: labelNames, values: valuesOf(values) }
  })
}

function say(runtime: RuntimeMetrics): void {
  for (const processor of [...processorNames(), SINK_NAME]) {
    runtime.observeBatch(processor, { read: 3, emitted: 2, rejected: 1 }, 0.1)
    runtime.observeCommit(processor, [], 0.1)
    const watch = runtime.groups.of(processor)
    watch.assigned(new Map([['content', [0]]]))
    watch.progressed('content', 0, 0)
    watch.waits('NICR_CLICKHOUSE_UNAVAILABLE')
  }
  for (const topic of topicNames) runtime.observeRows(`${tableOf(topic)}_log`, 1, 0.1)
  for (const kind of Object.keys(kinds)) {
    runtime.setModel(kind, '1', 'champion')
    for (const status of ['SCORED', 'DEGRADED', 'UNSUPPORTED', 'EMPTY', 'CLEARED'] as const)
      for (const alias of ['CHAMPION', 'CHALLENGER'] as const) runtime.scores.count(kind, { status, alias })
  }
  for (const drifted of [true, false]) runtime.drift.countReport({ kind: 'niceness', finding: null, drifted })
}

function sayLoop(retrain: RetrainMetrics): void {
  for (const kind of Object.keys(kinds))
    retrain.observe({
      kind,
      labels: { contents: 0 },
      rules: { labels: { min: 150 } },
      isPaused: false,
      training: { state: 'NONE' },
      rollout: { phase: 'NONE' },
      request: null,
    } as never)
}

function valuesOf(
  samples: readonly { readonly labels: Partial<Record<string, string | number>> }[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const values = new Map<string, Set<string>>()
  for (const { labels } of samples)
    for (const [label, value] of Object.entries(labels)) {
      const known = values.get(label) ?? new Set()
      values.set(label, known.add(String(value)))
    }
  return values
}
