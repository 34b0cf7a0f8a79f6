import { createLog, createServices, type Services } from '../../cli/services.ts'
import type { Config } from '../../pipelines/config.ts'
import type { Tracing } from '../../pipelines/runtime/tracing.ts'
import type { OwnNicr } from './own-nicr.ts'

/** Services as the commands make them, of a Nicr of the test's own; they say errors only. The caller closes them. */
export function openOwnServices(
  { kafka, env }: OwnNicr,
  config: Config,
  tracing: Tracing | null = null,
): Services {
  const addresses = {
    kafka,
    registry: { ...config.registry, url: env['SCHEMA_REGISTRY_URL'] ?? '' },
    clickhouse: { ...config.clickhouse, url: env['CLICKHOUSE_URL'] ?? '' },
    server: null,
    key: null,
  }
  return createServices(config, addresses, createLog('error'), tracing)
}
