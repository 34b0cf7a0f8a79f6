import type { ErrorCode } from '../../schemas/errors.ts'
import type { OutputRecord, RawHeader, RawRecord } from './records.ts'

/** A record that a processor could not use, and why. */
export interface Rejection {
  readonly record: RawRecord
  readonly code: ErrorCode
  readonly detail: string
}

/** Details are for people; a longer one would only fill the topic. */
const DETAIL_LENGTH_MAX = 1000

/**
 * The dead letter of a rejected record: its key, value and headers untouched, plus Kafka Connect's headers, the
 * processor that rejected it and the code.
 *
 * Source: https://docs.confluent.io/platform/current/connect/index.html#dead-letter-queue
 */
export function deadLetter(
  rejection: Rejection,
  origin: { topic: string; partition: number; processor: string; group: string },
): OutputRecord {
  const { record, code, detail } = rejection
  const added: [string, string][] = [
    ['__connect.errors.topic', origin.topic],
    ['__connect.errors.partition', String(origin.partition)],
    ['__connect.errors.offset', String(record.offset)],
    ['__connect.errors.connector.name', origin.group],
    ['__connect.errors.task.id', String(origin.partition)],
    [
      '__connect.errors.stage',
      code.startsWith('NICR_RECORD') || code.startsWith('NICR_SCHEMA') ? 'VALUE_CONVERTER' : 'TASK_PUT',
    ],
    ['__connect.errors.class.name', origin.processor],
    ['__connect.errors.exception.class.name', code],
    ['__connect.errors.exception.message', detail.slice(0, DETAIL_LENGTH_MAX)],
    ['nicr-processor', origin.processor],
    ['nicr-code', code],
  ]
  const headers: RawHeader[] = [
    ...record.headers,
    ...added.map(([key, value]): RawHeader => [key, Buffer.from(value)]),
  ]
  return {
    destination: { topic: 'dead-letters' },
    partition: null,
    key: record.key,
    value: record.value,
    headers,
  }
}

/**
 * Counts rejections in a row. Many of them mean a bad deploy or a foreign topic, not bad records: then the processor
 * stops, with nothing committed, instead of emptying the topic into the dead letters.
 */
export class DeadLetterBudget {
  private inARow = 0
  private readonly inARowMax: number

  constructor(inARowMax: number) {
    this.inARowMax = inARowMax
  }

  /** One outcome per record in order; true while the budget holds. */
  count(accepted: boolean): boolean {
    this.inARow = accepted ? 0 : this.inARow + 1
    return this.inARow <= this.inARowMax
  }
}
