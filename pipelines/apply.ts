import { planClickHouse } from './apply/migrations.ts'
import { planSchemas } from './apply/schemas.ts'
import { planTopics, type TopicAdmin } from './apply/topics.ts'
import type { ClickHouse } from './clickhouse.ts'
import type { Config } from './config.ts'
import type { SchemaRegistry } from './schema-registry.ts'

/** One thing that should be, and what is needed to make it so. */
export interface Step {
  /** Such as `topic nicr.content`, `schema nicr.content-value` or `migration 0001_content`. */
  readonly what: string
  readonly action: 'create' | 'update' | 'keep'
  /** Anything worth saying about it. */
  readonly detail?: string
}

/** A step that is not taken yet. Taking it twice, or in two processes at once, does no harm. */
export interface PlannedStep extends Step {
  readonly run: () => Promise<void>
}

export interface ApplyParts {
  readonly config: Pick<Config, 'topics'>
  readonly admin: TopicAdmin
  readonly registry: SchemaRegistry
  readonly clickhouse: ClickHouse
  /** Processors that keep state: each has a changelog with as many partitions as its input. */
  readonly changelogs?: readonly { readonly processor: string; readonly partitions: 'data' | 'control' }[]
  /** Called with each step once it is taken (or, in a dry run, would be). */
  readonly report?: (step: Step) => void
}

/** Partitions of the data topics at a first apply where NICR_PARTITIONS does not say. */
export const PARTITIONS_DEFAULT = 12

/**
 * Makes topics, schemas and ClickHouse tables as this version of Nicr needs them: what is missing is created, what
 * differs is changed, and nothing is ever deleted. Safe to repeat and to run in several processes at once.
 *
 * @throws NicrError NICR_SCHEMA_INCOMPATIBLE, NICR_MIGRATION_CHANGED, or that a part is unavailable; what was done
 * until then stays done, and the next apply goes on from there
 */
export async function apply(
  parts: ApplyParts,
  options: { readonly dryRun?: boolean; readonly partitionsDefault?: number } = {},
): Promise<readonly Step[]> {
  const { dryRun = false, partitionsDefault = PARTITIONS_DEFAULT } = options
  const steps: Step[] = []
  // Each part is planned when its turn comes, so that a part that is down does not hide what the others need.
  for (const plan of [planTopics, planSchemas, planClickHouse]) {
    for (const { run, ...step } of await plan(parts, partitionsDefault)) {
      if (!dryRun && step.action !== 'keep') await run()
      steps.push(step)
      parts.report?.(step)
    }
  }
  return steps
}
