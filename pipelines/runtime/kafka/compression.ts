import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { decompress as unzstd } from 'fzstd'
import { decompressFrame as unlz4 } from 'lz4-napi'
import snappy from 'snappyjs'

/**
 * The codecs of Kafka's record batches (gzip, snappy, lz4, zstd): kafkajs 2.2.4 alone reads only the first. Nicr
 * writes gzip only, and only for dead letters.
 */
export const compressionCodec = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const

/** A batch that unpacks to more than this is a bomb: a broker's batch limit is 1 MiB unless raised. */
export const DECOMPRESSED_BYTES_MAX = 256 * 1024 * 1024

const gzipAsync = promisify(gzip)
const gunzipAsync = promisify(gunzip)

export async function compressGzip(bytes: Buffer): Promise<Buffer> {
  return gzipAsync(bytes)
}

/**
 * Unpacks the records of one batch.
 * @throws Error if the codec is unknown, the bytes are damaged or they unpack to more than the limit
 */
export async function decompress(codec: number, bytes: Buffer): Promise<Buffer> {
  switch (codec) {
    case compressionCodec.gzip:
      return gunzipAsync(bytes, { maxOutputLength: DECOMPRESSED_BYTES_MAX })
    case compressionCodec.snappy:
      return unsnappy(bytes)
    case compressionCodec.lz4:
      return bounded(Buffer.from(await unlz4(bytes)))
    case compressionCodec.zstd:
      return bounded(asBuffer(unzstd(bytes)))
    default:
      throw new Error(`record batch with unknown compression codec ${codec}`)
  }
}

/** Java's snappy writes a framing of its own (xerial): a magic, two versions, then chunks with their lengths. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])
const XERIAL_HEADER_BYTES = 16

function unsnappy(bytes: Buffer): Buffer {
  if (!bytes.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC))
    return bounded(asBuffer(snappy.uncompress(bytes)))
  const chunks: Buffer[] = []
  let total = 0
  for (let at = XERIAL_HEADER_BYTES; at < bytes.length; ) {
    const length = bytes.readInt32BE(at)
    const chunk = asBuffer(snappy.uncompress(bytes.subarray(at + 4, at + 4 + length)))
    total += chunk.length
    if (total > DECOMPRESSED_BYTES_MAX) throw tooLarge()
    chunks.push(chunk)
    at += 4 + length
  }
  return Buffer.concat(chunks)
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function bounded(bytes: Buffer): Buffer {
  if (bytes.length > DECOMPRESSED_BYTES_MAX) throw tooLarge()
  return bytes
}

function tooLarge(): Error {
  return new Error(`record batch unpacks to more than ${DECOMPRESSED_BYTES_MAX} bytes`)
}
