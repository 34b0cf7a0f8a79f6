import { createHash } from 'node:crypto'
import { type JsonLine, readJsonLineBatches } from '../pipelines/jsonl.ts'
import type { KindDeclaration } from '../pipelines/kinds.ts'
import { normalise, normalisedString } from '../processors/text/normalise.ts'
import { NicrError } from '../schemas/errors.ts'
import { createRandom } from './random.ts'
import { labelsWanted, targetOf } from './row-labels.ts'

/** A file of rows: `text`, the kind's label field, and where wanted `weight` (0–10) and `group` (kept on one side of the split). */
export interface TrainingFile {
  readonly path: string
  /** Name and licence of the set for the model card; the path and `not stated` unless given. */
  readonly name?: string
  readonly licence?: string
}

export interface TrainingRow {
  readonly text: string
  /** GRADED: on the kind's scale; BINARY: 0 or 1. */
  readonly target: number
  readonly weight: number
  /** 0 to FOLDS − 1: the same for texts that differ only in case, digits or spacing, and for rows of one group. */
  readonly fold: number
}

export const FOLDS = 10
/** Held out to choose calibration and threshold. */
export const CALIBRATION_FOLD = 0
/** Held out to measure, and for nothing else. */
export const TEST_FOLD = 1

/** A heavier row would take steps so long that learning swings instead of settling. */
const WEIGHT_MAX = 10

/** Rows that are in memory at a time to be shuffled. */
const SHUFFLE_ROWS_MAX = 32_768

/** What one pass over the files says of them. */
export interface DataSummary {
  /** sha256 over all rows in reading order. */
  readonly hash: string
  readonly rows: number
  readonly rowsOfFile: readonly number[]
}

/**
 * Reads every row once and checks it.
 * @throws NicrError NICR_INPUT_INVALID with file, line and field; NICR_FILE_UNREADABLE
 */
export async function summariseRows(
  kind: KindDeclaration,
  files: readonly TrainingFile[],
): Promise<DataSummary> {
  const hash = createHash('sha256')
  const rowsOfFile: number[] = []
  const targets = new Set<number>()
  for (const file of files) {
    let rows = 0
    for await (const batch of readRows(kind, file)) {
      for (const row of batch) {
        hash.update(JSON.stringify([row.text, row.target, row.weight, row.fold]))
        if (targets.size < 2) targets.add(row.target)
      }
      rows += batch.length
    }
    if (rows === 0) throw new NicrError('NICR_INPUT_INVALID', `${file.path} holds no rows`)
    rowsOfFile.push(rows)
  }
  const rows = rowsOfFile.reduce((sum, count) => sum + count, 0)
  if (targets.size < 2)
    throw new NicrError(
      'NICR_INPUT_INVALID',
      `${rows} rows hold one label only; training needs rows of at least two`,
    )
  return { hash: hash.digest('hex'), rows, rowsOfFile }
}

/** All rows, files one after the other, a bounded batch at a time. */
export async function* readAllRows(
  kind: KindDeclaration,
  files: readonly TrainingFile[],
): AsyncGenerator<TrainingRow[]> {
  for (const file of files) yield* readRows(kind, file)
}

/**
 * All rows in a seeded order: files are read side by side, each in proportion to its rows, through a buffer that is
 * shuffled. Memory does not grow with the files.
 */
export async function* readShuffledRows(
  kind: KindDeclaration,
  files: readonly TrainingFile[],
  summary: DataSummary,
  seed: number,
): AsyncGenerator<TrainingRow[]> {
  const random = createRandom(seed)
  const readers = files.map((file, i) => ({
    rows: readRows(kind, file),
    read: 0,
    total: summary.rowsOfFile[i]!,
  }))
  let buffer: TrainingRow[] = []
  for (let open = readers.filter(reader => reader.total > 0); open.length > 0; ) {
    const behind = open.reduce((a, b) => (b.read / b.total < a.read / a.total ? b : a))
    const { value, done } = await behind.rows.next()
    if (done === true) {
      open = open.filter(reader => reader !== behind)
      continue
    }
    behind.read += value.length
    buffer = buffer.concat(value)
    if (buffer.length < SHUFFLE_ROWS_MAX) continue
    shuffle(buffer, random)
    yield buffer.splice(0, SHUFFLE_ROWS_MAX / 2)
  }
  shuffle(buffer, random)
  yield buffer
}

/** Fisher and Yates. */
function shuffle(rows: TrainingRow[], random: () => number): void {
  for (let i = rows.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const row = rows[i]!
    rows[i] = rows[j]!
    rows[j] = row
  }
}

async function* readRows(kind: KindDeclaration, file: TrainingFile): AsyncGenerator<TrainingRow[]> {
  for await (const lines of readJsonLineBatches(file.path))
    yield lines.map(line => toRow(kind, file.path, line))
}

function toRow(kind: KindDeclaration, path: string, row: JsonLine): TrainingRow {
  const refuse = (problem: string) =>
    new NicrError('NICR_INPUT_INVALID', `${path}, line ${row.line}: ${problem}`)
  if ('error' in row) throw refuse(row.error)
  if (typeof row.value !== 'object' || row.value === null) throw refuse('is not a JSON object')
  const fields = row.value as Readonly<Record<string, unknown>>
  const { text } = fields
  if (typeof text !== 'string') throw refuse('the field text is not a string')
  const target = targetOf(kind, fields[kind.training.field])
  if (target === null) throw refuse(`the field ${kind.training.field} is ${labelsWanted(kind)}`)
  const weight = fields['weight'] ?? 1
  if (typeof weight !== 'number' || !(weight >= 0 && weight <= WEIGHT_MAX))
    throw refuse(`the field weight is not a number from 0 to ${WEIGHT_MAX}`)
  const group = fields['group']
  return { text, target, weight, fold: foldOf(typeof group === 'string' ? group : text) }
}

function foldOf(key: string): number {
  const alike = normalisedString(normalise(key)).replace(/\d/g, '0').replace(/\s/g, '')
  return createHash('sha256').update(alike).digest().readUInt32LE(0) % FOLDS
}
