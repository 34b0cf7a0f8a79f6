import { type Monitor, startMonitor } from '../serving/monitor.ts'
import type { PartReadiness } from '../serving/ports.ts'
import { exposeReadiness, watchReadiness } from '../serving/readiness.ts'
import type { Services } from './services.ts'

/**
 * Answers for the metrics and the readiness of a process without a server; null where no port is configured.
 * @throws NicrError NICR_PORT_IN_USE
 */
export async function openMonitor(
  { config, prometheus, log }: Services,
  parts: () => Promise<readonly PartReadiness[]>,
): Promise<Monitor | null> {
  if (config.monitor === null) return null
  const readiness = watchReadiness(parts, () => Date.now())
  const monitor = await startMonitor({ ...config.monitor, metrics: prometheus, readiness })
  exposeReadiness(prometheus, readiness)
  log.info({ url: monitor.url }, 'metrics')
  return monitor
}

/** While a process loads its models and joins its groups. */
export const STARTING: PartReadiness = { part: 'process', ready: false, detail: 'is starting' }
