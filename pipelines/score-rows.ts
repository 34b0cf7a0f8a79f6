import type { Model, Reason, Scorable } from '../processors/scorer.ts'
import type { JsonLine } from './jsonl.ts'
import type { KindDeclaration } from './kinds.ts'
import { type Scored, scoreBatch } from './runtime/inference/score-batch.ts'

/** One line of `nicr score`. Without a value `score` and `label` are null, and `status` says why; DEGRADED: of part of it. */
export interface ScoredRow {
  readonly id: string
  readonly score: number | null
  readonly label: string | null
  readonly reasons: readonly Reason[]
  readonly status?: 'DEGRADED' | 'EMPTY' | 'UNSUPPORTED' | 'NOT_APPLICABLE' | 'CLEARED'
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
  /** A deletion is not scored, whatever text it still carries: the stream clears the content's scores. */
  readonly deleted: boolean
}
type Row = GoodRow | BadRow

async function scoreRowBatch(kind: KindDeclaration, model: Model<unknown, unknown>, batch: readonly Row[]) {
  const good = batch.filter((row): row is GoodRow => !('error' in row || row.deleted))
  const scored = await scoreBatch(
    kind.scorer,
    model,
    good.map(row => row.content),
  )
  let next = 0
  return batch.map(row => {
    if ('error' in row) return row
    return row.deleted ? withoutScore(row, 'CLEARED') : rowOf(row, scored[next++]!)
  })
}

function rowOf(row: GoodRow, scored: Scored): ScoredRow | BadRow {
  if ('decision' in scored) {
    const { value, label, reasons } = scored.decision
    const status = scored.status === 'DEGRADED' ? { status: scored.status } : {}
    return { id: row.id, score: value, label, reasons, ...status }
  }
  if (scored.status === 'REJECTED') return { line: row.line, error: `${scored.code}: ${scored.detail}` }
  return withoutScore(row, scored.status)
}

function withoutScore({ id }: GoodRow, status: NonNullable<ScoredRow['status']>): ScoredRow {
  return { id, score: null, label: null, reasons: [], status }
}

function readRow(row: JsonLine, options: ScoreRowsOptions): Row {
  const { line } = row
  const scorable = scorableRow(row, options)
  if ('error' in scorable) return scorable
  const { fields, content } = scorable
  const lengthMax = options.textLengthMax ?? TEXT_LENGTH_MAX
  if (content.text.length > lengthMax)
    return {
      line,
      error: `NICR_TEXT_TOO_LONG: the field ${options.textField ?? 'text'} has ${content.text.length} characters, at most ${lengthMax}`,
    }
  const deleted = fields['action'] === 'DELETED'
  return { line, id: idOf(fields['id'], line), content, deleted }
}

/** A row whose text can be scored, with all its fields. */
export interface ScorableRow {
  readonly fields: Readonly<Record<string, unknown>>
  readonly content: { readonly text: string; readonly language: string | null }
}

/** Reads what is scored from a row. As for `nicr publish`, a deletion or an image needs no text; it reads as an empty one. */
export function scorableRow(
  row: JsonLine,
  { textField = 'text' }: { readonly textField?: string },
): ScorableRow | BadRow {
  const { line } = row
  if ('error' in row) return row
  if (typeof row.value !== 'object' || row.value === null || Array.isArray(row.value))
    return { line, error: 'is not a JSON object' }
  const fields = row.value as Readonly<Record<string, unknown>>
  const { language, action, image } = fields
  const needed = action !== 'DELETED' && image === undefined
  const text = fields[textField] ?? (needed ? undefined : '')
  if (typeof text !== 'string')
    return { line, error: `the field ${textField} is ${text === undefined ? 'missing' : 'not a string'}` }
  if (language !== undefined && language !== null && typeof language !== 'string')
    return { line, error: 'the field language is not a string' }
  return { fields, content: { text, language: language ?? null } }
}

function idOf(id: unknown, line: number): string {
  return typeof id === 'string' || typeof id === 'number' ? String(id) : String(line)
}
