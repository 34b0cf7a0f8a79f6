import { setTimeout as wait } from 'node:timers/promises'
import { NicrError } from '../../schemas/errors.ts'
import { type BlobStore, checkBytes, sha256Of } from './blob-store.ts'
import { bytesOfDataUrl } from './data-url.ts'
import { createHttpsFetcher, internet, type Network } from './fetch-https.ts'
import type { S3Objects } from './s3-objects.ts'
import { isTransient } from './transient-error.ts'

/** An image as content names it. */
export interface ImageRef {
  /** `blob:<sha256>`, `https:`, `s3://bucket/key` or `data:`. */
  readonly ref: string
  /** Hex; what the file must be. */
  readonly sha256?: string | null
  /** As the platform says; nothing goes by it. */
  readonly mimeType?: string | null
}

export interface ImageFetcher {
  /**
   * The file of an image, within bounds of bytes and time. What may pass is tried again; whether a failure is worth
   * another try later, `isTransient` says.
   * @throws NicrError NICR_IMAGE_REF_INVALID, NICR_IMAGE_NOT_FOUND, NICR_IMAGE_HOST_REFUSED, NICR_IMAGE_FETCH_FAILED,
   *   NICR_IMAGE_TIMEOUT, NICR_IMAGE_TOO_LARGE, NICR_IMAGE_DIGEST_MISMATCH, NICR_BLOBS_UNAVAILABLE; the reason of the
   *   caller’s signal once that is aborted
   */
  fetch(image: ImageRef, options?: { readonly signal?: AbortSignal }): Promise<Uint8Array>
  close(): void
}

export interface FetcherParts {
  readonly blobs: BlobStore
  readonly objects: S3Objects
  readonly hosts: readonly string[]
  readonly buckets: readonly string[]
  readonly bytesMax: number
  /** For one image in all: redirects, tries and pauses. */
  readonly timeoutMs?: number
  /** 0 to below 1. */
  readonly random?: () => number
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<unknown>
  /** The internet unless given; tests give another. */
  readonly network?: Network
}

const TIMEOUT_MS = 10_000
const TRIES_MAX = 3
const PAUSE_MS = 250

/** Fetches images by reference, each kind from where the settings allow. */
export function createImageFetcher(parts: FetcherParts): ImageFetcher {
  const { bytesMax, timeoutMs = TIMEOUT_MS, random = Math.random, network = internet } = parts
  const pause = parts.pause ?? ((ms, signal) => wait(ms, undefined, { signal }))
  const https = createHttpsFetcher({ hosts: parts.hosts, bytesMax, network })

  async function once(ref: string, signal: AbortSignal): Promise<Uint8Array> {
    const scheme = /^[a-z0-9]+:/i.exec(ref)?.[0].toLowerCase()
    switch (scheme) {
      case 'blob:':
        return found(await parts.blobs.get(ref.slice('blob:'.length), { signal }))
      case 'https:':
        return https.fetch(ref, signal)
      case 's3:':
        return fetchObject(ref, signal)
      case 'data:':
        return bytesOfDataUrl(ref, bytesMax)
      default:
        throw new NicrError(
          'NICR_IMAGE_REF_INVALID',
          'the reference of an image is none of blob:, https:, s3: and data:',
        )
    }
  }

  async function fetchObject(ref: string, signal: AbortSignal): Promise<Uint8Array> {
    const [, bucket, key] = /^s3:\/\/([^/]+)\/(.{1,1024})$/i.exec(ref) ?? []
    if (bucket === undefined || key === undefined)
      throw new NicrError('NICR_IMAGE_REF_INVALID', 'the reference of an image is not s3://bucket/key')
    if (!parts.buckets.includes(bucket))
      throw new NicrError('NICR_IMAGE_HOST_REFUSED', `the bucket ${bucket} is not in NICR_IMAGE_BUCKETS`)
    return found(await parts.objects.read(bucket, key, { bytesMax, signal }))
  }

  async function withTries(ref: string, signal: AbortSignal): Promise<Uint8Array> {
    for (let tries = 1; ; tries++) {
      try {
        return await once(ref, signal)
      } catch (error) {
        if (signal.aborted || !isTransient(error) || tries === TRIES_MAX) throw error
        await pause(PAUSE_MS * 2 ** (tries - 1) * (0.5 + random()), signal)
      }
    }
  }

  return {
    async fetch({ ref, sha256 = null }, { signal } = {}) {
      const timeout = new AbortController()
      const timer = setTimeout(() => timeout.abort(), timeoutMs)
      try {
        const all = signal === undefined ? timeout.signal : AbortSignal.any([signal, timeout.signal])
        const bytes = await withTries(ref, all)
        checkBytes(bytes.length, bytesMax)
        checkDigest(bytes, ref, sha256)
        return bytes
      } catch (error) {
        if (signal?.aborted === true) throw signal.reason
        if (timeout.signal.aborted && (!(error instanceof NicrError) || isTransient(error)))
          throw new NicrError('NICR_IMAGE_TIMEOUT', `the image did not arrive in ${timeoutMs} ms`, {
            cause: error,
          })
        throw error
      } finally {
        clearTimeout(timer)
      }
    },
    close: () => https.close(),
  }
}

function found(bytes: Uint8Array | null): Uint8Array {
  if (bytes === null) throw new NicrError('NICR_IMAGE_NOT_FOUND', 'the store has no image of that name')
  return bytes
}

/** A blob’s name is its digest, so a file that was damaged is found out. */
function checkDigest(bytes: Uint8Array, ref: string, stated: string | null): void {
  const names = [/^blob:(.*)$/i.exec(ref)?.[1], stated ?? undefined].filter(name => name !== undefined)
  if (names.length === 0) return
  const sha256 = sha256Of(bytes)
  const wrong = names.find(name => name.toLowerCase() !== sha256)
  if (wrong !== undefined)
    throw new NicrError('NICR_IMAGE_DIGEST_MISMATCH', `the image’s sha256 is ${sha256}, not ${wrong}`)
}
