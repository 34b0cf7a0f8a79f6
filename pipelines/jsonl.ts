import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { NicrError } from '../schemas/errors.ts'

/** A row of a JSON-lines file, or what is wrong with it. Lines count from 1; blank lines count but give no row. */
export type JsonLine =
  | { readonly line: number; readonly value: unknown }
  | { readonly line: number; readonly error: string }

/** A longer line is refused without being kept, so that a file without line breaks does not fill the memory. */
export const LINE_BYTES_MAX = 16 * 1024 * 1024

const LINE_FEED = 0x0a

/**
 * Reads `.jsonl`, or `.jsonl.gz` by its name, row by row; memory does not grow with the file. A bad line is a row with
 * an error and reading goes on; what makes the rest unreadable throws.
 * @throws NicrError NICR_FILE_UNREADABLE: missing, not a file, not permitted, or a damaged or cut off gzip (with the last line read)
 */
export async function* readJsonLines(path: string): AsyncGenerator<JsonLine> {
  for await (const rows of readJsonLineBatches(path)) yield* rows
}

/** As `readJsonLines`, a chunk of the file at a time, for readers that want no promise a row. */
export async function* readJsonLineBatches(path: string): AsyncGenerator<readonly JsonLine[]> {
  const splitter = createLineSplitter()
  try {
    if ((await stat(path)).isDirectory()) throw new Error('is a folder')
    for await (const chunk of openBytes(path)) yield splitter.push(chunk as Buffer)
  } catch (cause) {
    const after = splitter.lines() === 0 ? '' : ` after line ${splitter.lines()}`
    throw new NicrError('NICR_FILE_UNREADABLE', `${path} cannot be read${after}: ${reasonOf(cause)}`, {
      cause,
    })
  }
  yield splitter.end()
}

function openBytes(path: string): AsyncIterable<unknown> {
  const file = createReadStream(path)
  if (!path.endsWith('.gz')) return file
  const plain = createGunzip()
  file.on('error', error => plain.destroy(error))
  return file.pipe(plain)
}

function reasonOf(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException
  if (code === 'ENOENT') return 'there is no such file'
  if (code === 'EACCES') return 'permission denied'
  if (code === 'Z_BUF_ERROR') return 'the gzip is cut off'
  return message
}

function createLineSplitter() {
  let line = 0
  let parts: Buffer[] = []
  let bytes = 0

  function keep(part: Buffer): void {
    bytes += part.length
    if (bytes > LINE_BYTES_MAX) parts = []
    else parts.push(part)
  }
  function finishLine(into: JsonLine[]): void {
    line++
    const row = bytes > LINE_BYTES_MAX ? { line, error: tooLong } : parseLine(line, parts)
    if (row !== null) into.push(row)
    parts = []
    bytes = 0
  }
  return {
    lines: () => line,
    push(chunk: Buffer): JsonLine[] {
      const rows: JsonLine[] = []
      let start = 0
      for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
        keep(chunk.subarray(start, end))
        finishLine(rows)
        start = end + 1
      }
      if (start < chunk.length) keep(chunk.subarray(start))
      return rows
    },
    end(): JsonLine[] {
      const rows: JsonLine[] = []
      if (bytes > 0) finishLine(rows)
      return rows
    },
  }
}

const tooLong = `is longer than ${LINE_BYTES_MAX / 1024 / 1024} MiB`

/** A row, or null for a blank line. A byte order mark before the first row is skipped. */
function parseLine(line: number, parts: readonly Buffer[]): JsonLine | null {
  const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts)
  if (!isUtf8(bytes)) return { line, error: 'is not UTF-8' }
  const text = bytes.toString('utf8').replace(line === 1 ? /^\uFEFF/ : '', '')
  if (text.trim() === '') return null
  try {
    return { line, value: JSON.parse(text) as unknown }
  } catch (cause) {
    // The parser quotes the line, which may hold what a terminal would obey.
    return { line, error: `is not JSON: ${(cause as Error).message.replaceAll(/\p{Cc}/gu, ' ')}` }
  }
}

/** A JSON object. */
export type Fields = Readonly<Record<string, unknown>>

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
