import { createHash, hash } from 'node:crypto'
import { createWriteStream, existsSync } from 'node:fs'
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { readJsonLines } from '../../pipelines/jsonl.ts'
import { NicrError } from '../../schemas/errors.ts'
import { writeVersionFolder } from '../version-folder.ts'
import type { DataSet, DataSetManifest, DataSetRow } from './data-set.ts'

/** A line of `rows.jsonl.gz`: a row, or what is left of one. */
type StoredRow = DataSetRow | ErasedRow

interface ErasedRow {
  readonly digest: string
  readonly erased: true
}

const FOLDER = 'data-sets'
const ROWS = 'rows.jsonl.gz'
const MANIFEST = 'manifest.json'
/** Lines are packed by parts of this size: packing each alone takes longer than all else. */
const PART_UNITS = 1 << 18

/** sha256, hex, of what a row says; see `DataSetRow.digest`. */
export function digestOf(row: Omit<DataSetRow, 'digest' | 'fold'>): string {
  const { text, target, weight, role, contentId, revision, author, thread, language, at } = row
  const { source, samplingProbability, place, evidence, group, slices, images } = row
  const where = place === null ? null : placeOf(place)
  const whence = evidence.map(one => [...placeOf(one), one.id, one.by, one.value])
  const said = [text, target, weight, role, contentId, revision, author, thread, language, at]
  // Of text kinds there is nothing, so that their rows keep their digests.
  const pictures = images === undefined ? [] : [images.map(one => [one.ref, one.sha256, one.hashes])]
  return hash(
    'sha256',
    JSON.stringify([...said, source, samplingProbability, where, whence, group, slices, ...pictures]),
    'hex',
  )
}

function placeOf({ topic, partition, offset }: { topic: string; partition: number; offset: number }) {
  return [topic, partition, offset]
}

/** sha256, hex, of digests in order: the name of a data set. */
export function hashOfDigests(digests: Iterable<string>): string {
  const sum = createHash('sha256')
  for (const digest of digests) sum.update(digest)
  return sum.digest('hex')
}

export function dataSetFolder(dataDir: string, kind: string, hashOfRows: string): string {
  return join(dataDir, FOLDER, kind, hashOfRows)
}

