import type { Logger } from 'pino'
import type { ClickHouse } from '../pipelines/clickhouse.ts'
import { connectAdmin } from '../pipelines/runtime/kafka/topic-admin.ts'
import type { SchemaRegistry } from '../pipelines/schema-registry.ts'
import type { Addresses } from './addresses.ts'

export type OutsidePart = 'kafka' | 'registry' | 'clickhouse'

/** Each asks one part outside of the process for the least that shows it serves; rejects where it does not. */
export type PartChecks = Readonly<Record<OutsidePart, () => Promise<unknown>>>

/** @param prefix of the topics: the registry is asked for the subject of the content topic */
export function partChecks(
  parts: {
    readonly kafka: Addresses['kafka']
    readonly registry: SchemaRegistry
    readonly clickhouse: ClickHouse
    readonly log: Logger
  },
  prefix: string,
): PartChecks {
  return {
    async kafka() {
      const admin = await connectAdmin(parts.kafka, parts.log)
      await admin.ping().finally(() => admin.close())
    },
    registry: () => parts.registry.compatibilityOf(`${prefix}content-value`),
    async clickhouse() {
      if (!(await parts.clickhouse.ping())) throw new Error('no answer')
    },
  }
}
