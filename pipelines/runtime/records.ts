import { type Position, parseDerivedId } from '../../schemas/ids.ts'
import type { TopicName } from '../../schemas/topics.ts'

/** Records as the transports carry them: bytes, with where they lay. */

export type RawHeader = readonly [key: string, value: Buffer | null]

export interface RawRecord {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly RawHeader[]
  readonly offset: number
  /** The broker's append time, ms since the epoch. */
  readonly appendedAt: number
}

/** Records of one partition in offset order, and the next offset to read after them (aborted and control records count). */
export interface RawBatch {
  readonly topic: TopicName
  readonly partition: number
  readonly records: readonly RawRecord[]
  readonly nextOffset: number
}

/** A record to write to a topic, named without prefix, or to a processor's changelog. */
export interface OutputRecord {
  readonly destination: OutputTopic
  /** null: chosen by the key. Changelogs name it: state lies beside its input. */
  readonly partition: number | null
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly RawHeader[]
}

export type OutputTopic = { readonly topic: TopicName } | { readonly changelogOf: string }

/** Header that names the processor a replayed record is meant for; others skip it. */
export const REPLAY_HEADER = 'nicr-for'
/** Header that says where a replayed record lay at first: `topic:partition:offset`, as ids are derived from it. */
export const REPLAY_OF_HEADER = 'nicr-replay-of'
/** Says of a dead letter without its value how large that was. */
export const OMITTED_HEADER = 'nicr-value-omitted'
/** Says of a record that it stands for a whole batch that could not be read, and why. */
export const UNREADABLE_HEADER = 'nicr-batch-unreadable'

/** Whether a processor is to read the record: a replay is for one processor only. */
export function isMeantFor(processor: string, headers: readonly RawHeader[]): boolean {
  if (headers.length === 0) return true
  const meant = headerText(headers, REPLAY_HEADER)
  return meant === null || meant === processor
}

/** Whether the record is a replay: readers that are no processors have read it before. */
export function isReplay(headers: readonly RawHeader[]): boolean {
  return headers.length > 0 && headerText(headers, REPLAY_HEADER) !== null
}

/** Where a replayed record lay at first; null where it is none, or does not say. */
export function replayedPlace(headers: readonly RawHeader[]): Position | null {
  if (headers.length === 0) return null
  return parseDerivedId(headerText(headers, REPLAY_OF_HEADER) ?? '')
}

export function headerText(headers: readonly RawHeader[], name: string): string | null {
  for (const [key, value] of headers) if (key === name) return value === null ? null : value.toString('utf8')
  return null
}
