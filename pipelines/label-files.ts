import { readFile, stat } from 'node:fs/promises'
import { isUnavailable, NicrError } from '../schemas/errors.ts'
import { isFields, type JsonLine, readJsonLines } from './jsonl.ts'
import type { KindDeclaration } from './kind-declaration.ts'
import { labelsOfRecord, recordOf } from './label-argilla.ts'
import { IMAGES_MAX, isImageRef } from './label-boxes.ts'
import type { ExportedContent } from './label-export.ts'
import { labelOfLine, type ReadLabelRow } from './label-row.ts'
import { labelsOfTask, taskOf } from './label-studio.ts'

/** jsonl: a label a line. label-studio, argilla: one JSON list, a content with all its labels an element. */
export const labelFormats = ['jsonl', 'label-studio', 'argilla'] as const
export type LabelFormat = (typeof labelFormats)[number]

/** A list is read as a whole. */
const LIST_BYTES_MAX = 256 * 1024 * 1024

/** Makes a reference of a picture file. @throws NicrError NICR_IMAGE_*, NICR_FILE_UNREADABLE */
export type RefOfFile = (path: string) => Promise<unknown>

/**
 * The labels of a file, in order; what is wrong with one is a row of its own and reading goes on.
 * @param refOf of JSON lines whose `image` or `images` are paths of files; without it only references are taken
 * @throws NicrError NICR_FILE_UNREADABLE; NICR_INPUT_INVALID where a list is too large, or none
 */
export async function* readLabelFile(
  path: string,
  format: LabelFormat,
  kind: KindDeclaration,
  refOf?: RefOfFile,
): AsyncGenerator<ReadLabelRow> {
  if (format === 'jsonl') {
    for await (const row of readJsonLines(path))
      yield labelOfLine(kind, refOf === undefined || kind.input === 'TEXT' ? row : await withRefs(row, refOf))
    return
  }
  const elements = await readList(path, format)
  const labelsOf = format === 'label-studio' ? labelsOfTask : labelsOfRecord
  for (const [i, element] of elements.entries()) yield* labelsOf(kind, element, i + 1)
}

/** The row with references in place of the paths of its pictures, or with what is wrong with one of them. */
async function withRefs(row: JsonLine, refOf: RefOfFile): Promise<JsonLine> {
  if ('error' in row || !isFields(row.value)) return row
  const fields = row.value
  const given = fields['images'] ?? fields['image']
  const resolved = (one: unknown) =>
    typeof one === 'string' && one !== '' && !isImageRef(one) ? refOf(one) : one
  try {
    const images = Array.isArray(given)
      ? await Promise.all(given.slice(0, IMAGES_MAX + 1).map(resolved))
      : await resolved(given)
    return { ...row, value: { ...fields, images } }
  } catch (error) {
    if (error instanceof NicrError && !isUnavailable(error)) return { line: row.line, error: error.message }
    throw error
  }
}

async function readList(path: string, format: LabelFormat): Promise<unknown[]> {
  let text: string
  try {
    const { size } = await stat(path)
    if (size > LIST_BYTES_MAX)
      throw new NicrError(
        'NICR_INPUT_INVALID',
        `${path} has ${size} bytes, at most ${LIST_BYTES_MAX} are read at once; cut the list, or use --format jsonl`,
      )
    text = await readFile(path, 'utf8')
  } catch (cause) {
    if (cause instanceof NicrError) throw cause
    throw new NicrError('NICR_FILE_UNREADABLE', `${path} cannot be read: ${(cause as Error).message}`, {
      cause,
    })
  }
  let list: unknown
  try {
    list = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    throw new NicrError('NICR_INPUT_INVALID', `${path} is not JSON; ${format} is one JSON list`)
  }
  if (Array.isArray(list)) return list
  throw new NicrError('NICR_INPUT_INVALID', `${path} is not a JSON list, as ${format} is`)
}

/** A file's pieces of text, written as contents come. */
export async function* labelFile(
  kind: KindDeclaration,
  format: LabelFormat,
  contents: AsyncIterable<ExportedContent>,
): AsyncGenerator<string> {
  if (format === 'jsonl') {
    for await (const content of contents)
      for (const line of linesOf(kind, content)) yield `${JSON.stringify(line)}\n`
    return
  }
  const elementOf = format === 'label-studio' ? taskOf : recordOf
  let before = '[\n'
  for await (const content of contents) {
    yield `${before}${JSON.stringify(elementOf(kind, content))}`
    before = ',\n'
  }
  yield before === '[\n' ? '[]\n' : '\n]\n'
}

function linesOf(
  kind: KindDeclaration,
  { contentId, revision, text, language, images, labels }: ExportedContent,
) {
  return labels.map(({ value, boxes, labeller, origin, guidelineVersion, seconds, modelShown, at }) => ({
    contentId,
    revision,
    text,
    ...(language === null ? {} : { language }),
    ...(kind.input === 'IMAGE' ? { images, boxes } : {}),
    [kind.training.field]: value,
    labeller,
    origin,
    at: new Date(at).toISOString(),
    seconds,
    guidelineVersion,
    modelShown,
  }))
}
