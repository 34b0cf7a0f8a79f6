import type { ErrorCode } from '../schemas/errors.ts'
import type { RecordOf, TopicName } from '../schemas/topics.ts'

/**
 * The processor contract: it decides and nothing else. No clock, no randomness, no I/O: time comes in with the
 * record, what should happen goes out as a value. Nothing emitted means filtered; a rejection becomes a dead
 * letter; a throw is a bug and stops the partition.
 */

/** A record as a processor sees it: decoded, with where it lay. */
export interface Incoming<Topic extends TopicName = TopicName> {
  readonly topic: Topic
  readonly partition: number
  readonly offset: number
  readonly key: string | null
  readonly value: RecordOf<Topic>
  /** The broker's append time, ms since the epoch. Event time is never trusted more than 5 min beyond it. */
  readonly appendedAt: number
}

/** A record to write. The key decides the partition (murmur2, as Java's client does). */
export type Emitted<Topic extends TopicName = TopicName> = {
  [T in Topic]: { readonly topic: T; readonly key: string; readonly value: RecordOf<T> }
}[Topic]

export type Outcome<State, Out extends TopicName> =
  | {
      /** The new state of the record's key; undefined forgets the key (a tombstone on the changelog). */
      readonly state: State | undefined
      readonly emit: readonly Emitted<Out>[]
      /** Stream time at which `punctuate` is due for this key, ms since the epoch. */
      readonly punctuateAt?: number
    }
  | { readonly reject: { readonly code: ErrorCode; readonly detail: string } }

export interface Processor<In extends TopicName, Out extends TopicName, State> {
  /** A verb and its object; names the consumer group `<prefix><name>` and the changelog. */
  readonly name: string
  readonly reads: readonly In[]
  readonly writes: readonly Out[]
  /** Whose state a record belongs to; the record's key unless given. Its partition must hold all records of that key. */
  keyOf?(record: Incoming<In>): string
  /** The state is a small JSON value per key. */
  init(key: string): State
  process(state: State, record: Incoming<In>): Outcome<State, Out>
  /** Called when stream time passes what `punctuateAt` asked for; never on the wall clock. */
  punctuate?(state: State, key: string, streamTime: number): Outcome<State, Out>
}
