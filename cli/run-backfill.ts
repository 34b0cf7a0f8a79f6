import { followErasures } from '../pipelines/erasure-log.ts'
import type { LookAtImage } from '../pipelines/images/look-at-images.ts'
import type { KindDeclaration } from '../pipelines/kind-declaration.ts'
import { backfillStep } from '../pipelines/runtime/backfill-step.ts'
import { deleteGroup, takeStretch } from '../pipelines/runtime/kafka/group-positions.ts'
import { ProcessorRunner } from '../pipelines/runtime/kafka/processor-runner.ts'
import { connectAdmin, type KafkaAdmin } from '../pipelines/runtime/kafka/topic-admin.ts'
import { Pace, paceBesideLive, waitUnless } from '../pipelines/runtime/pace.ts'
import type { ProcessorDeclaration } from '../pipelines/runtime/processor-declaration.ts'
import { scoringStep } from '../pipelines/runtime/scoring-step.ts'
import type { Model } from '../processors/scorer.ts'
import { fullTopicName } from '../schemas/topics.ts'
import type { Services } from './services.ts'

export interface BackfillWish {
  readonly kind: Pick<KindDeclaration, 'processorName' | 'scorer'>
  readonly model: Model<unknown, unknown>
  /** ms since the epoch, by append time; `until` null: what lies on the topic now. */
  readonly from: number
  readonly until: number | null
  /** Records a second, at most. */
  readonly rate: number
  readonly look?: LookAtImage
  /** Ends it early: what was done is kept, and the same call goes on from there. */
  readonly signal: AbortSignal
  readonly onProgress?: (done: number) => void
  /** Told, once a wait, how many records the live processor is behind. */
  readonly onWaiting?: (lag: number) => void
}

export interface BackfillReport {
  /** Records that were scored by this call. */
  readonly scored: number
  /** Records that could not be scored. */
  readonly rejected: number
  /** Whether an earlier call had begun it. */
  readonly isResumed: boolean
  /** Whether it came to its end. */
  readonly isDone: boolean
}

/** A live processor that is further behind than this is not held up: the backfill waits. */
export const LIVE_LAG_MAX = 1_000
const LAG_POLL_MS = 2_000
const POSITION_POLL_MS = 500

/**
 * Scores the content of a stretch of time with another version, in a group of its own, exactly once; the group is deleted at the end.
 * @throws NicrError NICR_KAFKA_UNAVAILABLE; whatever stopped the processor
 */
export async function runBackfill(services: Services, wish: BackfillWish): Promise<BackfillReport> {
  const { config, addresses, codecs, metrics, log } = services
  const { prefix } = config.topics
  const { kind, model, from, until, signal } = wish
  const name = `backfill-${model.card.kind}-${model.card.version}-${from}`
  const kafka = { ...addresses.kafka, clientId: `${addresses.kafka.clientId}-backfill` }
  const group = { groupId: `${prefix}${name}`, topic: fullTopicName(prefix, 'content') }
  const counts = { scored: 0, rejected: 0 }
  const erasures = followErasures({ kafka, topicPrefix: prefix, codecs, log })
  const admin = await connectAdmin(kafka, log)
  let failed: { readonly error: unknown } | null = null
  try {
    await erasures.start()
    const { ends, isResumed } = await takeStretch(kafka, group, { from, until, log })
    const declaration = declareBackfill(name, wish, config.textLengthMax, {
      endOf: partition => ends.get(partition) ?? 0,
      erasures,
      pace: paceOf(wish, () => liveLag(admin, `${prefix}${kind.processorName}`, group.topic)),
      onDone: ({ scored, rejected }) => {
        counts.scored += scored
        counts.rejected += rejected
        wish.onProgress?.(counts.scored)
      },
    })
    const onFailed = (error: unknown) => {
      failed = { error }
    }
    const runner = new ProcessorRunner(declaration, { kafka, config, codecs, metrics, log, onFailed })
    await runner.start()
    let isDone = false
    try {
      const wait = waitUnless(signal)
      while (!signal.aborted && failed === null && !isDone) {
        isDone = await hasReached(admin, group, ends)
        if (!isDone) await wait(POSITION_POLL_MS)
      }
    } finally {
      await runner.stop()
    }
    if (failed !== null) throw (failed as { error: unknown }).error
    if (isDone) await deleteGroup(kafka, group.groupId, log)
    return { ...counts, isResumed, isDone }
  } finally {
    await erasures.stop()
    await admin.close()
  }
}

type Declared = Omit<Parameters<typeof backfillStep>[0], 'scoring' | 'recordsAtOnce'>

/** The processor of a backfill, by the name of its group. */
export function declareBackfill(
  name: string,
  { kind, model, rate, look }: Pick<BackfillWish, 'kind' | 'model' | 'rate' | 'look'>,
  textLengthMax: number,
  parts: Declared,
): ProcessorDeclaration {
  return {
    name,
    reads: ['content'],
    writes: ['scores'],
    stateful: false,
    withoutLetters: true,
    createStep: () =>
      backfillStep({
        ...parts,
        recordsAtOnce: Math.max(1, Math.floor(rate)),
        scoring: scoringStep({
          scorer: kind.scorer,
          model: () => model,
          textLengthMax,
          now: () => Date.now(),
          ...(look && { look }),
        }),
      }),
  }
}

/** One pace for all partitions; the lag of the live processor is asked for now and then. */
function paceOf(
  { rate, signal, onWaiting }: BackfillWish,
  lagOf: () => Promise<number>,
): (records: number) => Promise<void> {
  const clock = { now: () => performance.now(), wait: waitUnless(signal) }
  return paceBesideLive(new Pace(rate, clock), {
    ...clock,
    lagOf,
    lagMax: LIVE_LAG_MAX,
    everyMs: LAG_POLL_MS,
    isStopped: () => signal.aborted,
    onWaiting,
  })
}

/** Records that the live processor has still to read; 0 where none runs: then there is nobody to hold up. */
async function liveLag(admin: KafkaAdmin, group: string, topic: string): Promise<number> {
  return (await admin.lagOf(group, [topic]))?.get(topic) ?? 0
}

async function hasReached(
  admin: KafkaAdmin,
  { groupId, topic }: { readonly groupId: string; readonly topic: string },
  ends: ReadonlyMap<number, number>,
): Promise<boolean> {
  const positions = await admin.positionsOf(groupId, [topic])
  return [...ends].every(([partition, end]) => (positions.get(`${topic}/${partition}`)?.next ?? -1) >= end)
}
