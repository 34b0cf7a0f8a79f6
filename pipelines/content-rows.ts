import type { RecordOf } from '../schemas/topics.ts'
import type { JsonLine } from './jsonl.ts'

type Content = RecordOf<'content'>

export interface ContentRowOptions {
  /** The field that holds the text. */
  readonly textField: string
  /** The field that holds the path of an image. */
  readonly imageField: string
  /** Names rows without an id: `<file>:<line>`, so that publishing a file twice repeats its ids. */
  readonly fileName: string
  /** Event time of rows without `at`, ms since the epoch. */
  readonly now: number
  /** Longest text, in UTF-16 code units. */
  readonly textLengthMax: number
}

/** A row as content, with the path of its image where it names one; or what is wrong with it. */
export type ContentRow =
  | { readonly line: number; readonly content: Content; readonly imagePath: string | null }
  | { readonly line: number; readonly error: string }

/** The content record of a row: `text`, and where known `id`, `author`, `at` and the record's other fields. */
export function contentOfRow(row: JsonLine, options: ContentRowOptions): ContentRow {
  const { line } = row
  if ('error' in row) return row
  if (typeof row.value !== 'object' || row.value === null || Array.isArray(row.value))
    return { line, error: 'is not a JSON object' }
  const fields = row.value as Readonly<Record<string, unknown>>
  const problems: string[] = []
  const text = textOf(fields, options, problems)
  const content: Content = {
    id: idOf(fields['id']) ?? `${options.fileName}:${line}`,
    kind: kindOf(fields['kind']),
    action: choiceOf(fields, 'action', ['CREATED', 'EDITED', 'DELETED'], 'CREATED', problems),
    revision: revisionOf(fields['revision'], problems),
    author: idOf(fields['author']) ?? '',
    authorSince: fields['authorSince'] === undefined ? null : timeOf(fields, 'authorSince', problems),
    thread: idOf(fields['thread']),
    parent: idOf(fields['parent']),
    language: stringOf(fields, 'language', problems),
    text,
    images: [],
    at: fields['at'] === undefined ? options.now : (timeOf(fields, 'at', problems) ?? options.now),
  }
  const imagePath = stringOf(fields, options.imageField, problems)
  return problems.length > 0 ? { line, error: problems.join('; ') } : { line, content, imagePath }
}

function textOf(
  fields: Readonly<Record<string, unknown>>,
  { textField, imageField, textLengthMax }: ContentRowOptions,
  problems: string[],
): string {
  const text = fields[textField]
  const needed = (fields[imageField] ?? null) === null && fields['action'] !== 'DELETED'
  if (text === undefined && !needed) return ''
  if (typeof text !== 'string') {
    problems.push(`the field ${textField} is ${text === undefined ? 'missing' : 'not a string'}`)
    return ''
  }
  if (text.length > textLengthMax)
    problems.push(
      `the field ${textField} has ${text.length} UTF-16 code units, the limit is ${textLengthMax} (NICR_TEXT_LENGTH)`,
    )
  return text
}

/** Data sets call other things `kind`; what is neither of ours says nothing. */
function kindOf(value: unknown): Content['kind'] {
  return value === 'POST' ? 'POST' : 'COMMENT'
}

function choiceOf<Choice extends string>(
  fields: Readonly<Record<string, unknown>>,
  name: string,
  choices: readonly Choice[],
  byDefault: Choice,
  problems: string[],
): Choice {
  const value = fields[name]
  if (value === undefined || value === null) return byDefault
  if (choices.includes(value as Choice)) return value as Choice
  problems.push(`the field ${name} is none of ${choices.join(', ')}`)
  return byDefault
}

function revisionOf(value: unknown, problems: string[]): number {
  if (value === undefined || value === null) return 0
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 31) return value as number
  problems.push('the field revision is not a whole number from 0 to 2147483647')
  return 0
}

function idOf(value: unknown): string | null {
  return (typeof value === 'string' && value !== '') || typeof value === 'number' ? String(value) : null
}

function stringOf(
  fields: Readonly<Record<string, unknown>>,
  name: string,
  problems: string[],
): string | null {
  const value = fields[name]
  if (value === undefined || value === null) return null
  if (typeof value === 'string') return value
  problems.push(`the field ${name} is not a string`)
  return null
}

/** Milliseconds since the epoch, or an ISO 8601 time. */
function timeOf(fields: Readonly<Record<string, unknown>>, name: string, problems: string[]): number | null {
  const value = fields[name]
  const ms = typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : Number.NaN
  if (Number.isSafeInteger(ms)) return ms
  problems.push(`the field ${name} is neither milliseconds since the epoch nor an ISO 8601 time`)
  return null
}
