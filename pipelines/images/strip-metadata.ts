import { crc32 } from 'node:zlib'
import sharp from 'sharp'
import { NicrError } from '../../schemas/errors.ts'
import { type ImageType, imageTypeOf } from './image-types.ts'

/**
 * The file without what tells of its author: EXIF (place, camera, preview), XMP, IPTC, comments, and whatever lies behind
 * its end. Pixels stay bit by bit, as do colour profile, animation and the way it is turned, since scores go by them. AVIF
 * keeps metadata all over the file and is written anew, as WebP.
 * @param bytes an image that `decodeImage` reads
 * @throws NicrError NICR_IMAGE_UNREADABLE where its parts do not fit together, and as `imageTypeOf`
 */
export async function stripMetadata(bytes: Uint8Array): Promise<Uint8Array> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const type = imageTypeOf(bytes)
  try {
    if (type === 'avif')
      return await sharp(bytes, { failOn: 'error' }).autoOrient().webp({ quality: AVIF_QUALITY }).toBuffer()
    const orientation = type === 'gif' ? 1 : ((await sharp(bytes).metadata()).orientation ?? 1)
    return strippers[type](file, orientation)
  } catch (cause) {
    // Offsets come from the file; one beyond its end (RangeError) is the file’s fault, as is what sharp cannot read.
    throw new NicrError(
      'NICR_IMAGE_UNREADABLE',
      `its parts do not fit together: ${(cause as Error).message}`,
      {
        cause,
      },
    )
  }
}

const AVIF_QUALITY = 90

type Stripper = (file: Buffer, orientation: number) => Buffer

const strippers: Readonly<Record<Exclude<ImageType, 'avif'>, Stripper>> = {
  jpeg: stripJpeg,
  png: stripPng,
  webp: stripWebp,
  gif: stripGif,
}

/** EXIF (TIFF, little-endian) that says how the picture is turned, and nothing else. */
function exifOf(orientation: number): Buffer {
  const tiff = Buffer.alloc(26)
  tiff.write('II*\0', 'latin1')
  tiff.writeUInt32LE(8, 4)
  tiff.writeUInt16LE(1, 8)
  tiff.writeUInt16LE(0x0112, 10)
  tiff.writeUInt16LE(3, 12)
  tiff.writeUInt32LE(1, 14)
  tiff.writeUInt16LE(orientation, 18)
  return tiff
}

/** Segments (ITU T.81 B.1): of the application's own only JFIF, the colour profile and Adobe's colour transform stay. */
function stripJpeg(file: Buffer, orientation: number): Buffer {
  const parts = [file.subarray(0, 2)]
  if (orientation !== 1) {
    const exif = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), exifOf(orientation)])
    const head = Buffer.from([0xff, 0xe1, 0, 0])
    head.writeUInt16BE(exif.length + 2, 2)
    parts.push(head, exif)
  }
  for (let at = 2; ; ) {
    // Any number of fill bytes may stand before a marker.
    while (file.readUInt8(at) === 0xff && file.readUInt8(at + 1) === 0xff) at++
    const marker = file.readUInt16BE(at)
    if (marker === 0xffd9) return Buffer.concat([...parts, file.subarray(at, at + 2)])
    if (marker >> 8 !== 0xff) throw new RangeError('no marker')
    const length = 2 + file.readUInt16BE(at + 2)
    const end = marker === 0xffda ? endOfScan(file, at + length) : at + length
    if (end > file.length) throw new RangeError('a segment is cut off')
    if (isKeptSegment(marker, file.subarray(at + 4, at + 18).toString('latin1')))
      parts.push(file.subarray(at, end))
    at = end
  }
}

function isKeptSegment(marker: number, begin: string): boolean {
  if (marker === 0xffe0) return begin.startsWith('JFIF\0')
  if (marker === 0xffe2) return begin.startsWith('ICC_PROFILE\0')
  if (marker === 0xffee) return begin.startsWith('Adobe')
  return !(marker >= 0xffe0 && marker <= 0xffef) && marker !== 0xfffe
}

