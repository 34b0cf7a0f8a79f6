import { createHash } from 'node:crypto'
import { readJsonLineBatches } from '../pipelines/jsonl.ts'
import type { KindDeclaration } from '../pipelines/kind-declaration.ts'
import { NicrError } from '../schemas/errors.ts'
import { createRandom } from './random.ts'
import { FOLDS, type TrainingRow, toRow } from './training-row.ts'

/**
 * A file of rows: `text`, the kind's label field, and where wanted `weight` (0–10), `language` (detected unless given), `group` (kept on one side of the
 * split), `source` (rows of one source share a head; the file unless given), `aspects` (names with 0 to 1: what else is
 * true of the text; each teaches a head of its own), `auxiliary` (true: teaches its heads, but what the heads are worth
 * together is not judged by it) and `corrective` (true: written to correct how a source grades; says nothing of which of the
 * source's rows are low and high).
 */
export interface TrainingFile {
  readonly path: string
  /** Name and licence of the set for the model card; the path and `not stated` unless given. */
  readonly name?: string
  readonly licence?: string
}

/** Rows that are in memory at a time to be shuffled. */
const SHUFFLE_ROWS_MAX = 32_768

/** More heads than these sources and aspects need would make a model of tens of megabytes. */
const SOURCES_MAX = 12
const ASPECTS_MAX = 6

/** Were more of the rows of one fold, those that are to judge without it would have learned next to nothing. */
const FOLD_SHARE_MAX = 0.8

/** What one pass over the files says of them. */
export interface DataSummary {
  /** sha256 over all rows in reading order. */
  readonly hash: string
  readonly rows: number
  readonly rowsOfFile: readonly number[]
  /** Rows of the second of two classes. */
  readonly positives: number
  /** In order of first occurrence. */
  readonly sources: readonly SourceSummary[]
}

export interface SourceSummary {
  readonly name: string
  readonly rows: number
  /** The rows' weights, added up. */
  readonly weight: number
  /** Rows that are not auxiliary. */
  readonly judging: number
  /** At most `DISTINCT_MAX` of the targets, lowest first. */
  readonly targets: readonly number[]
  /** Rows below and above the middle of a graded kind. */
  readonly low: number
  readonly high: number
  readonly aspects: readonly string[]
}

/** Whether a source grades, or only says one of two things, shows within three targets. */
const DISTINCT_MAX = 3

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
  const sources = new Map<string, SourceTally>()
  const targets = new Set<number>()
  const rowsOfFold = new Array<number>(FOLDS).fill(0)
  let positives = 0
  for (const file of files) {
    let rows = 0
    for await (const batch of readRows(kind, file)) {
      for (const row of batch) {
        hash.update(
          JSON.stringify([
            row.text,
            row.target,
            row.weight,
            row.fold,
            row.source,
            row.aspects,
            row.isAuxiliary,
            row.isCorrective,
            ...(row.language === null ? [] : [row.language]),
          ]),
        )
        if (targets.size < 2) targets.add(row.target)
        if (row.target === 1) positives++
        rowsOfFold[row.fold]!++
        tally(kind, sources, row)
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
  const fullest = Math.max(...rowsOfFold)
  if (fullest > rows * FOLD_SHARE_MAX)
    throw new NicrError(
      'NICR_INPUT_INVALID',
      `${fullest} of ${rows} rows are of one \`group\`, or differ only in case, digits and spacing: they stay on one side of every split, so too few are left beside them to learn from or to judge by; state smaller groups`,
    )
  if (sources.size > SOURCES_MAX)
    throw new NicrError(
      'NICR_INPUT_INVALID',
      `the rows name ${sources.size} sources, at most ${SOURCES_MAX} can have a head; give several files one \`source\``,
    )
  return {
    hash: hash.digest('hex'),
    rows,
    rowsOfFile,
    positives,
    sources: [...sources.values()].map(toSummary),
  }
}

interface SourceTally {
  readonly name: string
  rows: number
  weight: number
  judging: number
  readonly targets: Set<number>
  low: number
  high: number
  readonly aspects: Set<string>
}

function tally({ training }: KindDeclaration, sources: Map<string, SourceTally>, row: TrainingRow): void {
  let source = sources.get(row.source)
  if (source === undefined) {
    source = {
      name: row.source,
      rows: 0,
      weight: 0,
      judging: 0,
      targets: new Set(),
      low: 0,
      high: 0,
      aspects: new Set(),
    }
    sources.set(row.source, source)
  }
  source.rows++
  source.weight += row.weight
  if (!row.isAuxiliary) source.judging++
  if (source.targets.size < DISTINCT_MAX) source.targets.add(row.target)
  if (training.objective === 'GRADED') {
    if (row.target < training.middle.min) source.low++
    else if (row.target > training.middle.max) source.high++
  }
  for (const aspect of Object.keys(row.aspects ?? {})) source.aspects.add(aspect)
  if (source.aspects.size > ASPECTS_MAX)
    throw new NicrError(
      'NICR_INPUT_INVALID',
      `source ${row.source} has more than ${ASPECTS_MAX} aspects: ${[...source.aspects].join(', ')}`,
    )
}

function toSummary({ targets, aspects, ...counts }: SourceTally): SourceSummary {
  return { ...counts, targets: [...targets].sort((a, b) => a - b), aspects: [...aspects].sort() }
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
