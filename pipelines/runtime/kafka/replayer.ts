import type { Admin, Kafka, Producer } from 'kafkajs'
import type { Logger } from 'pino'
import { NicrError } from '../../../schemas/errors.ts'
import { changelogTopicName } from '../../../schemas/topics.ts'
import { REPLAY_DEAD_LETTERS } from '../../dead-letters/replay-ledger.ts'
import type { Replay } from '../../dead-letters/replay-plan.ts'
import { CompressionTypes, createKafka, type KafkaSettings, RETRY } from './client.ts'
import { createCluster } from './cluster.ts'
import { protocolErrorType } from './errors.ts'
import { LogReader } from './log-reader.ts'
import { PRODUCE_BATCH_BYTES, RECORD_OVERHEAD_BYTES } from './task-transport.ts'
import { takeOver, transactionalProducer } from './transactions.ts'

const RECORDS_AT_ONCE = 500
/** Of other people's topics too, so that a left-open transaction is found on each. */
const FENCED: readonly (string | null)[] = [
  'INVALID_PRODUCER_EPOCH',
  'PRODUCER_FENCED',
  'INVALID_PRODUCER_ID_MAPPING',
]

export interface ReplayerParts {
  readonly kafka: KafkaSettings
  readonly topicPrefix: string
  readonly log: Logger
  /** Partitions of every topic, by full name. */
  readonly partitions: ReadonlyMap<string, number>
  /** Who replays, and the clock in ms, for the record of what was replayed. */
  readonly by: string
  readonly now: () => number
}

/** What became of a batch of replays. */
export interface Written {
  readonly written: readonly Replay[]
  /** Those that the topic does not take: too large with the two headers. */
  readonly tooLarge: readonly Replay[]
}

/**
 * Writes replays, each once: the record and the note that its letter was replayed go in one transaction. The notes lie on a
 * compacted topic, read before anything is written; a replay that begins fences the one before it.
 */
export class Replayer {
  private readonly parts: ReplayerParts
  private readonly kafka: Kafka
  private readonly admin: Admin
  private readonly ledger: string
  private readonly transactionalId: string
  private producer: Producer | null = null

  constructor(parts: ReplayerParts) {
    this.parts = parts
    this.kafka = createKafka(parts.kafka, parts.log)
    this.admin = this.kafka.admin({ retry: RETRY })
    this.ledger = changelogTopicName(parts.topicPrefix, REPLAY_DEAD_LETTERS)
    this.transactionalId = `${parts.topicPrefix}${REPLAY_DEAD_LETTERS}/0`
  }

  /**
   * Letters that were replayed before.
   * @param fence whether to take over from another replay that may still run; without, nothing is written
   * @throws NicrError NICR_KAFKA_UNAVAILABLE if the topic of notes is not there
   */
  async open({ fence }: { readonly fence: boolean }): Promise<ReadonlySet<string>> {
    if (!this.parts.partitions.has(this.ledger))
      throw new NicrError('NICR_KAFKA_UNAVAILABLE', `topic ${this.ledger} does not exist; run \`nicr apply\``)
    await this.admin.connect()
    if (fence) this.producer = await this.takeOver()
    const replayed = new Set<string>()
    const reader = new LogReader(this.kafka)
    try {
      for await (const records of reader.read(this.ledger, 0))
        for (const { key, value } of records)
          if (key !== null) value === null ? replayed.delete(String(key)) : replayed.add(String(key))
    } finally {
      await reader.close()
    }
    return replayed
  }

  /** @throws NicrError NICR_REPLAY_FENCED if another replay began meanwhile; what was not written is not noted either */
  async write(replays: readonly Replay[]): Promise<Written> {
    const written: Replay[] = []
    const tooLarge: Replay[] = []
    for (const piece of cut(replays)) {
      const isWritten = await this.writePiece(piece)
      if (isWritten) written.push(...piece)
      else if (piece.length === 1) tooLarge.push(...piece)
      else
        for (const one of piece)
          if (await this.writePiece([one])) written.push(one)
          else tooLarge.push(one)
    }
    return { written, tooLarge }
  }

