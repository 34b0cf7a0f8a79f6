import type { Label } from '../schemas/records.ts'
import { isFields, type JsonLine } from './jsonl.ts'
import type { KindDeclaration } from './kind-declaration.ts'
import { type HeldImage, holdsInput } from './kind-input.ts'
import { boxesIn, imagesIn } from './label-boxes.ts'
import { labelsWanted, targetOf } from './label-values.ts'

/** A label as files hold it, or a text that nobody labelled yet. */
export interface LabelRow {
  /** Where it stood, for people: `line 7`, `task 7`. */
  readonly place: string
  /** null: the file names none, so one is made of the text. */
  readonly contentId: string | null
  readonly revision: number
  readonly text: string | null
  readonly language: string | null
  /** Empty where the file names none, or the kind reads text alone. */
  readonly images: readonly HeldImage[]
  readonly boxes: Label['boxes']
  /** On the kind's own scale; null: not labelled. */
  readonly value: number | null
  readonly labeller: string | null
  /** Whether a moderator decided it. */
  readonly adjudicated: boolean
  /** ms since the epoch. */
  readonly at: number | null
  readonly seconds: number | null
  readonly guidelineVersion: string | null
}

/** A row, or what is wrong with it. */
export type ReadLabelRow = LabelRow | { readonly place: string; readonly error: string }

/** A row of JSON lines: `contentId` or `id`, `text`, the label as `value`, `label` or the kind's own field, `labeller`, `at`. */
export function labelOfLine(kind: KindDeclaration, row: JsonLine): ReadLabelRow {
  const place = `line ${row.line}`
  if ('error' in row) return { place, error: row.error }
  if (!isFields(row.value)) return { place, error: 'is not a JSON object' }
  const fields = row.value
  const names = ['value', kind.training.field, 'label']
  const name = names.find(one => fields[one] !== undefined && fields[one] !== null)
  return labelRow(kind, place, {
    contentId: fields['contentId'] ?? fields['id'],
    revision: fields['revision'],
    text: fields['text'],
    language: fields['language'],
    images: fields['images'] ?? fields['image'],
    boxes: fields['boxes'],
    label: name === undefined ? undefined : { name, value: fields[name] },
    labeller: fields['labeller'],
    adjudicated: fields['origin'] === 'adjudication',
    at: fields['at'],
    seconds: fields['seconds'],
    guidelineVersion: fields['guidelineVersion'],
  })
}

/** What a file says of a label, unchecked; undefined and null: nothing. */
export interface SaidOfLabel {
  readonly contentId: unknown
  readonly revision: unknown
  readonly text: unknown
  readonly language?: unknown
  /** A ref or `{ ref, sha256 }`, or several. */
  readonly images?: unknown
  /** Rectangles in fractions; `image` may be left out where there is one. */
  readonly boxes?: unknown
  /** With the name of its field, for people. */
  readonly label: { readonly name: string; readonly value: unknown } | undefined
  readonly labeller?: unknown
  readonly adjudicated: boolean
  readonly at?: unknown
  readonly seconds?: unknown
  readonly guidelineVersion?: unknown
}

const ID_LENGTH_MAX = 512
const NAME_LENGTH_MAX = 200

/** The row that is said, or all that is wrong with it by field. */
export function labelRow(kind: KindDeclaration, place: string, said: SaidOfLabel): ReadLabelRow {
  const problems: string[] = []
  const value = said.label === undefined ? null : targetOf(kind, said.label.value)
  if (said.label !== undefined && value === null)
    problems.push(`the field ${said.label.name} is ${labelsWanted(kind)}`)
  const contentId = nameOf(said.contentId, 'contentId', ID_LENGTH_MAX, problems)
  const text = textOf(said.text, 'text', problems)
  const images = kind.input === 'IMAGE' ? imagesIn(said.images, problems) : []
  if (contentId === null && !holdsInput(kind, { text: text ?? '', images }))
    problems.push(`the field contentId is missing, and so is ${kind.input === 'IMAGE' ? 'image' : 'text'}`)
  const row: LabelRow = {
    place,
    contentId,
    revision: revisionOf(said.revision, problems),
    text,
    language: textOf(said.language, 'language', problems),
    images,
    boxes: kind.input === 'IMAGE' ? boxesIn(said.boxes, images, problems) : [],
    value,
    labeller: nameOf(said.labeller, 'labeller', NAME_LENGTH_MAX, problems),
    adjudicated: said.adjudicated,
    at: timeOf(said.at, problems),
    seconds: typeof said.seconds === 'number' && said.seconds >= 0 ? said.seconds : null,
    guidelineVersion: textOf(said.guidelineVersion, 'guidelineVersion', problems),
  }
  return problems.length > 0 ? { place, error: problems.join('; ') } : row
}

function isMissing(value: unknown): value is undefined | null {
  return value === undefined || value === null
}

function nameOf(value: unknown, field: string, lengthMax: number, problems: string[]): string | null {
  if (isMissing(value) || value === '') return null
  const name = typeof value === 'number' ? String(value) : value
  if (typeof name === 'string' && name.length <= lengthMax) return name
  problems.push(`the field ${field} is not a text of at most ${lengthMax} characters`)
  return null
}

function textOf(value: unknown, field: string, problems: string[]): string | null {
  if (isMissing(value)) return null
  if (typeof value === 'string') return value
  problems.push(`the field ${field} is not a string`)
  return null
}

function revisionOf(value: unknown, problems: string[]): number {
  if (isMissing(value)) return 0
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 31) return value as number
  problems.push('the field revision is not a whole number from 0 to 2147483647')
  return 0
}

/** The latest time that ClickHouse keeps to the ms. */
const TIME_MAX = Date.UTC(2262, 0, 1)

function timeOf(value: unknown, problems: string[]): number | null {
  if (isMissing(value)) return null
  const ms = typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : Number.NaN
  if (Number.isFinite(ms) && ms >= 0 && ms < TIME_MAX) return Math.trunc(ms)
  problems.push('the field at is neither milliseconds since the epoch nor an ISO 8601 time')
  return null
}
