import sharp from 'sharp'
import type { Raster } from '../../processors/images/raster.ts'
import { NicrError } from '../../schemas/errors.ts'

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

/** @throws NicrError NICR_IMAGE_UNREADABLE */
export async function decodeImage(
  bytes: Uint8Array,
  limits: ImageLimits = imageLimits,
): Promise<DecodedImage> {
  try {
    const image = sharp(bytes, { limitInputPixels: limits.pixelsMax, failOn: 'error' })
    const { width, height, format } = await image.metadata()
    const { data, info } = await image
      .autoOrient()
      .flatten({ background: '#fff' })
      .toColourspace('srgb')
      .resize({ width: limits.sideMax, height: limits.sideMax, fit: 'inside', withoutEnlargement: true })
      .raw()
      .toBuffer({ resolveWithObject: true })
    const frame: Raster = { width: info.width, height: info.height, channels: 3, data }
    return { frames: [frame], mimeType: `image/${format}`, width, height }
  } catch (cause) {
    throw new NicrError('NICR_IMAGE_UNREADABLE', (cause as Error).message, { cause })
  }
}