/** Where the next marker stands; within a scan 0xff is followed by 0 or by a restart. */
function endOfScan(file: Buffer, from: number): number {
  for (let at = file.indexOf(0xff, from); at !== -1; at = file.indexOf(0xff, at + 1)) {
    const next = file.readUInt8(at + 1)
    if (next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at
  }
  throw new RangeError('the scan does not end')
}

const PNG_SIGNATURE_BYTES = 8
const PNG_CHUNKS = new Set(
  'IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP bKGD pHYs acTL fcTL fdAT'.split(' '),
)

/** Chunks (W3C PNG, third edition): those that pixels and colours need. */
function stripPng(file: Buffer, orientation: number): Buffer {
  const parts = [file.subarray(0, PNG_SIGNATURE_BYTES)]
  for (let at = PNG_SIGNATURE_BYTES; ; ) {
    const end = at + 12 + file.readUInt32BE(at)
    if (end > file.length) throw new RangeError('a chunk is cut off')
    const type = file.toString('latin1', at + 4, at + 8)
    if (PNG_CHUNKS.has(type)) parts.push(file.subarray(at, end))
    if (type === 'IEND') return Buffer.concat(parts)
    if (type === 'IHDR' && orientation !== 1) parts.push(pngChunk('eXIf', exifOf(orientation)))
    at = end
  }
}

function pngChunk(type: string, data: Buffer): Buffer {
  const chunk = Buffer.alloc(12 + data.length)
  chunk.writeUInt32BE(data.length)
  chunk.write(type, 4, 'latin1')
  data.copy(chunk, 8)
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length)
  return chunk
}

const WEBP_CHUNKS = new Set(['VP8 ', 'VP8L', 'VP8X', 'ALPH', 'ANIM', 'ANMF', 'ICCP'])
/** Flags of VP8X. */
const WEBP_EXIF = 0x08
const WEBP_XMP = 0x04

/** Chunks (RFC 9649). */
function stripWebp(file: Buffer, orientation: number): Buffer {
  const parts: Buffer[] = []
  const riffEnd = 8 + file.readUInt32LE(4)
  if (riffEnd > file.length) throw new RangeError('the file is cut off')
  let isExtended = false
  for (let at = 12; at + 8 <= riffEnd; ) {
    const length = file.readUInt32LE(at + 4)
    const end = at + 8 + length + (length % 2)
    if (at + 8 + length > riffEnd) throw new RangeError('a chunk is cut off')
    const type = file.toString('latin1', at, at + 4)
    const chunk = Buffer.from(file.subarray(at, Math.min(end, riffEnd)))
    if (type === 'VP8X') {
      isExtended = true
      chunk.writeUInt8(
        (chunk.readUInt8(8) & ~(WEBP_EXIF | WEBP_XMP)) | (orientation === 1 ? 0 : WEBP_EXIF),
        8,
      )
    }
    if (WEBP_CHUNKS.has(type)) parts.push(chunk)
    at = end
  }
  if (orientation !== 1 && isExtended) {
    const exif = exifOf(orientation)
    const head = Buffer.from('EXIF\0\0\0\0', 'latin1')
    head.writeUInt32LE(exif.length, 4)
    parts.push(head, exif)
  }
  const body = Buffer.concat(parts)
  const head = Buffer.from('RIFF\0\0\0\0WEBP', 'latin1')
  head.writeUInt32LE(body.length + 4, 4)
  return Buffer.concat([head, body])
}

/** Blocks (GIF89a): of the extensions only delays and loops stay. */
function stripGif(file: Buffer): Buffer {
  const colours = (flags: number) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0)
  const start = 13 + colours(file.readUInt8(10))
  const parts = [file.subarray(0, start)]
  for (let at = start; ; ) {
    const kind = file.readUInt8(at)
    if (kind === 0x3b) return Buffer.concat([...parts, file.subarray(at, at + 1)])
    if (kind === 0x2c) {
      const end = endOfSubBlocks(file, at + 11 + colours(file.readUInt8(at + 9)))
      parts.push(file.subarray(at, end))
      at = end
    } else if (kind === 0x21) {
      const end = endOfSubBlocks(file, at + 2)
      const label = file.readUInt8(at + 1)
      const isLoop =
        label === 0xff && /^(?:NETSCAPE2\.0|ANIMEXTS1\.0)$/.test(file.toString('latin1', at + 3, at + 14))
      if (label === 0xf9 || isLoop) parts.push(file.subarray(at, end))
      at = end
    } else throw new RangeError('no block')
  }
}

function endOfSubBlocks(file: Buffer, from: number): number {
  let at = from
  for (let size = file.readUInt8(at); size !== 0; size = file.readUInt8(at)) at += 1 + size
  return at + 1
}
