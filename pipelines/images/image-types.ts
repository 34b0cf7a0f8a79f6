import { NicrError } from '../../schemas/errors.ts'

/** Types of images that are read, as sharp names them. */
export type ImageType = 'jpeg' | 'png' | 'webp' | 'gif' | 'avif'

export const mimeTypeOf = (type: ImageType): string => `image/${type}`

/**
 * The type of a file by its first bytes, whatever its name. Other types never reach their decoders: SVG can name other
 * files, TIFF and PDF are containers of many things.
 * @throws NicrError NICR_IMAGE_UNREADABLE where it is empty or no image that is known, NICR_IMAGE_TYPE_UNSUPPORTED where
 *   it is one of a type that is not read
 */
export function imageTypeOf(bytes: Uint8Array): ImageType {
  if (bytes.length === 0) throw new NicrError('NICR_IMAGE_UNREADABLE', 'the file is empty')
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, HEAD_BYTES)).toString(
    'latin1',
  )
  const type = readTypes.find(([, sign]) => bears(head, sign))?.[0]
  if (type !== undefined) return type
  const other = otherTypes.find(([, sign]) => bears(head, sign))?.[0]
  if (other !== undefined)
    throw new NicrError('NICR_IMAGE_TYPE_UNSUPPORTED', `the file is ${other}; send ${READ_TYPES}`)
  throw new NicrError('NICR_IMAGE_UNREADABLE', `the file is no image; send ${READ_TYPES}`)
}

const READ_TYPES = 'JPEG, PNG, WebP, GIF or AVIF'
/** Enough for the brands of an AVIF and for what stands before an SVG’s first tag. */
const HEAD_BYTES = 1024

/** What files of a type begin with, or what their beginning matches; each character is a byte. */
type Sign = string | RegExp

function bears(head: string, sign: Sign): boolean {
  return typeof sign === 'string' ? head.startsWith(sign) : sign.test(head)
}

const readTypes: readonly (readonly [ImageType, Sign])[] = [
  ['jpeg', '\xff\xd8\xff'],
  ['png', '\x89PNG\r\n\x1a\n'],
  ['gif', /^GIF8[79]a/],
  ['webp', /^RIFF.{4}WEBP/s],
  // The brand, or one of those it is compatible with, in the file’s first box.
  ['avif', /^.{4}ftyp(?:avi[fs]|.{8}(?:.{4}){0,15}?avi[fs])/s],
]

const otherTypes: readonly (readonly [string, Sign])[] = [
  ['SVG or another XML', /^(?:\xef\xbb\xbf)?\s*<(?:\?xml|!--|!doctype|svg|[a-z]+:svg)/i],
  ['SVG', /<svg[\s>]/i],
  ['compressed (gzip)', '\x1f\x8b'],
  ['TIFF', /^(?:II[*+]\0|MM\0[*+])/],
  ['PDF', '%PDF'],
  ['BMP', /^BM.{12}/s],
  ['an icon', '\0\0\x01\0'],
  ['an icon', '\0\0\x02\0'],
  ['HEIC or a film', /^.{4}ftyp/s],
  ['JPEG XL', '\xff\x0a'],
  ['JPEG XL', '\0\0\0\x0cJXL '],
  ['JPEG 2000', '\0\0\0\x0cjP  '],
  ['JPEG 2000', '\xff\x4f\xff\x51'],
  ['Photoshop', '8BPS'],
]
