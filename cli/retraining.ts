import { createSampleChooser } from '../jobs/choose-samples/sample-chooser.ts'
import { RETRAIN_WRITES } from '../jobs/retrain/loop-writer.ts'
import { RetrainJob } from '../jobs/retrain/retrain-job.ts'
import { RetrainMetrics } from '../jobs/retrain/retrain-metrics.ts'
import { trainRequests } from '../jobs/retrain/train-request.ts'
import type { LookAtImage } from '../pipelines/images/look-at-images.ts'
import type { KindDeclaration, LoopKind } from '../pipelines/kind-declaration.ts'
import { kinds } from '../pipelines/kinds.ts'
import { createLoopFigures } from '../pipelines/loop-figures.ts'
import { languagesOfVersion, registryOf } from '../pipelines/model-registry.ts'
import { defaultVersions } from '../pipelines/promotion-log.ts'
import { LeaseRunner } from '../pipelines/runtime/kafka/lease-runner.ts'
import type { RetrainStep } from '../schemas/records.ts'
import type { Runner, Services } from './services.ts'

/** Also the last part of its consumer group. */
export const RETRAIN_NAME = 'retrain'

export interface RetrainingOptions {
  /** The kinds to look after; every one that has a loop unless given. */
  readonly kinds?: readonly string[]
  /** How this process looks at pictures; without it no kind that reads them is trained. */
  readonly look?: LookAtImage
  readonly onFailed: (error: unknown) => void
  readonly onStep?: (step: RetrainStep) => void
}

/** The job that closes the loop, as a member of its group: of any number of them one works at a time. */
export async function createRetraining(
  services: Services,
  { kinds: wanted, look, onFailed, onStep }: RetrainingOptions,
): Promise<Runner> {
  const { config, addresses, codecs, clickhouse, prometheus, metrics } = services
  const log = services.log.child({ processor: RETRAIN_NAME })
  const registry = registryOf(config)
  const kafka = { ...addresses.kafka, clientId: `${addresses.kafka.clientId}-${RETRAIN_NAME}` }
  const topicPrefix = config.topics.prefix
  const job = new RetrainJob({
    kinds: loopKinds(wanted),
    registry,
    defaultOf: await defaultVersions(registry),
    logs: { kafka, topicPrefix, codecs, log },
    codecs,
    figures: createLoopFigures(clickhouse),
    samples: createSampleChooser({
      clickhouse,
      kinds,
      languagesOf: (kind, version) => languagesOfVersion(kind, version, registry),
    }),
    metrics: new RetrainMetrics(prometheus),
    log,
    train: trainRequests({ clickhouse, registry, dataDir: config.dataDir, ...(look && { look }) }),
    now: () => Date.now(),
    ...(onStep && { onStep }),
  })
  return new LeaseRunner({
    name: RETRAIN_NAME,
    topic: 'retrain-requests',
    writes: RETRAIN_WRITES,
    kafka,
    topicPrefix,
    log,
    watch: metrics.groups.of(RETRAIN_NAME),
    onFailed: error => {
      metrics.setFailed(RETRAIN_NAME)
      onFailed(error)
    },
    work: lease => job.work(lease),
  })
}

/** The kinds to look after. @param wanted every one that has a loop unless given */
export function loopKinds(wanted?: readonly string[]): LoopKind[] {
  return Object.values<KindDeclaration>(kinds).filter(
    (kind): kind is LoopKind => kind.loop !== undefined && (wanted?.includes(kind.kind) ?? true),
  )
}
