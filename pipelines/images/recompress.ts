import sharp from 'sharp'
import type { Raster } from '../../processors/images/raster.ts'
import { decodeImage } from './decode-image.ts'

/** The picture as JPEG of this quality (1–100) shows it. */
export async function recompress(image: Raster, quality: number): Promise<Raster> {
  const { width, height, channels, data } = image
  const bytes = await sharp(data, { raw: { width, height, channels } }).jpeg({ quality }).toBuffer()
  return (await decodeImage(bytes)).frames[0]!
}
