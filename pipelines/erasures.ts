import { hash } from 'node:crypto'
import type { Erasure } from '../schemas/records.ts'
import type { TopicName } from '../schemas/topics.ts'
import type { Row } from './sinks/clickhouse.ts'

/** Which columns of a topic's rows name a person, and which name what a person wrote. */
interface Traces {
  readonly person?: string
  readonly content?: string
}

/**
 * Where a person leaves traces in ClickHouse. Rows that name the person are the person's own; rows of the others are about what
 * the person wrote, and say nothing without it. What others said of others' contents is left alone.
 */
export const traces = {
  scores: { person: 'author' },
  votes: { person: 'voter' },
  reports: { person: 'reporter' },
  'draft-outcomes': { content: 'contentId' },
  'label-samples': { content: 'contentId' },
  labels: { content: 'contentId' },
  // As it is on the topic that the record came from: of content that is its id.
  'dead-letters': { content: 'key' },
  // The last: it says what the person wrote.
  content: { person: 'author' },
} as const satisfies Partial<Record<TopicName, Traces>>

export type TracedTopic = keyof typeof traces

/** What topics hold of persons beside that, which is not erased: sums over many people, and ids. */
export const TRACED_ELSEWHERE = {
  'feature-profiles': 'sums over many posts, with their most frequent words',
  'drift-reports': 'ids of example posts, and new words that many used',
} as const satisfies Partial<Record<TopicName, string>>

const CONTENT_HEX_DIGITS = 16

/** How an erasure names a person: SHA-256 of the identifier, hex. */
export function personHash(person: string): string {
  return hash('sha256', person, 'hex')
}

/** How an erasure names a content. */
export function contentHash(contentId: string): string {
  return hash('sha256', contentId, 'hex').slice(0, CONTENT_HEX_DIGITS)
}

/**
 * Who and what was erased, and until when: rows that are read again from a topic, by a sink that starts anew or tables that are built
 * anew, stay away by it. What was appended after the erasure is the person's new word, and is kept.
 */
export class Erasures {
  /** Until when, ms since the epoch, by hash. */
  private readonly persons = new Map<string, number>()
  private readonly contents = new Map<string, number>()

  add({ person, contents, at }: Pick<Erasure, 'person' | 'contents' | 'at'>): void {
    keepLatest(this.persons, person, at)
    for (const content of contents) keepLatest(this.contents, content, at)
  }

  /** Whether a row of a topic belongs to somebody, or to something, that was erased since. */
  covers(topic: TopicName, row: Row): boolean {
    if (this.persons.size === 0 || !Object.hasOwn(traces, topic)) return false
    const { person, content }: Traces = traces[topic as TracedTopic]
    const appendedAt = Number(row['_appended_at'])
    if (person !== undefined) {
      const until = this.persons.get(personHash(String(row[person])))
      return until !== undefined && writtenAt(row, appendedAt) <= until
    }
    const named = content === undefined ? null : nameIn(topic, row[content])
    if (named === null) return false
    const until = this.contents.get(contentHash(named))
    return until !== undefined && appendedAt <= until
  }
}

function keepLatest(times: Map<string, number>, name: string, at: number): void {
  times.set(name, Math.max(times.get(name) ?? at, at))
}

/** A score may come later than the erasure of what it is about: then the content's own time decides. */
function writtenAt(row: Row, appendedAt: number): number {
  const eventAt = row['eventAt']
  return typeof eventAt === 'number' ? Math.min(eventAt, appendedAt) : appendedAt
}

/** Keys of dead letters stand in base64. */
function nameIn(topic: TopicName, value: unknown): string | null {
  if (typeof value !== 'string') return null
  return topic === 'dead-letters' ? Buffer.from(value, 'base64').toString('utf8') : value
}
