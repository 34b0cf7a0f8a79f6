import { eventTimeOf } from '../processors/score-content.ts'
import type { ClickHouse } from './clickhouse.ts'
import { type HeldImage, heldImage } from './kind-input.ts'

/** One revision of a content as ClickHouse keeps it. */
export interface StoredContent {
  readonly id: string
  readonly revision: number
  readonly contentKind: string
  readonly author: string
  /** ms since the epoch. */
  readonly authorSince: number | null
  readonly thread: string | null
  readonly language: string | null
  readonly text: string
  readonly images: readonly HeldImage[]
  /** Event time, ms since the epoch. */
  readonly at: number
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** What is known of contents that were asked for. */
export interface StoredContents {
  /** The highest revision of a content that is not deleted. */
  current(id: string): StoredContent | null
  /** A revision of a content that is not deleted. */
  at(id: string, revision: number): StoredContent | null
  /** Whether it was deleted, under any revision. */
  isDeleted(id: string): boolean
}

/** Contents of one query: each looks through as much of the table as a few do. */
const IDS_A_QUERY_MAX = 2000
/** Bytes of ids of one query: ClickHouse takes 256 KiB of SQL. */
const ID_BYTES_A_QUERY_MAX = 128 * 1024

const FIELDS = `
SELECT id, revision, kind AS contentKind, action, author, toUnixTimestamp64Milli(authorSince) AS authorSince, thread, language, text, images,
  toUnixTimestamp64Milli(at) AS at, _topic AS topic, _partition AS partition, _offset AS offset,
  toUnixTimestamp64Milli(_appended_at) AS appendedAt
FROM content_log`

interface ContentRow extends StoredContent {
  readonly action: string
  readonly appendedAt: number
}

/**
 * Every revision of these contents; in several queries where they are many.
 * @throws NicrError NICR_CLICKHOUSE_*
 */
export async function readContents(
  clickhouse: Pick<ClickHouse, 'query'>,
  ids: Iterable<string>,
): Promise<StoredContents> {
  // Repeats are among them: of each revision the last row holds.
  const revisions = new Map<string, ContentRow[]>()
  for (const chunk of chunksOf(ids)) {
    const sql = `${FIELDS} WHERE id IN (${listOf(chunk)}) ORDER BY id, revision, offset`
    for (const row of await clickhouse.query<ContentRow>(sql)) {
      const own = revisions.get(row.id)
      if (own === undefined) revisions.set(row.id, [row])
      else own.push(row)
    }
  }
  const standing = (id: string) => {
    const rows = revisions.get(id) ?? []
    return rows.at(-1)?.action === 'DELETED' ? [] : rows
  }
  const found = (row: ContentRow | undefined): StoredContent | null => {
    if (row === undefined) return null
    const { action: _, appendedAt, ...content } = row
    return { ...content, images: content.images.map(heldImage), at: eventTimeOf(content.at, appendedAt) }
  }
  return {
    current: id => found(standing(id).at(-1)),
    at: (id, revision) => found(standing(id).findLast(row => row.revision === revision)),
    isDeleted: id => revisions.get(id)?.at(-1)?.action === 'DELETED',
  }
}

/** Ids in lists that fit into one query each. */
export function* chunksOf(ids: Iterable<string>): Generator<string[]> {
  let chunk: string[] = []
  let bytes = 0
  for (const id of new Set(ids)) {
    const length = 2 * Buffer.byteLength(id) + 4
    if (chunk.length >= IDS_A_QUERY_MAX || (chunk.length > 0 && bytes + length > ID_BYTES_A_QUERY_MAX)) {
      yield chunk
      chunk = []
      bytes = 0
    }
    chunk.push(id)
    bytes += length
  }
  if (chunk.length > 0) yield chunk
}

/** Texts as literals in SQL: as parameters many would be part of an address, which may not be that long. */
export function listOf(texts: readonly string[]): string {
  return texts.map(quoteText).join(', ')
}

function quoteText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\0', '\\0')}'`
}
