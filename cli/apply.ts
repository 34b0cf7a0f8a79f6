import type { Step } from '../pipelines/apply/planned-step.ts'
import { apply } from '../pipelines/apply.ts'
import { connectAdmin } from '../pipelines/runtime/kafka/topic-admin.ts'
import { changelogs } from '../pipelines/topology.ts'
import type { Services } from './services.ts'

/** Topics, schemas and tables as this version needs them. */
export async function applyAll(
  services: Services,
  options: {
    readonly dryRun?: boolean
    readonly partitionsDefault?: number
    readonly report?: (step: Step) => void
  },
): Promise<readonly Step[]> {
  const { config, addresses, log, registry, clickhouse } = services
  const admin = await connectAdmin(addresses.kafka, log)
  try {
    const { report, ...rest } = options
    return await apply(
      {
        changelogs: changelogs(),
        config,
        admin,
        registry,
        clickhouse,
        ...(report === undefined ? {} : { report }),
      },
      rest,
    )
  } finally {
    await admin.close()
  }
}

/** `15 created, 2 updated, 30 as they were`. */
export function summarise(steps: readonly Step[]): string {
  const count = (action: Step['action']) => steps.filter(step => step.action === action).length
  const parts = [`${count('create')} created`, `${count('update')} updated`, `${count('keep')} as they were`]
  return parts.filter(part => !part.startsWith('0 ')).join(', ')
}
