import type { Logger } from 'pino'
import type { TracingConfig } from '../settings-tracing.ts'
import type { Tracing } from './tracing.ts'

/** The configured tracing. */
export async function openTracing(config: TracingConfig | null, log: Logger): Promise<Tracing | null> {
  if (config === null) return null
  const { createTracing } = await import('./otel-tracing.ts')
  return createTracing(config, log)
}
