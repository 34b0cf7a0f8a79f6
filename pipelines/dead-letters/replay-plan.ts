import { deriveId, type Position, parseDerivedId } from '../../schemas/ids.ts'
import { type RawHeader, REPLAY_HEADER, REPLAY_OF_HEADER } from '../runtime/records.ts'
import type { Letter } from './letter.ts'

/** A record to write again, to where it lay, for one processor. */
export interface Replay {
  /** Names the letter in the record of what was replayed. */
  readonly letterKey: string
  readonly place: Position
  /** Full name of the topic, and the partition: those it lay on. */
  readonly topic: string
  readonly partition: number
  /** Who is to read it. */
  readonly processor: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  /** Those of its producer, then those of the replay. */
  readonly headers: readonly RawHeader[]
}

export interface PlanContext {
  /** Partitions of a topic, by full name; undefined where there is none. */
  readonly partitionsOf: (topic: string) => number | undefined
  /** Letters that were replayed before, by `letterKeyOf`. */
  readonly replayed: ReadonlySet<string>
  /** Names that letters of Nicr may be meant for. */
  readonly processors: ReadonlySet<string>
  /** Reads what a letter left behind; null where it is gone. */
  readonly readAt: (place: Position) => Promise<{ readonly value: Buffer | null } | null>
  /** Whom replays are for, whatever the letters say. */
  readonly for?: string | undefined
}

export type Planned =
  | { readonly replay: Replay }
  | { readonly skipped: 'REPLAYED' }
  /** A sentence for people. */
  | { readonly refused: string }

/** Names a letter for good: a topic that was made anew has other append times at the same offsets. */
export function letterKeyOf({ place, at }: Pick<Letter, 'place' | 'at'>): string {
  return `${deriveId(place)}@${at}`
}

/** Where the letter lies that `letterKeyOf` named; null of any other text. */
export function placeOfLetterKey(letterKey: string): Position | null {
  return parseDerivedId(letterKey.replace(/@\d+$/, ''))
}

/**
 * What replaying a letter comes to. Key, value and the producer's headers are byte for byte as they were; two headers follow
 * that name the processor meant, which others skip, and where the record lay at first, from which an empty id is derived.
 */
export async function planReplay(letter: Letter, context: PlanContext): Promise<Planned> {
  const letterKey = letterKeyOf(letter)
  if (context.replayed.has(letterKey)) return { skipped: 'REPLAYED' }
  const { origin } = letter
  const processor = context.for ?? letter.processor
  if (letter.isBatch) return { refused: 'it stands for a whole batch that could not be read' }
  if (origin === null) return { refused: 'its headers do not say where it lay' }
  if (processor === null)
    return { refused: 'its headers do not say whom it failed: name who is meant with --for' }
  if (letter.writer === 'NICR' && !context.processors.has(processor))
    return { refused: `there is no processor ${processor} (any more): name who is meant with --for` }
  const partitions = context.partitionsOf(origin.topic)
  if (partitions === undefined) return { refused: `there is no topic ${origin.topic}` }
  if (origin.partition >= partitions)
    return { refused: `${origin.topic} has no partition ${origin.partition}` }
  let { value } = letter
  if (letter.omitted !== null) {
    const left = await context.readAt(origin)
    if (left === null) return { refused: 'it left its value behind, and that is gone' }
    value = left.value
  }
  const first = letter.replayOf ?? origin
  const headers: RawHeader[] = [
    ...letter.headers,
    [REPLAY_HEADER, Buffer.from(processor)],
    [REPLAY_OF_HEADER, Buffer.from(deriveId(first))],
  ]
  const { topic, partition } = origin
  return {
    replay: { letterKey, place: letter.place, topic, partition, processor, key: letter.key, value, headers },
  }
}