  /** Forgets the notes of letters that are no longer there, so that the notes do not grow for ever. */
  async forget(letterKeys: readonly string[]): Promise<void> {
    if (letterKeys.length === 0) return
    await this.transact([{ topic: this.ledger, messages: letterKeys.map(key => note(key, null)) }])
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.producer?.disconnect(), this.admin.disconnect()])
  }

  /** False: a record is too large for its topic, and nothing was written. */
  private async writePiece(piece: readonly Replay[]): Promise<boolean> {
    const { by, now } = this.parts
    const topics = new Map<string, object[]>()
    for (const { topic, partition, key, value, headers } of piece) {
      const messages = topics.get(topic) ?? []
      topics.set(topic, messages)
      messages.push({ partition, key, value, headers })
    }
    const notes = piece.map(({ letterKey, processor }) =>
      note(letterKey, JSON.stringify({ for: processor, by, at: now() })),
    )
    try {
      await this.transact([
        ...[...topics].map(([topic, messages]) => ({ topic, messages })),
        { topic: this.ledger, messages: notes },
      ])
      return true
    } catch (error) {
      if (protocolErrorType(error) === 'MESSAGE_TOO_LARGE') return false
      throw error
    }
  }

  private async transact(
    topicMessages: readonly { topic: string; messages: readonly object[] }[],
  ): Promise<void> {
    if (this.producer === null) throw new Error('a replayer that was opened to look writes nothing')
    try {
      const transaction = await this.producer.transaction()
      try {
        await transaction.sendBatch({
          topicMessages: topicMessages as never,
          compression: CompressionTypes.GZIP,
          acks: -1,
        })
        await transaction.commit()
      } catch (error) {
        await transaction.abort().catch(() => undefined)
        throw error
      }
    } catch (cause) {
      if (!FENCED.includes(protocolErrorType(cause))) throw cause
      throw new NicrError(
        'NICR_REPLAY_FENCED',
        'another replay began; run this one again once that is done',
        {
          cause,
        },
      )
    }
  }

  private async takeOver(): Promise<Producer> {
    const { transactionalId } = this
    const { topicPrefix, partitions } = this.parts
    const producer = transactionalProducer(this.kafka, transactionalId)
    const cluster = createCluster(this.kafka)
    try {
      await cluster.connect()
      const own = [...partitions].filter(([topic]) => topic.startsWith(topicPrefix))
      const topics = own
        .filter(([topic]) => topic === this.ledger || !topic.endsWith('-changelog'))
        .map(([topic, count]) => ({ topic, partitions: Array.from({ length: count }, (_, index) => index) }))
      await takeOver(producer, cluster, {
        transactionalId,
        group: `${topicPrefix}${REPLAY_DEAD_LETTERS}`,
        topics,
      })
    } finally {
      await cluster.disconnect()
    }
    return producer
  }
}

function note(letterKey: string, value: string | null): object {
  return { partition: 0, key: letterKey, value }
}

/** Pieces that a record batch of the broker holds; a record that is too large for one goes alone. */
function cut(replays: readonly Replay[]): Replay[][] {
  const pieces: Replay[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const replay of replays) {
    const size = sizeOf(replay)
    if (bytes + size > PRODUCE_BATCH_BYTES || pieces.at(-1)!.length === RECORDS_AT_ONCE) {
      pieces.push([])
      bytes = 0
    }
    pieces.at(-1)!.push(replay)
    bytes += size
  }
  return pieces
}

function sizeOf({ key, value, headers }: Replay): number {
  let bytes = RECORD_OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0)
  for (const [name, header] of headers) bytes += name.length + (header?.length ?? 0)
  return bytes
}
