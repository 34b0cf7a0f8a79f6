import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { NicrError } from '../../../schemas/errors.ts'
import { within } from '../within.ts'
import { createKafka, type KafkaSettings } from './client.ts'
import { protocolErrorType, retriable } from './errors.ts'
import { LogReader } from './log-reader.ts'
import type { FetchedRecord } from './record-batch.ts'

const START_MS_MAX = 30_000
const CATCH_UP_MS_MAX = 10_000
const REQUEST_MS_MAX = 5_000
const FIRST_WAIT_MS = 100
const WAIT_MS_MAX = 2_000

/**
 * Follows a partition from its first record on, outside any consumer group: every replica reads all of it, and none
 * leaves anything behind on the broker. Batches are handed over one after the other; one that is refused (a rejected
 * promise) comes again.
 */
export class LogFollower {
  private readonly topic: string
  private readonly startMsMax: number
  private readonly log: Logger
  private readonly onRecords: (records: readonly FetchedRecord[]) => Promise<void>
  private readonly reader: LogReader
  /** Of its own: a fetch that waits for records holds up what is asked on its connection. */
  private readonly asker: LogReader
  private readonly stopped = new AbortController()
  private readonly waiting = new Set<{ readonly offset: number; readonly reached: () => void }>()
  private position: number | null = null
  private end: number | null = null
  private lastError: unknown = null
  private running: Promise<void> = Promise.resolve()

  /** @param settings `topic` is the full name; partition 0 is followed; `startMsMax` bounds `start` */
  constructor(
    settings: { readonly kafka: KafkaSettings; readonly topic: string; readonly startMsMax?: number },
    parts: { log: Logger; onRecords: (records: readonly FetchedRecord[]) => Promise<void> },
  ) {
    this.topic = settings.topic
    this.startMsMax = settings.startMsMax ?? START_MS_MAX
    this.log = parts.log
    this.onRecords = parts.onRecords
    const kafka = createKafka(settings.kafka, parts.log, { requestTimeoutMs: REQUEST_MS_MAX })
    this.reader = new LogReader(kafka)
    this.asker = new LogReader(kafka)
  }

  /**
   * Resolves once everything that lay on the partition was handed over.
   * @throws NicrError NICR_KAFKA_UNAVAILABLE if that takes too long, or there is no such topic
   */
  async start(): Promise<void> {
    try {
      await within(this.startMsMax, this.readToEnd(), () => this.tooLate())
    } catch (error) {
      await this.stop()
      throw error
    }
    this.running = this.run(() => this.stopped.signal.aborted)
  }

  /**
   * Resolves once everything that lies on the partition now was handed over.
   * @throws what kafkajs takes for passing, if the broker does not answer
   */
  async catchUp(): Promise<void> {
    const late = () => retriable(`${this.topic} was not read to its end within ${CATCH_UP_MS_MAX} ms`)
    let waiter: { offset: number; reached: () => void } | undefined
    const reached = this.asker.endOf(this.topic, 0).then(
      offset =>
        new Promise<void>(resolve => {
          if ((this.position ?? 0) >= offset) return resolve()
          waiter = { offset, reached: resolve }
          this.waiting.add(waiter)
        }),
    )
    try {
      await within(CATCH_UP_MS_MAX, reached, late)
    } finally {
      if (waiter !== undefined) this.waiting.delete(waiter)
    }
  }

  async stop(): Promise<void> {
    this.stopped.abort()
    await this.running
    await Promise.all([this.reader.close(), this.asker.close()])
  }

  private async readToEnd(): Promise<void> {
    await this.run(
      () => this.stopped.signal.aborted || (this.end !== null && (this.position ?? 0) >= this.end),
    )
  }

  private async run(isDone: () => boolean): Promise<void> {
    for (let waitMs = 0; !isDone(); ) {
      try {
        await this.step()
        waitMs = 0
      } catch (error) {
        if (this.stopped.signal.aborted) return
        this.lastError = error
        if (protocolErrorType(error) === 'UNKNOWN_TOPIC_OR_PARTITION' && this.position === null)
          throw this.missing()
        if (waitMs === 0)
          this.log.warn({ topic: this.topic, error: String(error) }, 'cannot read on; trying again')
        waitMs = Math.min(Math.max(waitMs * 2, FIRST_WAIT_MS), WAIT_MS_MAX)
        await delay(waitMs, undefined, { signal: this.stopped.signal }).catch(() => undefined)
      }
    }
  }

  private async step(): Promise<void> {
    const { records, nextOffset, end } = await this.reader.readFrom(this.topic, 0, this.position)
    if (records.length > 0) await this.onRecords(records)
    this.position = nextOffset
    this.end = end
    for (const waiter of this.waiting) if (waiter.offset <= nextOffset) waiter.reached()
  }

  private missing(): NicrError {
    return new NicrError('NICR_KAFKA_UNAVAILABLE', `topic ${this.topic} does not exist; run \`nicr apply\``)
  }

  private tooLate(): NicrError {
    const why = this.lastError === null ? '' : `: ${(this.lastError as Error).message}`
    return new NicrError(
      'NICR_KAFKA_UNAVAILABLE',
      `${this.topic} could not be read within ${this.startMsMax / 1000} s${why}; do the brokers and the registry answer?`,
    )
  }
}
