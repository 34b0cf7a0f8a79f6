import { createHash } from 'node:crypto'
import { NicrError } from '../../schemas/errors.ts'

/**
 * Files of images by their content: the same bytes have the same name, so that storing them twice is storing them once.
 * Content names them `blob:<sha256>`.
 */
export interface BlobStore {
  /**
   * Stores the bytes, or renews their age where they are there already.
   * @returns their sha256, hex
   * @throws NicrError NICR_IMAGE_TOO_LARGE, NICR_BLOBS_UNAVAILABLE
   */
  put(bytes: Uint8Array, options?: BlobOptions): Promise<string>
  /**
   * @returns null where there is none of that name
   * @throws NicrError NICR_IMAGE_TOO_LARGE, NICR_IMAGE_REF_INVALID, NICR_BLOBS_UNAVAILABLE
   */
  get(sha256: string, options?: BlobOptions): Promise<Uint8Array | null>
  /**
   * Removes a file for good; one that is not there is no error.
   * @throws NicrError NICR_IMAGE_REF_INVALID, NICR_BLOBS_UNAVAILABLE
   */
  remove(sha256: string): Promise<void>
  /**
   * Removes what was last put before a moment (ms since the epoch), a bounded part of the store at a call; the next call
   * goes on from there. A store that ages its files itself removes nothing.
   * @returns how many were removed
   * @throws NicrError NICR_BLOBS_UNAVAILABLE
   */
  sweep(before: number): Promise<number>
}

export interface BlobOptions {
  readonly signal?: AbortSignal
}

const SHA256 = /^[0-9a-f]{64}$/

/** @throws NicrError NICR_IMAGE_REF_INVALID; the name becomes part of a path, so nothing else may pass */
export function checkSha256(name: string): void {
  if (!SHA256.test(name))
    throw new NicrError('NICR_IMAGE_REF_INVALID', 'a blob is named by its sha256: 64 hex digits, lower case')
}

/** @throws NicrError NICR_IMAGE_TOO_LARGE */
export function checkBytes(bytes: number, bytesMax: number): void {
  if (bytes > bytesMax)
    throw new NicrError(
      'NICR_IMAGE_TOO_LARGE',
      `the image has more than ${bytesMax} bytes (NICR_IMAGE_BYTES)`,
    )
}

/** Hex. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** What a store reports where it does not answer. */
export function blobsUnavailable(cause: unknown): NicrError {
  return new NicrError('NICR_BLOBS_UNAVAILABLE', (cause as Error).message, { cause })
}
