import type { ImagesConfig } from '../settings-images.ts'
import type { BlobStore } from './blob-store.ts'
import { createImageFetcher, type ImageFetcher } from './fetch-image.ts'
import { createFileBlobs } from './file-blobs.ts'
import { createS3Blobs, createS3Objects, type S3Objects } from './s3-objects.ts'

/** Images as configured: where they are stored, and how they are fetched. */
export interface Images {
  readonly blobs: BlobStore
  readonly fetcher: ImageFetcher
  close(): void
}

export function openImages(config: ImagesConfig): Images {
  const { bytesMax, hosts, buckets } = config
  const objects = createS3Objects(config.s3Endpoint)
  const blobs = blobsOf(config, objects)
  const fetcher = createImageFetcher({ blobs, objects, hosts, buckets, bytesMax })
  return {
    blobs,
    fetcher,
    close() {
      fetcher.close()
      objects.close()
    },
  }
}

function blobsOf({ blobs, bytesMax }: ImagesConfig, objects: S3Objects): BlobStore {
  return blobs.store === 'file'
    ? createFileBlobs(blobs.folder, { bytesMax })
    : createS3Blobs(objects, { bucket: blobs.bucket, prefix: blobs.prefix, bytesMax })
}
