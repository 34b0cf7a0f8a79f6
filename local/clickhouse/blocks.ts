/**
 * ClickHouse's own compressed blocks, which responses use with `compress=1` and bodies with `decompress=1`: a checksum of
 * 16 bytes, one byte for the method, the compressed size with this header of 9 bytes and the size of the data (both
 * uint32, little-endian), the data. Clients check the checksum; here it is not checked, as nothing left this machine.
 */
import { decompress as decompressZstd } from 'fzstd'
import { compress, uncompressSync } from 'lz4-napi'
import { cityHash128 } from './cityhash.ts'
import { ClickHouseException } from './exceptions.ts'

const checksumBytes = 16
const headerBytes = 9
/** The server's own limit for a block. */
const blockBytesMax = 1024 * 1024 * 1024
const methods = { none: 0x02, lz4: 0x82, zstd: 0x90 } as const

/** One LZ4 block for each piece. */
export async function* encodeBlocks(
  pieces: AsyncIterable<Buffer> | Iterable<Buffer>,
): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    // lz4-napi puts the data's size in front, as the header has it too.
    const sizeAndData = await compress(piece)
    const header = Buffer.alloc(headerBytes - 4)
    header[0] = methods.lz4
    header.writeUInt32LE(header.length + sizeAndData.length, 1)
    const block = Buffer.concat([header, sizeAndData])
    yield Buffer.concat([cityHash128(block), block])
  }
}

/** @throws ClickHouseException INCORRECT_DATA where the bytes are not such blocks */
export async function* decodeBlocks(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let pending: Buffer = Buffer.alloc(0)
  for await (const chunk of body) {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
    for (
      let size = blockSize(pending);
      size !== undefined && pending.length >= size;
      size = blockSize(pending)
    ) {
      yield decodeBlock(pending.subarray(checksumBytes, size))
      pending = pending.subarray(size)
    }
  }
  if (pending.length > 0)
    throw new ClickHouseException('INCORRECT_DATA', 'The body ends within a compressed block')
}

/** The whole block's size with its checksum, once the header is there. */
function blockSize(bytes: Buffer): number | undefined {
  if (bytes.length < checksumBytes + headerBytes) return undefined
  const compressedBytes = bytes.readUInt32LE(checksumBytes + 1)
  const dataBytes = bytes.readUInt32LE(checksumBytes + 5)
  if (compressedBytes < headerBytes || compressedBytes > blockBytesMax || dataBytes > blockBytesMax) {
    throw new ClickHouseException(
      'INCORRECT_DATA',
      'The body is not made of compressed blocks, as decompress=1 says',
    )
  }
  return checksumBytes + compressedBytes
}

function decodeBlock(block: Buffer): Buffer {
  const method = block[0]
  const data = block.subarray(headerBytes)
  if (method === methods.none) return data
  // lz4-napi wants the data's size in front, which is the header's last field.
  if (method === methods.lz4) return uncompressSync(block.subarray(headerBytes - 4))
  if (method === methods.zstd) return Buffer.from(decompressZstd(data, new Uint8Array(block.readUInt32LE(5))))
  throw new ClickHouseException(
    'INCORRECT_DATA',
    `Unknown compression method 0x${method?.toString(16)} of a block`,
  )
}
