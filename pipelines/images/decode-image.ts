import sharp, { type Metadata } from 'sharp'
import type { Raster } from '../../processors/images/raster.ts'
import { NicrError } from '../../schemas/errors.ts'
import { type ImageType, imageTypeOf, mimeTypeOf } from './image-types.ts'

// Pictures are decoded beside each other, one to a thread; a cache of decoded ones would only hold memory.
sharp.concurrency(1)
sharp.cache(false)

/** What of an image file is decoded at most. */
export interface ImageLimits {
  readonly bytesMax: number
  /** Width × height of one frame. */
  readonly pixelsMax: number
  /** Frames of an animation that are looked at, spread over its length. */
  readonly framesMax: number
  /** The longest side that is handed on, in pixels: larger pictures are scaled down. */
  readonly sideMax: number
}

export interface DecodedImage {
  /** RGB; the first is the one shown first. */
  readonly frames: readonly Raster[]
  /** Media type by the file's content, whatever its name. */
  readonly mimeType: string
  /** As it is shown, before scaling. */
  readonly width: number
  readonly height: number
}

export const imageLimits: ImageLimits = {
  bytesMax: 10_000_000,
  pixelsMax: 40_000_000,
  framesMax: 3,
  sideMax: 1600,
}

/** A frame of an animation is decoded through all before it, so later ones than these are not looked at. */
const FRAMES_DECODED_MAX = 200
/** Of one frame; a file within the limits of bytes and pixels can still be made to take long. */
const DECODE_SECONDS_MAX = 15

/**
 * An image file as pixels: by its content, never by its name. A file that is cut off is unreadable, whatever of it could
 * be shown.
 * @param bytes JPEG, PNG, WebP, GIF or AVIF
 * @throws NicrError NICR_IMAGE_TOO_LARGE, NICR_IMAGE_TYPE_UNSUPPORTED, NICR_IMAGE_UNREADABLE, NICR_IMAGE_TIMEOUT
 */
export async function decodeImage(
  bytes: Uint8Array,
  limits: ImageLimits = imageLimits,
): Promise<DecodedImage> {
  if (bytes.length > limits.bytesMax)
    throw new NicrError(
      'NICR_IMAGE_TOO_LARGE',
      `the image has ${bytes.length} bytes; at most ${limits.bytesMax} are read (NICR_IMAGE_BYTES)`,
    )
  const type = imageTypeOf(bytes)
  try {
    const metadata = await sharp(bytes, inputOptions(limits, 0)).metadata()
    checkMetadata(metadata, type, limits)
    const frames: Raster[] = []
    for (const page of sampledPages(metadata, limits)) frames.push(await decodeFrame(bytes, page, limits))
    const { width, height } = metadata.autoOrient
    return { frames, mimeType: mimeTypeOf(type), width, height }
  } catch (cause) {
    throw cause instanceof NicrError ? cause : failureOf(cause as Error)
  }
}

const inputOptions = ({ pixelsMax }: ImageLimits, page: number) =>
  ({ limitInputPixels: pixelsMax, failOn: 'error', page, pages: 1 }) as const

/** What libvips opened must be what was sniffed, and no larger than the limits. */
function checkMetadata(
  { format, width, height }: Metadata,
  type: ImageType,
  { pixelsMax }: ImageLimits,
): void {
  if (format !== (type === 'avif' ? 'heif' : type))
    throw new NicrError('NICR_IMAGE_UNREADABLE', `the file begins as ${type} and goes on as ${format}`)
  if (width * height > pixelsMax)
    throw new NicrError(
      'NICR_IMAGE_TOO_LARGE',
      `the image has ${width} × ${height} pixels; at most ${pixelsMax} are read (NICR_IMAGE_PIXELS)`,
    )
}

/** Numbers of the frames to look at, from 0, spread over as much of the animation as may be decoded. */
function sampledPages({ pages = 1, width, height }: Metadata, limits: ImageLimits): number[] {
  const byPixels = Math.max(1, Math.floor(limits.pixelsMax / (width * height)))
  const reached = Math.min(pages, FRAMES_DECODED_MAX, byPixels)
  const count = Math.min(limits.framesMax, reached)
  return Array.from({ length: count }, (_, i) =>
    count === 1 ? 0 : Math.round((i * (reached - 1)) / (count - 1)),
  )
}

async function decodeFrame(bytes: Uint8Array, page: number, limits: ImageLimits): Promise<Raster> {
  const { data, info } = await sharp(bytes, inputOptions(limits, page))
    .timeout({ seconds: DECODE_SECONDS_MAX })
    .autoOrient()
    .flatten({ background: '#fff' })
    .toColourspace('srgb')
    .resize({ width: limits.sideMax, height: limits.sideMax, fit: 'inside', withoutEnlargement: true })
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
  const { width, height, channels } = info
  return { width, height, channels: 3, data: channels === 3 ? data : asRgb(data, channels) }
}

/** Grey pictures come with one channel. */
function asRgb(data: Uint8Array, channels: number): Uint8Array {
  const pixels = data.length / channels
  const rgb = new Uint8Array(pixels * 3)
  for (let i = 0; i < pixels; i++) rgb.fill(data[i * channels]!, i * 3, i * 3 + 3)
  return rgb
}

function failureOf(cause: Error): NicrError {
  const detail = cause.message.split('\n')[0]!
  if (/pixel limit/.test(detail))
    return new NicrError('NICR_IMAGE_TOO_LARGE', `${detail} (NICR_IMAGE_PIXELS)`, { cause })
  if (/^timeout/.test(detail))
    return new NicrError('NICR_IMAGE_TIMEOUT', `the image was not decoded in ${DECODE_SECONDS_MAX} s`, {
      cause,
    })
  return new NicrError('NICR_IMAGE_UNREADABLE', detail, { cause })
}
