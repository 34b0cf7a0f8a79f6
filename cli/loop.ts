import { kinds } from '../pipelines/kinds.ts'
import { followLoop, type LoopLog } from '../pipelines/loop-log.ts'
import { manualRequest, saidAutomation } from '../pipelines/loop-records.ts'
import { Publisher } from '../pipelines/runtime/kafka/publisher.ts'
import { versionOf } from '../processors/fold-promotions.ts'
import { isPaused, openOf } from '../processors/retrain/loop-state.ts'
import type { Automation, RetrainRequest, RetrainStep } from '../schemas/records.ts'
import { caller } from './caller.ts'
import { openModels } from './models.ts'
import type { Services } from './services.ts'

/** The loop as commands see it: what its topics come to. */

/** Follows the loop until it is stopped. @throws NicrError NICR_KAFKA_UNAVAILABLE, NICR_REGISTRY_UNAVAILABLE */
export async function openLoop({ config, addresses, codecs, log }: Services): Promise<LoopLog> {
  const { defaultOf } = await openModels(config)
  const logs = { kafka: addresses.kafka, topicPrefix: config.topics.prefix, codecs, log }
  return followLoop(logs, defaultOf)
}

/** What is open and what is paused, kind by kind. */
export interface LoopStatus {
  readonly kind: string
  readonly paused: Automation | null
  readonly requests: readonly { readonly request: RetrainRequest; readonly last: RetrainStep | null }[]
}

/** Of every kind that has a loop. @throws NicrError as `openLoop` */
export async function readLoopStatus(services: Services): Promise<readonly LoopStatus[]> {
  const loop = await openLoop(services)
  const { state } = loop
  await loop.stop()
  return Object.values(kinds)
    .filter(kind => kind.loop !== undefined)
    .map(({ kind }) => ({
      kind,
      paused: isPaused(state, kind) ? (state.automation.get(kind) ?? null) : null,
      requests: openOf(state, kind),
    }))
}

/** Writes a request of a person for a kind. @throws NicrError NICR_KAFKA_UNAVAILABLE, … */
export async function requestByHand(
  services: Services,
  loop: LoopLog,
  { kind, reason }: { readonly kind: string; readonly reason: string },
): Promise<RetrainRequest> {
  const { defaultOf } = await openModels(services.config)
  const request = manualRequest(
    { kind, reason, by: caller(), now: Date.now() },
    versionOf(loop.promotions, kind, 'CHAMPION', defaultOf),
  )
  await publishOne(services, publisher =>
    publisher.publish('retrain-requests', [{ key: kind, value: request }]),
  )
  return request
}

/** Pauses or resumes a kind. @throws NicrError NICR_KAFKA_UNAVAILABLE, … */
export async function sayAutomation(
  services: Services,
  { kind, paused, reason }: { readonly kind: string; readonly paused: boolean; readonly reason: string },
): Promise<Automation> {
  const value = saidAutomation({ kind, reason, by: caller(), now: Date.now() }, paused)
  await publishOne(services, publisher => publisher.publish('automation', [{ key: kind, value }]))
  return value
}

async function publishOne(services: Services, publish: (publisher: Publisher) => Promise<unknown>) {
  const { addresses, config, codecs, log } = services
  const publisher = new Publisher({ kafka: addresses.kafka, topicPrefix: config.topics.prefix, codecs, log })
  try {
    await publisher.start()
    await publish(publisher)
  } finally {
    await publisher.stop()
  }
}
