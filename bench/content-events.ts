import { createRandom } from '../jobs/random.ts'
import type { RecordOf } from '../schemas/topics.ts'

/**
 * Deterministic content for benchmarks: about 20 words a text, from a vocabulary of 20,000 invented words of which the
 * n-th is drawn about n times as rarely as the first (Zipf). The texts are ASCII, and the same as those of the peers'
 * generator, so that checksums of scores can be compared.
 */

const VOCABULARY_WORDS = 20_000
/** From common to rare. */
const LETTERS = 'etaoinshrdlucmfwypvbgk'
const SEED = 42
const AUTHORS = 50_000
const FIRST_AT = 1.75e12

/** What is drawn for one event. */
interface DrawnEvent {
  readonly id: string
  readonly author: string
  /** 0 to 1; picks the kind. */
  readonly kind: number
  readonly text: string
  readonly at: number
}

/** `count` content records, one after the other, with ids that count from 0: see `idOf`. */
export function* contentEvents(count: number): Generator<RecordOf<'content'>> {
  for (const { id, author, kind, text, at } of drawEvents(count))
    yield {
      id,
      kind: kind < 1 / 3 ? 'POST' : 'COMMENT',
      action: 'CREATED',
      revision: 0,
      author,
      authorSince: null,
      thread: null,
      parent: null,
      language: null,
      text,
      images: [],
      at,
    }
}

/** A content record of the peers’ schema. */
export interface PeerEvent {
  readonly id: string
  readonly author: string
  readonly kind: (typeof PEER_KINDS)[number]
  readonly text: string
  readonly created_at: number
}

const PEER_KINDS = ['post', 'comment', 'message'] as const

/** The same events as records of the peers’ schema: those that the peers’ own generator writes. */
export function* peerEvents(count: number): Generator<PeerEvent> {
  for (const { kind, at, ...event } of drawEvents(count))
    yield { ...event, kind: PEER_KINDS[Math.trunc(kind * PEER_KINDS.length)]!, created_at: at }
}

function* drawEvents(count: number): Generator<DrawnEvent> {
  const random = createRandom(SEED)
  const vocabulary = Array.from({ length: VOCABULARY_WORDS }, () => inventWord(random))
  const word = () => vocabulary[Math.trunc(VOCABULARY_WORDS ** random()) - 1]!
  for (let index = 0; index < count; index++) {
    const text = Array.from({ length: Math.trunc(12 + random() * 17) }, word).join(' ')
    const author = `u${Math.trunc(random() * AUTHORS)}`
    yield { id: idOf(index), author, kind: random(), text, at: FIRST_AT + index }
  }
}

export function idOf(index: number): string {
  return `c${String(index).padStart(9, '0')}`
}

/** The number of the event with this id. */
export function indexOfId(id: string): number {
  return Number(id.slice(1))
}

function inventWord(random: () => number): string {
  const length = Math.trunc(2 + random() * 8)
  let word = ''
  for (let at = 0; at < length; at++) word += LETTERS[Math.trunc(random() ** 1.5 * LETTERS.length)]
  return word
}
