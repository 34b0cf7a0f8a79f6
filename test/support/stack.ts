import { inject } from 'vitest'
import { type Config, readConfig } from '../../pipelines/config.ts'

/** Addresses of the parts that run for the whole test run: see stack-setup.ts, which starts them. */
export interface SharedStack {
  readonly kafkaBrokers: readonly string[]
  readonly registryUrl: string
  readonly clickhouseUrl: string
}

declare module 'vitest' {
  interface ProvidedContext {
    /** null where no test file of the run asks for the stack, or Java is missing. */
    stack: SharedStack | null
    /** Why there is no stack, for people; null if there is one. */
    stackMissing: string | null
  }
}

/**
 * The shared stack. It is one for all test files, so tests name their own topics, subjects, groups and databases.
 * A test file that is to run without Java guards itself: `describe.skipIf(stackMissing() !== null)(…)`.
 */
export function sharedStack(): SharedStack {
  const stack = inject('stack')
  if (stack === null) throw new Error(`The shared stack is not there: ${inject('stackMissing')}`)
  return stack
}

/** Why the shared stack is not there; null if it is. */
export function stackMissing(): string | null {
  return inject('stackMissing')
}

/** A configuration that points at the shared stack, with further variables over it, e.g. `NICR_TOPIC_PREFIX`. */
export function sharedStackConfig(env: Readonly<Record<string, string>> = {}): Config {
  const { kafkaBrokers, registryUrl, clickhouseUrl } = sharedStack()
  return readConfig({
    KAFKA_BROKERS: kafkaBrokers.join(','),
    SCHEMA_REGISTRY_URL: registryUrl,
    CLICKHOUSE_URL: clickhouseUrl,
    ...env,
  })
}
