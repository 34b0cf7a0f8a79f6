/**
 * Takes a request's body in. A statement is kept as text; an INSERT's data go to a file as they come, so a body of any
 * size costs little memory, and a caller that breaks off half-way has inserted nothing.
 */
import { type FileHandle, open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { decodeBlocks } from './blocks.ts'
import { decodeBody, type Encoding } from './compression.ts'
import { ClickHouseException } from './exceptions.ts'
import { isWord, tokens } from './lexer.ts'
import { type DataInsert, type PlainStatement, readStatement } from './statement.ts'

/** An INSERT's clauses stand within this many bytes; what follows is taken for data without being looked at. */
const insertHeadBytesMax = 1024 * 1024
/** Longer statements are refused; the engine's own `max_query_size` (256 KiB, a setting) comes first. */
const queryBytesMax = 16 * 1024 * 1024
/** The most data one INSERT may bring, as they come over the wire. */
const insertBytesMax = 16 * 1024 * 1024 * 1024

/** Rows of an INSERT, in a file that the engine reads. */
export type SpooledData = { path: string; bytes: number; compression: Encoding | undefined }
export type Received = { insert: DataInsert; data: SpooledData } | { statement: PlainStatement; sql: Buffer }

export type BodySource = {
  /** The statement's beginning, from the URL; may be empty. */
  query: string
  body: Readable
  encoding: Encoding | undefined
  compressedBlocks: boolean
  /** The format of an INSERT that names none. */
  insertFormat: string
  dataPath: string
}

/** @throws ClickHouseException for statements that cannot be read or are too large, and for broken encodings */
export async function receiveBody(source: BodySource): Promise<Received> {
  const prefix = source.query === '' ? Buffer.alloc(0) : Buffer.from(`${source.query}\n`)
  const queryEnd = Math.max(0, prefix.length - 1)
  const read = (head: Buffer) =>
    readStatement(head.toString('latin1'), { queryEnd, insertFormat: source.insertFormat })

  if (
    prefix.length > 0 &&
    source.encoding !== undefined &&
    !source.compressedBlocks &&
    beginsInsert(prefix)
  ) {
    const insert = read(prefix)
    // The query is whole, so the engine can decode the data itself.
    if (insert.kind === 'data-insert' && prefix.subarray(insert.dataStart).toString().trim() === '') {
      const bytes = await spool(source.dataPath, Buffer.alloc(0), source.body as AsyncIterable<Buffer>)
      return { insert, data: { path: source.dataPath, bytes, compression: source.encoding } }
    }
  }

  const decoded = decodeBody(source.body, source.encoding)
  const rest = source.compressedBlocks ? decodeBlocks(decoded) : decoded
  let head = await gather(rest, prefix, insertHeadBytesMax)
  if (beginsInsert(head.bytes)) {
    const insert = read(head.bytes)
    if (insert.kind === 'data-insert') {
      const bytes = await spool(source.dataPath, head.bytes.subarray(insert.dataStart), rest)
      return { insert, data: { path: source.dataPath, bytes, compression: undefined } }
    }
  }
  if (!head.ended) head = await gather(rest, head.bytes, queryBytesMax)
  if (!head.ended)
    throw new ClickHouseException(
      'SYNTAX_ERROR',
      `Max query size exceeded: a statement may have ${queryBytesMax} bytes`,
    )
  const statement = read(head.bytes)
  if (statement.kind === 'data-insert') throw new Error('an INSERT was taken for another statement')
  return { statement, sql: head.bytes }
}

function beginsInsert(head: Buffer): boolean {
  const first = tokens(head.toString('latin1')).next()
  return !first.done && isWord(first.value, 'INSERT')
}

/** Reads on until `bytesMax` are there or the body ends. Takes single steps, so that the rest can still be read after. */
async function gather(
  rest: AsyncGenerator<Buffer>,
  start: Buffer,
  bytesMax: number,
): Promise<{ bytes: Buffer; ended: boolean }> {
  const chunks = [start]
  let size = start.length
  while (size < bytesMax) {
    const next = await rest.next()
    if (next.done) return { bytes: Buffer.concat(chunks), ended: true }
    chunks.push(next.value)
    size += next.value.length
  }
  return { bytes: Buffer.concat(chunks), ended: false }
}

/** Writes `first` and then all of `rest` to a new file; returns its size. */
async function spool(path: string, first: Buffer, rest: AsyncIterable<Buffer>): Promise<number> {
  const file = await open(path, 'wx')
  try {
    let bytes = await writeAll(file, first)
    for await (const chunk of rest) {
      bytes += await writeAll(file, chunk)
      if (bytes > insertBytesMax) {
        throw new ClickHouseException(
          'QUERY_IS_TOO_LARGE',
          `an INSERT may bring ${insertBytesMax} bytes; send it in parts`,
        )
      }
    }
    return bytes
  } finally {
    await file.close()
  }
}

async function writeAll(file: FileHandle, bytes: Buffer): Promise<number> {
  if (bytes.length > 0) await file.writeFile(bytes)
  return bytes.length
}
