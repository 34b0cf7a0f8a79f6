import sharp from 'sharp'
import type { BlobStore } from './blob-store.ts'
import { decodeImage, type ImageLimits, imageLimits } from './decode-image.ts'
import type { ImageFetcher, ImageRef } from './fetch-image.ts'
import { stripMetadata } from './strip-metadata.ts'

/** An image in the store. */
export interface StoredImage {
  /** `blob:<sha256>`: how content names it. */
  readonly ref: string
  /** Of what is stored: the file that came, without its metadata. */
  readonly sha256: string
  readonly mimeType: string
  /** Pixels, as it is shown. */
  readonly width: number
  readonly height: number
}

/** Images for people and platforms: taken in, and shown again. */
export interface StoredImages {
  /**
   * Takes an image in, without its metadata. The same file again is the same image.
   * @throws NicrError NICR_IMAGE_* as `decodeImage`, NICR_BLOBS_UNAVAILABLE
   */
  put(bytes: Uint8Array): Promise<StoredImage>
  /**
   * The first frame of any image that content names, as a JPEG to look at: no larger than `PREVIEW_SIDE_MAX`, on white,
   * without metadata. What is shown was decoded and written here, so nothing of the file itself reaches a browser.
   * @throws NicrError NICR_IMAGE_* as `fetch` and `decodeImage`, NICR_BLOBS_UNAVAILABLE
   */
  preview(image: ImageRef): Promise<Uint8Array>
}

/** Longest side, in pixels. */
const PREVIEW_SIDE_MAX = 1024
const PREVIEW_QUALITY = 85

export function createStoredImages(parts: {
  readonly blobs: BlobStore
  readonly fetcher: ImageFetcher
  readonly limits: { readonly bytesMax: number; readonly pixelsMax: number }
}): StoredImages {
  const limits: ImageLimits = { ...imageLimits, ...parts.limits, framesMax: 1, sideMax: PREVIEW_SIDE_MAX }
  return {
    async put(bytes) {
      // Decoded as it came: what cannot be looked at is not stored.
      const { width, height } = await decodeImage(bytes, limits)
      const stored = await stripMetadata(bytes)
      const { mimeType } = await decodeImage(stored, limits)
      const sha256 = await parts.blobs.put(stored)
      return { ref: `blob:${sha256}`, sha256, mimeType, width, height }
    },
    async preview(image) {
      const { frames } = await decodeImage(await parts.fetcher.fetch(image), limits)
      const { data, width, height, channels } = frames[0]!
      return sharp(data, { raw: { width, height, channels } }).jpeg({ quality: PREVIEW_QUALITY }).toBuffer()
    },
  }
}
