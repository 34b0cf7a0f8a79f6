import { pathToFileURL } from 'node:url'
import type { LoopLog } from '../../pipelines/loop-log.ts'
import type { ModelFolder } from '../../pipelines/model-manifest.ts'
import type { Lease } from '../../pipelines/runtime/kafka/lease-runner.ts'
import type { OutputRecord } from '../../pipelines/runtime/records.ts'
import type { TopicCodecs } from '../../pipelines/runtime/topic-codecs.ts'
import { movesOf, type PromotedAlias } from '../../processors/fold-promotions.ts'
import { RETRAIN_JOB, type SaidStep } from '../../processors/retrain/next-move.ts'
import { promotionId, retrainStepId } from '../../schemas/ids.ts'
import type { LabelSample, ModelPromotion, RetrainStep } from '../../schemas/records.ts'
import type { TopicName } from '../../schemas/topics.ts'

/** Topics that the job writes. */
export const RETRAIN_WRITES = ['retrain-steps', 'model-promotions', 'label-samples'] as const

/** A record that the job writes. */
export interface Output {
  readonly topic: (typeof RETRAIN_WRITES)[number]
  readonly key: string
  readonly value: RetrainStep | ModelPromotion | LabelSample
}

export interface LoopWriterParts {
  readonly lease: Lease
  readonly loop: LoopLog
  readonly codecs: TopicCodecs
  /** Wall clock, ms since the epoch. */
  readonly now: () => number
  /** Told of every step that was written. */
  readonly onStep?: (step: RetrainStep) => void
}

/** Where an alias is to move, and why. */
export interface MoveWish {
  readonly alias: PromotedAlias
  /** The version's; null takes the alias away. */
  readonly folder: ModelFolder | null
  readonly requestId: string | null
  readonly detail: string
  /** Of the content that a challenger answers; 0 unless given. */
  readonly share?: number
}

/** Makes the records of moves, and writes those that belong together in one transaction. */
export class LoopWriter {
  private readonly parts: LoopWriterParts

  constructor(parts: LoopWriterParts) {
    this.parts = parts
  }

  step(kind: string, said: SaidStep): Output {
    const { requestId, step, task, progress, figures, detail, modelVersion } = said
    const at = this.parts.now()
    const value: RetrainStep = {
      id: retrainStepId({ requestId, step, task, at }),
      requestId,
      kind,
      step,
      task,
      progress,
      figures,
      detail,
      modelVersion,
      at,
    }
    return { topic: 'retrain-steps', key: requestId, value }
  }

  move(kind: string, { alias, folder, requestId, detail, share = 0 }: MoveWish): Output {
    const { loop, now } = this.parts
    const previous = movesOf(loop.promotions, kind, alias).at(-1)?.promotion.version || null
    const at = now()
    const version = folder?.manifest.version ?? ''
    const value: ModelPromotion = {
      id: promotionId({ kind, alias, version, previous, at }),
      kind,
      alias,
      version,
      artifact: folder === null ? '' : pathToFileURL(folder.path).href,
      digest: folder?.manifest.digest ?? '',
      previous,
      share: alias === 'CHAMPION' ? 1 : share,
      reason: detail,
      requestId,
      by: RETRAIN_JOB,
      at,
    }
    return { topic: 'model-promotions', key: kind, value }
  }

  /**
   * Writes all or none, and resolves once steps and promotions were read back: the marker of a transaction is written a moment
   * after it was answered, and the next move must know of this one.
   * @throws NicrError NICR_KAFKA_UNAVAILABLE, NICR_REGISTRY_UNAVAILABLE; what kafkajs throws
   */
  async write(...outputs: readonly Output[]): Promise<void> {
    const { lease, loop, codecs, onStep } = this.parts
    for (const topic of RETRAIN_WRITES) await codecs.of<TopicName>(topic).open()
    const records = outputs.map(
      ({ topic, key, value }): OutputRecord => ({
        destination: { topic },
        partition: 0,
        key: Buffer.from(key),
        value: codecs.of<TopicName>(topic).encode(value),
        headers: [],
      }),
    )
    await lease.commit(records, loop.requestsRead)
    await loop.until(outputs.flatMap(({ value }) => ('id' in value ? [value.id] : [])))
    for (const { topic, value } of outputs) if (topic === 'retrain-steps') onStep?.(value as RetrainStep)
  }
}
