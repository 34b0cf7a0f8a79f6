/** Writes answers and exceptions to HTTP responses with the server's headers. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { encodeBlocks } from './blocks.ts'
import type { Engine } from './engine.ts'
import { describeException } from './exceptions.ts'
import type { Answer } from './execute.ts'
import { contentTypeOf } from './formats.ts'

/** Result files are read in pieces of this size, which also makes ClickHouse's compressed blocks. */
const pieceBytes = 256 * 1024

export type AnswerOptions = {
  queryId: string
  timezone: string
  compressedBlocks: boolean
  headOnly: boolean
}

export async function sendAnswer(
  response: ServerResponse,
  engine: Engine,
  answer: Answer,
  options: AnswerOptions,
): Promise<void> {
  setCommonHeaders(response, engine, options)
  response.setHeader('Content-Type', contentTypeOf(answer.format ?? ''))
  if (answer.format !== undefined) response.setHeader('X-ClickHouse-Format', answer.format)
  response.setHeader('X-ClickHouse-Summary', summaryText(answer))
  const size = await sizeOf(answer)
  if ('path' in answer.body && answer.body.encoding !== undefined)
    response.setHeader('Content-Encoding', answer.body.encoding)
  if (!options.compressedBlocks) response.setHeader('Content-Length', size)
  if (options.headOnly || size === 0) {
    response.end()
    return
  }
  const pieces: AsyncIterable<Buffer> | Buffer[] =
    'path' in answer.body
      ? createReadStream(answer.body.path, { highWaterMark: pieceBytes })
      : [Buffer.from(answer.body.bytes)]
  await pipeline(options.compressedBlocks ? encodeBlocks(pieces) : pieces, response)
}

/** The exception as status, code header and text. What went wrong after the headers left can only break the connection. */
export function sendException(
  response: ServerResponse,
  engine: Engine,
  error: unknown,
  options: { queryId: string; timezone: string },
): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const { code, status, text } = describeException(error, engine.version)
  setCommonHeaders(response, engine, options)
  response.removeHeader('Content-Encoding')
  response.setHeader('Content-Length', Buffer.byteLength(text))
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8')
  response.setHeader('X-ClickHouse-Exception-Code', code)
  if (status === 401) response.setHeader('WWW-Authenticate', 'Basic realm="ClickHouse server HTTP API"')
  response.writeHead(status).end(text)
}

function setCommonHeaders(
  response: ServerResponse,
  engine: Engine,
  options: { queryId: string; timezone: string },
): void {
  response.setHeader('X-ClickHouse-Server-Display-Name', engine.hostName)
  response.setHeader('X-ClickHouse-Query-Id', headerText(options.queryId))
  response.setHeader('X-ClickHouse-Timezone', headerText(options.timezone))
}

/** A caller's own id may hold characters that no header can. */
function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?')
}

function summaryText({ summary }: Answer): string {
  return JSON.stringify({
    read_rows: String(summary.resultRows),
    read_bytes: String(summary.resultBytes),
    written_rows: String(summary.writtenRows),
    written_bytes: String(summary.writtenBytes),
    total_rows_to_read: '0',
    result_rows: String(summary.resultRows),
    result_bytes: String(summary.resultBytes),
    elapsed_ns: String(Math.round(summary.elapsedMs * 1e6)),
  })
}

async function sizeOf(answer: Answer): Promise<number> {
  return 'path' in answer.body ? (await stat(answer.body.path)).size : answer.body.bytes.length
}
