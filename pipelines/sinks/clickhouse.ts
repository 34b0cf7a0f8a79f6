import { deriveId, hashId, type Position } from '../../schemas/ids.ts'
import { type DeadLetter, type RecordOf, schemaOf, type TopicName } from '../../schemas/topics.ts'

/**
 * Records as rows of `<topic>_log`: fields as columns, and where the record lies. Values that JSON or the columns
 * cannot hold are mended here, so that one strange record never stops its neighbours: a lone surrogate becomes
 * U+FFFD, a time out of the column's range its nearest end, NaN and the infinities ClickHouse's own words.
 */

export interface RowPosition extends Position {
  /** The broker's append time, ms since the epoch. */
  readonly appendedAt: number
  /** Where the record lay at first, if it is a replay: an id is derived from there. */
  readonly replayOf?: Position | null
}

export type Row = Readonly<Record<string, unknown>>

/** The row of a record. An id that its producer left empty is derived from where it lies. */
export function rowOf<T extends TopicName>(topic: T, record: RecordOf<T>, position: RowPosition): Row {
  if (topic === 'dead-letters') return deadLetterRow(record as DeadLetter, position)
  const row = converterOf(topic)(record) as Record<string, unknown>
  if (row['id'] === '') row['id'] = deriveId(position.replayOf ?? position)
  return { ...row, ...placeOf(position) }
}

/** The row of an empty value on a compacted topic: its key is removed. */
export function tombstoneRowOf(topic: 'annotators' | 'image-banks', key: string, position: RowPosition): Row {
  const column = topic === 'annotators' ? 'annotator' : 'id'
  return { [column]: key, _deleted: true, ...placeOf(position) }
}

/**
 * The token that makes an insert of these rows idempotent. Beside the offsets it holds the number of rows and the first
 * one's append time: the same offsets may carry other rows when a record that could not be read now can, or when the
 * topic was made anew beside tables that were kept.
 */
export function deduplicationToken(
  topic: string,
  partition: number,
  rows: {
    readonly firstOffset: number
    /** Inclusive. */
    readonly lastOffset: number
    readonly count: number
    /** Append time of the first, ms since the epoch. */
    readonly appendedAt: number
  },
): string {
  const { firstOffset, lastOffset, count, appendedAt } = rows
  return `${topic}:${partition}:${firstOffset}-${lastOffset}:${count}:${appendedAt}`
}

function placeOf({ topic, partition, offset, appendedAt }: RowPosition): Row {
  return { _topic: topic, _partition: partition, _offset: offset, _appended_at: timeIn(appendedAt) }
}

/** Bytes travel in base64, since JSON holds no bytes; the view decodes them. */
function deadLetterRow(record: DeadLetter, position: RowPosition): Row {
  const texts = new Map(record.headers.map(([name, value]) => [name, value?.toString('utf8')]))
  // Kafka Connect's headers are ours; Kafka Streams (KIP-1034) writes its own.
  const error = (name: string) =>
    texts.get(`__connect.errors.${name}`) ?? texts.get(`__streams.errors.${name}`)
  const processor = texts.get('nicr-processor') ?? error('connector.name') ?? ''
  const originTopic = error('topic') ?? ''
  const originPartition = wholeNumber(error('partition'))
  const originOffset = wholeNumber(error('offset'))
  const known = originTopic !== '' && originPartition !== null && originOffset !== null
  return {
    id: known ? hashId([originPartition, originOffset, processor, originTopic]) : deriveId(position),
    code: texts.get('nicr-code') ?? error('exception.class.name') ?? error('exception') ?? '',
    detail: error('exception.message') ?? error('message') ?? '',
    processor,
    originTopic,
    originPartition,
    originOffset,
    key: record.key?.toString('base64') ?? null,
    value: record.value?.toString('base64') ?? null,
    headers: record.headers.map(([name, value]) => ({
      name: wellFormed(name),
      value: value?.toString('base64') ?? null,
    })),
    ...placeOf(position),
  }
}

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null
}

type Convert = (value: unknown) => unknown

/** Converters compiled from the schemas, one a topic. */
const converters = new Map<TopicName, Convert>()

function converterOf(topic: TopicName): Convert {
  const known = converters.get(topic)
  if (known !== undefined) return known
  const compiled = compile(schemaOf(topic))
  converters.set(topic, compiled)
  return compiled
}

/** How values of an Avro type are written as JSON for ClickHouse. */
function compile(type: unknown): Convert {
  if (Array.isArray(type)) {
    const convert = compile(type.find(branch => branch !== 'null'))
    return value => (value === null ? null : convert(value))
  }
  if (typeof type === 'string') return primitives[type] ?? same
  const complex = type as {
    type: string
    logicalType?: string
    items?: unknown
    values?: unknown
    fields?: readonly { name: string; type: unknown }[]
  }
  switch (complex.type) {
    case 'record': {
      const fields = (complex.fields ?? []).map(field => [field.name, compile(field.type)] as const)
      return value => {
        const row: Record<string, unknown> = {}
        for (const [name, convert] of fields) row[name] = convert((value as Record<string, unknown>)[name])
        return row
      }
    }
    case 'array': {
      const convert = compile(complex.items)
      return value => (value as readonly unknown[]).map(convert)
    }
    case 'map': {
      const convert = compile(complex.values)
      return value =>
        Object.fromEntries(
          Object.entries(value as object).map(([key, item]) => [wellFormed(key), convert(item)]),
        )
    }
    case 'long':
      return complex.logicalType === 'timestamp-millis' ? value => timeIn(value as number) : same
    default:
      return same
  }
}

const same: Convert = value => value

const primitives: Readonly<Record<string, Convert>> = {
  string: value => wellFormed(value as string),
  bytes: value => (value as Buffer).toString('base64'),
  double: value => {
    const number = value as number
    if (Number.isFinite(number)) return number
    return Number.isNaN(number) ? 'nan' : number > 0 ? 'inf' : '-inf'
  },
}

/** ClickHouse refuses JSON with half of a surrogate pair. */
function wellFormed(text: string): string {
  return /\p{Surrogate}/u.test(text) ? text.replaceAll(/\p{Surrogate}/gu, '\uFFFD') : text
}

/** DateTime64(3) holds the years 1900 to 2299. */
const TIME_MS_MIN = Date.UTC(1900, 0, 1)
const TIME_MS_MAX = Date.UTC(2300, 0, 1) - 1

function timeIn(ms: number): number {
  return Math.min(Math.max(ms, TIME_MS_MIN), TIME_MS_MAX)
}
