import { planClickHouse } from './apply/migrations.ts'
import type { ApplyParts, Step } from './apply/planned-step.ts'
import { planSchemas } from './apply/schemas.ts'
import { planTopics } from './apply/topics.ts'

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