/** What a snapshot says of itself; null where there is none of this name, as of rows that came from files. */
export async function readDataSetManifest(
  dataDir: string,
  kind: string,
  hashOfRows: string,
): Promise<DataSetManifest | null> {
  try {
    const file = join(dataSetFolder(dataDir, kind, hashOfRows), MANIFEST)
    return JSON.parse(await readFile(file, 'utf8')) as DataSetManifest
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/**
 * Writes a snapshot, whole or not at all; one that is there already stays as it is.
 * @throws NicrError NICR_INPUT_INVALID if the folder cannot be made
 */
export async function writeDataSet(
  dataDir: string,
  rows: readonly DataSetRow[],
  manifest: DataSetManifest,
): Promise<string> {
  const path = dataSetFolder(dataDir, manifest.kind, manifest.hash)
  if (existsSync(join(path, MANIFEST))) return path
  await writeVersionFolder(path, async partial => {
    await writeRows(join(partial, ROWS), rows)
    await writeFile(join(partial, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`)
  }).catch(error => {
    // Somebody else wrote the same meanwhile.
    if (!existsSync(join(path, MANIFEST))) throw error
  })
  return path
}

async function writeRows(path: string, rows: Iterable<StoredRow> | AsyncIterable<StoredRow>): Promise<void> {
  async function* lines() {
    let part = ''
    for await (const row of rows) {
      part += `${JSON.stringify(row)}\n`
      if (part.length < PART_UNITS) continue
      yield part
      part = ''
    }
    yield part
  }
  await pipeline(Readable.from(lines()), createGzip(), createWriteStream(path))
}

/**
 * A snapshot by its folder, checked against its digests. Rows that were erased are left out, and their digests still count.
 * @throws NicrError NICR_DATA_SET_INVALID if a row or the whole is not what it was; NICR_FILE_UNREADABLE
 */
export async function readDataSet(path: string): Promise<DataSet> {
  const manifest = await readManifest(path)
  const rows: DataSetRow[] = []
  const foldOf = new Map<string, number>()
  const sum = createHash('sha256')
  for await (const { row, line } of storedRows(path)) {
    sum.update(row.digest)
    if ('erased' in row) continue
    if (digestOf(row) !== row.digest)
      throw invalid(path, `row ${line} (${row.contentId}) is not what its digest says`)
    if ((foldOf.get(row.group) ?? row.fold) !== row.fold)
      throw invalid(path, `row ${line} (${row.contentId}) lies in another fold than its group`)
    foldOf.set(row.group, row.fold)
    rows.push(row)
  }
  if (sum.digest('hex') !== manifest.hash) throw invalid(path, 'its rows are not those of its hash')
  return { kind: manifest.kind, hash: manifest.hash, path, rows, newTerms: manifest.newTerms, manifest }
}

async function readManifest(path: string): Promise<DataSetManifest> {
  const file = join(path, MANIFEST)
  const text = await readFile(file, 'utf8').catch(cause => {
    throw new NicrError('NICR_FILE_UNREADABLE', `${file} cannot be read: ${(cause as Error).message}`, {
      cause,
    })
  })
  try {
    return JSON.parse(text) as DataSetManifest
  } catch (cause) {
    throw new NicrError('NICR_DATA_SET_INVALID', `${file} is not JSON`, { cause })
  }
}

async function* storedRows(path: string): AsyncGenerator<{ readonly row: StoredRow; readonly line: number }> {
  for await (const read of readJsonLines(join(path, ROWS))) {
    if ('error' in read) throw invalid(path, `row ${read.line} ${read.error}`)
    yield { row: read.value as StoredRow, line: read.line }
  }
}

function invalid(path: string, problem: string): NicrError {
  return new NicrError(
    'NICR_DATA_SET_INVALID',
    `the data set ${path} does not hold: ${problem}; build it anew`,
  )
}

/** Rows of a snapshot that are about a person. */
export interface PersonsRows {
  /** `kind/hash`. */
  readonly dataSet: string
  readonly rows: number
}

/**
 * Snapshots that hold rows which a person wrote, labelled, voted on or reported, and how many.
 * @throws NicrError NICR_DATA_SET_INVALID, NICR_FILE_UNREADABLE
 */
export async function findRows(dataDir: string, person: string): Promise<PersonsRows[]> {
  const found: PersonsRows[] = []
  for (const path of await snapshotsOf(dataDir)) {
    let rows = 0
    for await (const { row } of storedRows(path)) if (!('erased' in row) && isAbout(row, person)) rows++
    if (rows > 0) found.push({ dataSet: `${basename(dirname(path))}/${basename(path)}`, rows })
  }
  return found
}

/**
 * Leaves only the digests of rows that a person wrote, labelled, voted on or reported, in every snapshot. Safe to repeat, and to kill:
 * a file is replaced when it is whole.
 * @returns rows that were erased
 * @throws NicrError NICR_DATA_SET_INVALID, NICR_FILE_UNREADABLE
 */
export async function eraseRows(dataDir: string, author: string): Promise<number> {
  let erased = 0
  for (const path of await snapshotsOf(dataDir)) {
    let erasedHere = 0
    const file = join(path, ROWS)
    const partial = `${file}.${process.pid}.partial`
    async function* kept() {
      for await (const { row } of storedRows(path)) {
        if ('erased' in row || !isAbout(row, author)) yield row
        else {
          erasedHere++
          yield { digest: row.digest, erased: true as const }
        }
      }
    }
    try {
      await writeRows(partial, kept())
      if (erasedHere > 0) await rename(partial, file)
    } finally {
      await rm(partial, { force: true })
    }
    erased += erasedHere
  }
  return erased
}

function isAbout(row: DataSetRow, person: string): boolean {
  return row.author === person || row.evidence.some(({ by }) => by === person)
}

/** Folders of all snapshots, also of kinds that are no longer declared. */
async function snapshotsOf(dataDir: string): Promise<string[]> {
  const root = join(dataDir, FOLDER)
  if (!existsSync(root)) return []
  const files = await readdir(root, { recursive: true, withFileTypes: true })
  return files
    .filter(({ name, parentPath }) => name === ROWS && !parentPath.endsWith('.partial'))
    .map(({ parentPath }) => parentPath)
    .sort()
}
