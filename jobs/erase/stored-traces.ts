import { setTimeout as delay } from 'node:timers/promises'
import type { ClickHouse } from '../../pipelines/clickhouse.ts'
import { type TracedTopic, traces } from '../../pipelines/erasures.ts'
import { chunksOf } from '../../pipelines/stored-contents.ts'
import { NicrError } from '../../schemas/errors.ts'
import { tableOf } from '../../schemas/topics.ts'

/** Whom to look for, and until when: what was appended later is not meant. */
export interface Person {
  readonly id: string
  /** ms since the epoch. */
  readonly until: number
}

/** What ClickHouse knows of a person. */
export interface StoredTraces {
  /** Contents that the person alone wrote, and drafts that the person sent, by id. */
  readonly contents: readonly string[]
  /** Images that only these contents hold, as they name them. */
  readonly images: readonly string[]
  /** Entries of the image bank that were made from such an image. */
  readonly bankEntries: readonly string[]
  /** Rows of each table, by topic; repeats that are not merged away count. */
  readonly rows: Readonly<Record<TracedTopic, number>>
}

const MUTATION_MS_MAX = 600_000
const MUTATION_POLL_MS = 200
const UNTIL = '_appended_at <= fromUnixTimestamp64Milli({until:Int64})'

const topics = Object.keys(traces) as readonly TracedTopic[]

/** @throws NicrError NICR_CLICKHOUSE_UNAVAILABLE */
export async function findStoredTraces(clickhouse: ClickHouse, person: Person): Promise<StoredTraces> {
  const contents = await contentsOf(clickhouse, person)
  const images = await imagesOf(clickhouse, person)
  const rows = {} as Record<TracedTopic, number>
  for (const topic of topics) {
    rows[topic] = 0
    for (const { where, params } of conditionsOf(topic, person, contents)) {
      const [counted] = await clickhouse.query<{ n: number }>(
        `SELECT toUInt32(count()) AS n FROM ${tableOf(topic)}_log WHERE ${where}`,
        params,
      )
      rows[topic] += counted?.n ?? 0
    }
  }
  return { contents, images, bankEntries: await bankEntriesOf(clickhouse, { contents, images }), rows }
}

/**
 * Deletes what `findStoredTraces` found, and waits until it is gone from every part of the tables. What says which contents are the
 * person's goes last, so that a call that is killed can be repeated.
 * @throws NicrError NICR_CLICKHOUSE_UNAVAILABLE, also where that takes longer than 10 minutes
 */
export async function deleteStoredTraces(
  clickhouse: ClickHouse,
  person: Person,
  { contents, rows, bankEntries }: Pick<StoredTraces, 'contents' | 'rows' | 'bankEntries'>,
): Promise<void> {
  await deleteBankEntries(clickhouse, bankEntries)
  for (const topic of topics) {
    if (rows[topic] === 0) continue
    const table = `${tableOf(topic)}_log`
    for (const { where, params } of conditionsOf(topic, person, contents))
      await clickhouse.command(`ALTER TABLE ${table} DELETE WHERE ${where}`, params)
    await mutated(clickhouse, table)
  }
}

/** The rows that say that an entry is out stay. */
async function deleteBankEntries(clickhouse: ClickHouse, entries: readonly string[]): Promise<void> {
  for (const some of chunksOf(entries))
    await clickhouse.command(
      'ALTER TABLE image_banks_log DELETE WHERE id IN ({entries:Array(String)}) AND NOT _deleted',
      { entries: some },
    )
  if (entries.length > 0) await mutated(clickhouse, 'image_banks_log')
}

interface Condition {
  readonly where: string
  readonly params: Readonly<Record<string, unknown>>
}

/** The rows of a table that are the person's; several where there are many contents. */
function conditionsOf(topic: TracedTopic, { id, until }: Person, contents: readonly string[]): Condition[] {
  const columns: { readonly person?: string; readonly content?: string } = traces[topic]
  if (columns.person !== undefined)
    return [{ where: `${columns.person} = {person:String} AND ${UNTIL}`, params: { person: id, until } }]
  const name = topic === 'dead-letters' ? `base64Decode(assumeNotNull(key))` : columns.content
  const known = topic === 'dead-letters' ? 'key IS NOT NULL AND ' : ''
  return Array.from(chunksOf(contents), some => ({
    where: `${known}${name} IN ({contents:Array(String)}) AND ${UNTIL}`,
    params: { contents: some, until },
  }))
}

/** Ids that others wrote under too, as those of a platform that numbers anew, are not the person's alone. */
async function contentsOf(clickhouse: ClickHouse, { id, until }: Person): Promise<string[]> {
  const found = await clickhouse.query<{ name: string }>(
    `SELECT DISTINCT name FROM
(
  SELECT id AS name FROM content_log WHERE author = {person:String} AND ${UNTIL}
  UNION ALL SELECT contentId FROM scores_log WHERE author = {person:String} AND ${UNTIL}
  UNION ALL SELECT arrayJoin([assumeNotNull(draftId), concat('draft:', assumeNotNull(draftId))]) FROM reports_log
    WHERE reporter = {person:String} AND draftId IS NOT NULL AND contentId IS NULL AND ${UNTIL}
)
WHERE name NOT IN (SELECT id FROM content_log WHERE author != {person:String})
ORDER BY name`,
    { person: id, until },
  )
  return found.map(({ name }) => name)
}

async function imagesOf(clickhouse: ClickHouse, { id, until }: Person): Promise<string[]> {
  const found = await clickhouse.query<{ ref: string }>(
    `SELECT DISTINCT arrayJoin(images).ref AS ref FROM content_log WHERE author = {person:String} AND ${UNTIL}
AND ref NOT IN (SELECT arrayJoin(images).ref FROM content_log WHERE author != {person:String} OR NOT (${UNTIL}))
ORDER BY ref`,
    { person: id, until },
  )
  return found.map(({ ref }) => ref)
}

/** By the image that an entry names or, where that was too long to repeat, by the content of the label that it follows from. */
async function bankEntriesOf(
  clickhouse: ClickHouse,
  { contents, images }: Pick<StoredTraces, 'contents' | 'images'>,
): Promise<string[]> {
  const entries = new Set<string>()
  const find = async (where: string, names: readonly string[]) => {
    for (const some of chunksOf(names)) {
      const found = await clickhouse.query<{ id: string }>(`SELECT id FROM image_banks WHERE ${where}`, {
        names: some,
      })
      for (const { id } of found) entries.add(id)
    }
  }
  await find('image IN ({names:Array(String)})', images)
  const labels = 'SELECT id FROM labels_log WHERE contentId IN ({names:Array(String)})'
  await find(`image IS NULL AND labelId IN (${labels})`, contents)
  return [...entries].sort()
}

async function mutated(clickhouse: ClickHouse, table: string): Promise<void> {
  const endsAt = performance.now() + MUTATION_MS_MAX
  for (;;) {
    const [left] = await clickhouse.query<{ n: number; why: string }>(
      `SELECT toUInt32(count()) AS n, any(latest_fail_reason) AS why FROM system.mutations
WHERE database = {database:String} AND table = {table:String} AND NOT is_done`,
      { database: clickhouse.database, table },
    )
    if (left === undefined || left.n === 0) return
    if (performance.now() > endsAt)
      throw new NicrError(
        'NICR_CLICKHOUSE_UNAVAILABLE',
        `${table} still deletes after ${MUTATION_MS_MAX / 60_000} minutes (system.mutations)${left.why === '' ? '' : `: ${left.why}`}; run the command again`,
      )
    await delay(MUTATION_POLL_MS)
  }
}
