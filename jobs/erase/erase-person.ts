import type { ClickHouse } from '../../pipelines/clickhouse.ts'
import { contentHash, personHash, type TracedTopic } from '../../pipelines/erasures.ts'
import type { BlobStore } from '../../pipelines/images/blob-store.ts'
import { listVersions, type RegistryOptions, readFolder } from '../../pipelines/model-registry.ts'
import { NicrError } from '../../schemas/errors.ts'
import { erasureId } from '../../schemas/ids.ts'
import type { Erasure } from '../../schemas/records.ts'
import { eraseRows, findRows } from '../data-set/data-set-files.ts'
import { deleteStoredTraces, findStoredTraces, type StoredTraces } from './stored-traces.ts'

export interface ErasePersonParts {
  readonly clickhouse: ClickHouse
  readonly dataDir: string
  readonly blobs: BlobStore
  readonly registry: RegistryOptions
  /** Kinds whose versions may have learned from the person. */
  readonly kinds: readonly string[]
  /** Wall clock in ms. */
  readonly now: () => number
  /** Who asks. */
  readonly by: string
  /**
   * Waits until the sink has stored what lies on the topics now.
   * @returns false where it does not get there in time, or does not run
   */
  readonly sinkCaughtUp: () => Promise<boolean>
  /** Publishes the records of the erasure. */
  readonly publish: (erasures: readonly Erasure[]) => Promise<void>
  /** Takes entries out of the image bank, by id. */
  readonly takeOutOfBank: (entries: readonly string[]) => Promise<void>
}

export interface ErasureReport {
  readonly dryRun: boolean
  /** ms since the epoch: what was appended until then is meant. */
  readonly at: number
  /** SHA-256 of the person's identifier, as the audit names it. */
  readonly person: string
  /** Rows of ClickHouse, by topic, that were deleted (dry runs: would be). */
  readonly rows: Readonly<Record<TracedTopic, number>>
  readonly dataSetRows: number
  readonly blobs: number
  readonly bankEntries: number
  /** Versions that learned from the person's rows, as KIND@VERSION. They are not removed. */
  readonly models: readonly string[]
  /** Whether the sink had stored all there was: if not, the rest stays away, but rows it was storing that moment may be left. */
  readonly complete: boolean
}

/** Contents that one record names: it stays well below what the topic takes. */
const CONTENTS_IN_RECORD = 20_000
const BLOB = /^blob:([0-9a-f]{64})$/

/**
 * Erases a person from what Nicr stores: tables, data sets, images, the image bank. The erasure itself is published first, so that
 * what is read again from the topics stays away. Safe to repeat, and to kill.
 * @throws NicrError of the part that does not answer; run it again then
 */
export async function erasePerson(
  id: string,
  { dryRun }: { readonly dryRun: boolean },
  parts: ErasePersonParts,
): Promise<ErasureReport> {
  if (id === '')
    throw new NicrError('NICR_INPUT_INVALID', 'an author needs an identifier: an empty one is nobody’s')
  const { clickhouse, dataDir, blobs } = parts
  const at = parts.now()
  const person = { id, until: at }
  const caughtUp = dryRun || (await parts.sinkCaughtUp())
  const stored = await findStoredTraces(clickhouse, person)
  const found = await findRows(dataDir, id)
  const erasures = recordsOf(id, stored, { at, by: parts.by, dataSets: found.map(({ dataSet }) => dataSet) })
  const earlier = await earlierDataSets(clickhouse, personHash(id))
  const names = stored.images.flatMap(ref => BLOB.exec(ref)?.[1] ?? [])
  let complete = caughtUp
  if (!dryRun) {
    await parts.publish(erasures)
    complete = caughtUp && (await parts.sinkCaughtUp())
    for (const name of names) await blobs.remove(name)
    if (stored.bankEntries.length > 0) await parts.takeOutOfBank(stored.bankEntries)
    await eraseRows(dataDir, id)
    await deleteStoredTraces(clickhouse, person, stored)
  }
  return {
    dryRun,
    at,
    person: personHash(id),
    rows: stored.rows,
    dataSetRows: found.reduce((sum, { rows }) => sum + rows, 0),
    blobs: names.length,
    bankEntries: stored.bankEntries.length,
    models: await modelsOf(new Set([...found.map(({ dataSet }) => dataSet), ...earlier]), parts),
    complete,
  }
}

function recordsOf(
  id: string,
  { contents, rows }: StoredTraces,
  { at, by, dataSets }: Pick<Erasure, 'at' | 'by' | 'dataSets'>,
): Erasure[] {
  const person = personHash(id)
  const hashes = contents.map(contentHash)
  const total = Object.values(rows).reduce((sum, count) => sum + count, 0)
  const records: Erasure[] = []
  do {
    const part = records.length
    const some = hashes.slice(part * CONTENTS_IN_RECORD, (part + 1) * CONTENTS_IN_RECORD)
    const first = part === 0 ? { dataSets, rows: total } : { dataSets: [], rows: 0 }
    records.push({ id: erasureId({ person, at, part }), person, part, contents: some, ...first, by, at })
  } while (records.length * CONTENTS_IN_RECORD < hashes.length)
  return records
}

/** Data sets that held rows of the person when they were erased before: the rows no longer say so. */
async function earlierDataSets(clickhouse: ClickHouse, person: string): Promise<string[]> {
  const found = await clickhouse.query<{ dataSet: string }>(
    'SELECT DISTINCT arrayJoin(dataSets) AS dataSet FROM erasures WHERE person = {person:String}',
    { person },
  )
  return found.map(({ dataSet }) => dataSet)
}

/** Versions that were trained on one of the data sets, and those that were made from them. */
async function modelsOf(
  dataSets: ReadonlySet<string>,
  { kinds, registry }: Pick<ErasePersonParts, 'kinds' | 'registry'>,
): Promise<string[]> {
  const models: string[] = []
  if (dataSets.size === 0) return models
  for (const kind of kinds) {
    const learned = new Set<string>()
    // In the order of their numbers: a parent comes before its children.
    for (const { path, version } of await listVersions(kind, registry)) {
      const folder = await readFolder(path, kind, version).catch(() => null)
      if (folder === null) continue
      const { dataHash, parent } = folder.manifest
      if (dataSets.has(`${kind}/${dataHash}`) || (parent !== null && learned.has(parent)))
        learned.add(version)
    }
    models.push(...[...learned].map(version => `${kind}@${version}`))
  }
  return models
}
