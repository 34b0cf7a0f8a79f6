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

export function headerText(headers: readonly RawHeader[], name: string): string | null {
  for (const [key, value] of headers) if (key === name) return value === null ? null : value.toString('utf8')
  return null
}
