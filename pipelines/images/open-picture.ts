import type { LogoProblem, LogoTemplate } from '../../processors/images/logo-template.ts'
import { hashPicture } from '../../processors/images/picture-hash.ts'
import type { Box } from '../../processors/images/raster.ts'
import { isUnavailable, NicrError } from '../../schemas/errors.ts'
import type { HeldImage } from '../kind-input.ts'
import { sha256Of } from './blob-store.ts'
import { decodeImage, type ImageLimits } from './decode-image.ts'
import type { ImageFetcher } from './fetch-image.ts'

/** A picture that was fetched and decoded, as the bank packs it. Of an animation the first frame. */
export interface OpenedPicture {
  /** Of the file, hex. */
  readonly sha256: string
  /** Of `hashPicture`: empty where it gives none. */
  hash(): Uint8Array
  /** Of `logoTemplate`; null where this process makes none. */
  template(box: Box): Uint8Array | LogoProblem | null
}

/**
 * Fetches and decodes a picture; null where it cannot be, which is said.
 * @throws NicrError (the promise rejects with) NICR_BLOBS_UNAVAILABLE: the same may be tried again
 */
export type OpenPicture = (image: HeldImage) => Promise<OpenedPicture | null>

export interface PictureOpenerParts {
  readonly fetcher: Pick<ImageFetcher, 'fetch'>
  readonly limits: ImageLimits
  /** Marked logos make no entry unless given. */
  readonly template?: LogoTemplate
  /** Told of each picture that could not be fetched or decoded. */
  readonly onFailed: (image: HeldImage, failure: NicrError) => void
}

/** The picture is decoded as it is for scoring, so that their hashes are alike. */
export function createPictureOpener({
  fetcher,
  limits,
  template,
  onFailed,
}: PictureOpenerParts): OpenPicture {
  return async image => {
    try {
      const bytes = await fetcher.fetch(image)
      const { frames } = await decodeImage(bytes, { ...limits, framesMax: 1 })
      const [first] = frames
      return {
        sha256: sha256Of(bytes),
        hash: () => hashPicture(first!),
        template: box => template?.(first!, box) ?? null,
      }
    } catch (error) {
      if (!(error instanceof NicrError) || isUnavailable(error)) throw error
      onFailed(image, error)
      return null
    }
  }
}
