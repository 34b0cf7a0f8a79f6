import type { Position } from '../../schemas/ids.ts'
import {
  headerText,
  OMITTED_HEADER,
  type RawHeader,
  type RawRecord,
  REPLAY_HEADER,
  REPLAY_OF_HEADER,
  replayedPlace,
  UNREADABLE_HEADER,
} from '../runtime/records.ts'

/** A dead letter, taken apart: the record as it was, and what was said of it. */
export interface Letter {
  /** Where the dead letter lies; `topic` is the full name. */
  readonly place: Position
  /** When the broker appended it, ms since the epoch. */
  readonly at: number
  readonly writer: 'NICR' | 'CONNECT' | 'STREAMS' | 'UNKNOWN'
  /** Nicr's code, or the class of another tool's exception; empty where nothing is said. */
  readonly code: string
  readonly detail: string
  /** Who could not use the record: a processor, or a connector; null where nothing is said, as by Kafka Streams. */
  readonly processor: string | null
  /** Where the record lay; null where nothing is said. */
  readonly origin: Position | null
  /** Where it lay at first, if what failed was a replay of it. */
  readonly replayOf: Position | null
  readonly key: Buffer | null
  readonly value: Buffer | null
  /** As its producer wrote them, without what dead letters and replays add. */
  readonly headers: readonly RawHeader[]
  /** What the writer of the dead letter added. */
  readonly added: readonly RawHeader[]
  /** Why there is no value, where the letter left it behind; null otherwise. */
  readonly omitted: string | null
  /** Whether it stands for a whole batch that could not be read. */
  readonly isBatch: boolean
}

const CONNECT = '__connect.errors.'
const STREAMS = '__streams.errors.'
/** The header that each writer adds first: a record that was a dead letter before holds it more than once. */
const FIRST = new Set([`${CONNECT}topic`, `${STREAMS}exception`])

/**
 * Takes a dead letter of Nicr, Kafka Connect or Kafka Streams (KIP-1034) apart.
 *
 * Sources: https://docs.confluent.io/platform/current/connect/index.html#dead-letter-queue,
 * https://cwiki.apache.org/confluence/display/KAFKA/KIP-1034%3A+Dead+letter+queue+in+Kafka+Streams
 */
export function readLetter(
  record: RawRecord,
  { topic, partition }: Pick<Position, 'topic' | 'partition'>,
): Letter {
  const { own, added } = takeApart(record.headers)
  const said = (name: string) => headerText(added, CONNECT + name) ?? headerText(added, STREAMS + name)
  const code = headerText(added, 'nicr-code')
  // Kafka Streams writes the exception as `class: message`.
  const exception = said('exception.class.name') ?? said('exception')?.split(':', 1)[0]
  const { headers, replayOf } = withoutReplay(own)
  return {
    place: { topic, partition, offset: record.offset },
    at: record.appendedAt,
    writer: code === null ? writerOf(added) : 'NICR',
    code: code ?? exception ?? '',
    detail: said('exception.message') ?? said('message') ?? '',
    processor: headerText(added, 'nicr-processor') ?? headerText(added, `${CONNECT}connector.name`),
    origin: originOf(said),
    replayOf,
    key: record.key,
    value: record.value,
    headers,
    added,
    omitted: headerText(added, OMITTED_HEADER),
    isBatch: headerText(own, UNREADABLE_HEADER) !== null,
  }
}

function takeApart(headers: readonly RawHeader[]): { own: RawHeader[]; added: RawHeader[] } {
  const start = headers.findLastIndex(([name]) => FIRST.has(name))
  const own = start < 0 ? [...headers] : headers.slice(0, start)
  const added: RawHeader[] = []
  for (const header of start < 0 ? [] : headers.slice(start)) (isAdded(header) ? added : own).push(header)
  return { own, added }
}

function isAdded([name]: RawHeader): boolean {
  return (
    name.startsWith(CONNECT) ||
    name.startsWith(STREAMS) ||
    name === 'nicr-processor' ||
    name === 'nicr-code' ||
    name === OMITTED_HEADER
  )
}

/** A replay's headers are its last two. */
function withoutReplay(headers: readonly RawHeader[]): {
  headers: readonly RawHeader[]
  replayOf: Position | null
} {
  const isReplay = headers.at(-2)?.[0] === REPLAY_HEADER && headers.at(-1)?.[0] === REPLAY_OF_HEADER
  return isReplay
    ? { headers: headers.slice(0, -2), replayOf: replayedPlace(headers) }
    : { headers, replayOf: null }
}

function writerOf(added: readonly RawHeader[]): Letter['writer'] {
  if (added.some(([name]) => name.startsWith(STREAMS))) return 'STREAMS'
  return added.length > 0 ? 'CONNECT' : 'UNKNOWN'
}

function originOf(said: (name: string) => string | null): Position | null {
  const topic = said('topic')
  const partition = wholeNumber(said('partition'))
  const offset = wholeNumber(said('offset'))
  return topic === null || topic === '' || partition === null || offset === null
    ? null
    : { topic, partition, offset }
}

function wholeNumber(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null
}
