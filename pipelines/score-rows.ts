import type { Model, Reason, Scorable, ScorableImage } from '../processors/scorer.ts'
import type { ErrorCode } from '../schemas/errors.ts'
import type { LookAtImage } from './images/look-at-images.ts'
import type { JsonLine } from './jsonl.ts'
import type { KindDeclaration } from './kind-declaration.ts'
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
  /** The field that holds the path of an image. */
  readonly imageField?: string
  /** Looks at the image a row names by its path; kinds that look at pictures need it. */
  readonly look?: LookAtImage | undefined
}

/** As the setting NICR_TEXT_LENGTH. */
const TEXT_LENGTH_MAX = 100_000
/** Rows scored in one call of the model. */
const BATCH_ROWS_MAX = 256
/** Rows whose pictures are in memory at once, each as large as a file may be. */
export const PICTURE_ROWS_MAX = 16

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
    batch.push(readRow(kind, row, options))
    if (batch.length < (kind.input === 'IMAGE' ? PICTURE_ROWS_MAX : BATCH_ROWS_MAX)) continue
    yield* await scoreRowBatch(kind, model, batch, options)
    batch = []
  }
  yield* await scoreRowBatch(kind, model, batch, options)
}

interface GoodRow {
  readonly line: number
  readonly id: string
  readonly content: Scorable
  /** A deletion is not scored, whatever text it still carries: the stream clears the content's scores. */
  readonly deleted: boolean
}
type Row = GoodRow | BadRow

async function scoreRowBatch(
  kind: KindDeclaration,
  model: Model<unknown, unknown>,
  rows: readonly Row[],
  { look }: ScoreRowsOptions,
) {
  const batch = look === undefined ? rows : await Promise.all(rows.map(row => lookAtRow(row, look)))
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

async function lookAtRow(row: Row, look: LookAtImage): Promise<Row> {
  if ('error' in row || row.deleted) return row
  const looked = await lookAtPicture(row.content, look)
  if ('content' in looked) return { ...row, content: looked.content }
  return { line: row.line, error: looked.error }
}

/** A content of one picture at most with what was seen in it, or why it could not be looked at. */
export async function lookAtPicture<Content extends Scorable>(
  content: Content,
  look: LookAtImage,
): Promise<{ readonly content: Content } | { readonly code: ErrorCode; readonly error: string }> {
  const [image] = content.images ?? []
  if (image === undefined) return { content }
  const looked = await look(image)
  if (looked.status === 'SEEN') return { content: { ...content, images: [{ ...image, seen: looked.seen }] } }
  return { code: looked.code, error: `the image ${image.ref}: ${looked.code}: ${looked.detail}` }
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

function readRow(kind: KindDeclaration, row: JsonLine, options: ScoreRowsOptions): Row {
  const { line } = row
  const scorable = scorableRow(kind, row, options)
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
  readonly content: {
    readonly text: string
    readonly language: string | null
    /** By its path, as the row names it; only for kinds that look at pictures. */
    readonly images?: readonly ScorableImage[]
  }
}

/**
 * Reads what is scored from a row. As for `nicr publish`, a deletion or an image needs no text; it reads as an empty one, and
 * so does a missing text for a kind that looks at pictures.
 */
export function scorableRow(
  { input }: Pick<KindDeclaration, 'input'>,
  row: JsonLine,
  { textField = 'text', imageField = 'image' }: Pick<ScoreRowsOptions, 'textField' | 'imageField'>,
): ScorableRow | BadRow {
  const { line } = row
  if ('error' in row) return row
  if (typeof row.value !== 'object' || row.value === null || Array.isArray(row.value))
    return { line, error: 'is not a JSON object' }
  const fields = row.value as Readonly<Record<string, unknown>>
  const { language, action } = fields
  const image = fields[imageField]
  const needed = input === 'TEXT' && action !== 'DELETED' && image === undefined
  const text = fields[textField] ?? (needed ? undefined : '')
  if (typeof text !== 'string')
    return { line, error: `the field ${textField} is ${text === undefined ? 'missing' : 'not a string'}` }
  if (language !== undefined && language !== null && typeof language !== 'string')
    return { line, error: 'the field language is not a string' }
  const content = { text, language: language ?? null }
  if (input === 'TEXT') return { fields, content }
  if (image === undefined || image === null) return { fields, content: { ...content, images: [] } }
  if (typeof image !== 'string' || image === '')
    return { line, error: `the field ${imageField} is not a path` }
  return { fields, content: { ...content, images: [{ ref: image }] } }
}

function idOf(id: unknown, line: number): string {
  return typeof id === 'string' || typeof id === 'number' ? String(id) : String(line)
}
