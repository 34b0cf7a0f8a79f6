import type { Model, Reason, Scorable } from '../processors/scorer.ts'
import type { JsonLine } from './jsonl.ts'
import type { KindDeclaration } from './kinds.ts'
import { type Scored, scoreBatch } from './runtime/inference/score-batch.ts'

/** One line of `nicr score`. Without a value `score` and `label` are null, and `status` says why. */
export interface ScoredRow {
  readonly id: string
  readonly score: number | null
  readonly label: string | null
  readonly reasons: readonly Reason[]
  readonly status?: 'EMPTY' | 'UNSUPPORTED' | 'NOT_APPLICABLE'
}

/** A row that could not be scored: line of the file, counted from 1, and what is wrong. */
export interface BadRow {
  readonly line: number
  readonly error: string
}

export interface ScoreRowsOptions {
  /** Texts longer than this, in UTF-16 code units, are bad rows. */
  readonly textLengthMax?: number
  /** The field that holds the text. */
  readonly textField?: string
}

/** As the setting NICR_TEXT_LENGTH. */
const TEXT_LENGTH_MAX = 100_000
/** Rows scored in one call of the model. */
const BATCH_ROWS_MAX = 256

/**
 * Scores the rows of a file in order, a bounded number at a time. A bad row is answered in its place and the next ones
 * are scored. A row without an `id` gets its line number.
 */
export async function* scoreRows(
  kind: KindDeclaration,
  model: Model<unknown, unknown>,
  rows: AsyncIterable<JsonLine>,
  options: ScoreRowsOptions = {},
): AsyncGenerator<ScoredRow | BadRow> {
  let batch: Row[] = []
  for await (const row of rows) {
    batch.push(readRow(row, options))
    if (batch.length < BATCH_ROWS_MAX) continue
    yield* await scoreRowBatch(kind, model, batch)
    batch = []
  }
  yield* await scoreRowBatch(kind, model, batch)
}

interface GoodRow {
  readonly line: number
  readonly id: string
  readonly content: Scorable
}
type Row = GoodRow | BadRow

async function scoreRowBatch(kind: KindDeclaration, model: Model<unknown, unknown>, batch: readonly Row[]) {
  const good = batch.filter((row): row is GoodRow => !('error' in row))
  const scored = await scoreBatch(
    kind.scorer,
    model,
    good.map(row => row.content),
  )
  let next = 0
  return batch.map(row => ('error' in row ? row : rowOf(row, scored[next++]!)))
}

function rowOf(row: GoodRow, scored: Scored): ScoredRow | BadRow {
  if (scored.status === 'SCORED') {
    const { value, label, reasons } = scored.decision
    return { id: row.id, score: value, label, reasons }
  }
  if (scored.status === 'REJECTED') return { line: row.line, error: `${scored.code}: ${scored.detail}` }
  return { id: row.id, score: null, label: null, reasons: [], status: scored.status }
}

function readRow(row: JsonLine, options: ScoreRowsOptions): Row {
  const { line } = row
  if ('error' in row) return row
  if (typeof row.value !== 'object' || row.value === null || Array.isArray(row.value))
    return { line, error: 'is not a JSON object' }
  const fields = row.value as Readonly<Record<string, unknown>>
  const field = options.textField ?? 'text'
  const text = fields[field]
  if (typeof text !== 'string') return { line, error: `the field ${field} is not a string` }
  const lengthMax = options.textLengthMax ?? TEXT_LENGTH_MAX
  if (text.length > lengthMax)
    return { line, error: `NICR_TEXT_TOO_LONG: ${text.length} characters, at most ${lengthMax}` }
  const { id, language } = fields
  if (language !== undefined && language !== null && typeof language !== 'string')
    return { line, error: 'the field language is not a string' }
  return { line, id: idOf(id, line), content: { text, language: language ?? null } }
}

function idOf(id: unknown, line: number): string {
  return typeof id === 'string' || typeof id === 'number' ? String(id) : String(line)
}
