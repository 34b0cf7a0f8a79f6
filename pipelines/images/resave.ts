import sharp from 'sharp'
import type { Raster } from '../../processors/images/raster.ts'
import { decodeImage } from './decode-image.ts'

/** How a picture is saved anew. */
export interface Resaving {
  /** Pixels. */
  readonly width: number
  readonly height: number
  /** How sizes are changed. */
  readonly kernel: 'linear' | 'cubic' | 'mitchell' | 'lanczos2' | 'lanczos3'
  /** Of JPEG, 1–100; null: saved as PNG, without loss. */
  readonly quality: number | null
  /** Whether JPEG keeps the colour of each pixel, or of four together. */
  readonly isFullColour: boolean
}

/** The picture as the file shows it that was saved so. */
export async function resave(image: Raster, resaving: Resaving): Promise<Raster> {
  const { width, height, channels, data } = image
  const { kernel, quality, isFullColour } = resaving
  const scaled = sharp(data, { raw: { width, height, channels } }).resize(resaving.width, resaving.height, {
    fit: 'fill',
    kernel,
  })
  const saved =
    quality === null
      ? scaled.png()
      : scaled.jpeg({ quality, chromaSubsampling: isFullColour ? '4:4:4' : '4:2:0' })
  return (await decodeImage(await saved.toBuffer())).frames[0]!
}
