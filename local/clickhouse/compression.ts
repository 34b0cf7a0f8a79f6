/** Undoes a body's Content-Encoding here where the SQL itself is compressed, and names the encodings the engine handles. */
import { pipeline, type Readable, type Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { Decompress as ZstdDecompress } from 'fzstd'
import { decompressFrame } from 'lz4-napi'
import { ClickHouseException } from './exceptions.ts'

/** The names are the same in HTTP and in the engine's COMPRESSION clause; from most to least preferred, as the server picks. */
const encodings = ['zstd', 'br', 'lz4', 'gzip', 'deflate'] as const
export type Encoding = (typeof encodings)[number]

/** LZ4 frames with SQL at their head are decoded in one piece; data behind a query in the URL have no such limit. */
const lz4FrameBytesMax = 64 * 1024 * 1024

/** @throws ClickHouseException for an encoding that is not known */
export function readContentEncoding(header: string | undefined): Encoding | undefined {
  const name = header?.trim().toLowerCase()
  if (name === undefined || name === '' || name === 'identity') return undefined
  const known = encodings.find(encoding => encoding === (name === 'x-gzip' ? 'gzip' : name))
  if (known === undefined)
    throw new ClickHouseException('NOT_IMPLEMENTED', `Unknown HTTP content encoding: ${name}`)
  return known
}

/** The encoding for a response, by the Accept-Encoding header. */
export function chooseEncoding(accepted: string | undefined): Encoding | undefined {
  const names = (accepted ?? '').split(',').filter(entry => !/;\s*q=0(\.0*)?\s*$/.test(entry))
  const offered = new Set(names.map(entry => entry.split(';')[0]!.trim().toLowerCase()))
  return encodings.find(encoding => offered.has(encoding))
}

/**
 * The body's own bytes, decoded piece by piece.
 * @throws ClickHouseException INCORRECT_DATA while reading, where the bytes are not of that encoding
 */
export async function* decodeBody(body: Readable, encoding: Encoding | undefined): AsyncGenerator<Buffer> {
  if (encoding === undefined) {
    yield* body as AsyncIterable<Buffer>
    return
  }
  try {
    if (encoding === 'zstd') yield* decodeZstd(body)
    else if (encoding === 'lz4') yield await decodeLz4(body)
    else yield* throughZlib(body, encoding)
  } catch (error) {
    if (body.errored || error instanceof ClickHouseException) throw error
    throw new ClickHouseException(
      'INCORRECT_DATA',
      `The body could not be decoded as ${encoding}: ${(error as Error).message}`,
    )
  }
}

function throughZlib(body: Readable, encoding: 'br' | 'gzip' | 'deflate'): AsyncIterable<Buffer> {
  const create = { br: createBrotliDecompress, gzip: createGunzip, deflate: createInflate }
  const decoder: Transform = create[encoding]()
  // Errors reach whoever iterates over the decoder, which pipeline destroys with them.
  pipeline(body, decoder, () => undefined)
  return decoder
}

async function* decodeZstd(body: Readable): AsyncGenerator<Buffer> {
  const decoded: Buffer[] = []
  const decoder = new ZstdDecompress(chunk => decoded.push(Buffer.from(chunk)))
  for await (const chunk of body as AsyncIterable<Buffer>) {
    decoder.push(chunk)
    yield* decoded.splice(0)
  }
  decoder.push(new Uint8Array(0), true)
  yield* decoded
}

async function decodeLz4(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > lz4FrameBytesMax) {
      const detail = `an LZ4 body with SQL at its head may have ${lz4FrameBytesMax} bytes; put the query in the URL`
      throw new ClickHouseException('QUERY_IS_TOO_LARGE', detail)
    }
    chunks.push(chunk)
  }
  return decompressFrame(Buffer.concat(chunks))
}
