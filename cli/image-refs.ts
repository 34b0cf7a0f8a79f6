import { readImageFile } from '../pipelines/images/image-file.ts'
import { imageTypeOf, mimeTypeOf } from '../pipelines/images/image-types.ts'
import { type Images, openImages } from '../pipelines/images/open-images.ts'
import { createStoredImages } from '../pipelines/images/stored-images.ts'
import { stripMetadata } from '../pipelines/images/strip-metadata.ts'
import type { ImagesConfig } from '../pipelines/settings-images.ts'
import { type ErrorCode, NicrError } from '../schemas/errors.ts'
import type { RecordOf } from '../schemas/topics.ts'
import type { Addresses } from './addresses.ts'

type ImageRecord = RecordOf<'content'>['images'][number]

/** Smaller images go into the record itself; larger ones would fill the topic. */
const INLINE_BYTES_MAX = 64 * 1024
const UPLOAD_MS = 60_000

/** Makes references of image files, as content names them. */
export interface ImageRefs {
  /** @throws NicrError NICR_IMAGE_*, NICR_FILE_UNREADABLE, NICR_BLOBS_UNAVAILABLE, or what the server refused with */
  refOf(path: string): Promise<ImageRecord>
  close(): void
}

/**
 * Small images become `data:`, others `blob:`: taken in by the server where one answers, else written into NICR_BLOBS from
 * here. Without their metadata either way.
 */
export function createImageRefs(
  config: ImagesConfig,
  { server, key }: Pick<Addresses, 'server' | 'key'>,
): ImageRefs {
  let images: Images | null = null
  let isServerAway = server === null || key === null

  async function upload(bytes: Uint8Array): Promise<ImageRecord> {
    if (!isServerAway) {
      const answer = await fetch(`${server}/v1/images`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/octet-stream' },
        body: bytes,
        signal: AbortSignal.timeout(UPLOAD_MS),
      }).catch(() => null)
      if (answer !== null) return recordOf(answer)
      isServerAway = true
    }
    images ??= openImages(config)
    const { ref, sha256, mimeType } = await createStoredImages({ ...images, limits: config }).put(bytes)
    return { ref, sha256, mimeType }
  }

  return {
    async refOf(path) {
      const bytes = await readImageFile(path, config.bytesMax)
      if (bytes.length > INLINE_BYTES_MAX) return upload(bytes)
      const stripped = await stripMetadata(bytes)
      const mimeType = mimeTypeOf(imageTypeOf(stripped))
      const ref = `data:${mimeType};base64,${Buffer.from(stripped).toString('base64')}`
      return { ref, sha256: null, mimeType }
    },
    close: () => images?.close(),
  }
}

interface Uploaded extends ImageRecord {
  readonly code?: ErrorCode
  readonly detail?: string
}

async function recordOf(answer: Response): Promise<ImageRecord> {
  const body = await answer.json().catch(() => null)
  if (body === null || typeof body !== 'object')
    throw new NicrError(
      'NICR_BLOBS_UNAVAILABLE',
      `${answer.url} is not Nicr’s server; set NICR_PORT and NICR_HOST`,
    )
  const { ref, sha256, mimeType, code = 'NICR_BLOBS_UNAVAILABLE', detail } = body as Uploaded
  if (!answer.ok) throw new NicrError(code, detail ?? `the server answered ${answer.status}`)
  return { ref, sha256, mimeType }
}
