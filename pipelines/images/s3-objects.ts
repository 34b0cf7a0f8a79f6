import type { S3Client } from '@aws-sdk/client-s3'
import { NicrError } from '../../schemas/errors.ts'
import { type BlobStore, blobsUnavailable, checkBytes, checkSha256, sha256Of } from './blob-store.ts'

type Sdk = typeof import('@aws-sdk/client-s3')

const CONNECT_MS = 3_000
const REQUEST_MS = 15_000
/** Tries of one request, by the SDK. */
const ATTEMPTS_MAX = 3

/** Objects of S3, or of a server that speaks it. Region and credentials are those of the SDK's usual environment. */
export interface S3Objects {
  /**
   * @returns null where there is none
   * @throws NicrError NICR_IMAGE_TOO_LARGE, NICR_BLOBS_UNAVAILABLE
   */
  read(bucket: string, key: string, options: ReadOptions): Promise<Uint8Array | null>
  /** @throws NicrError NICR_BLOBS_UNAVAILABLE */
  write(
    bucket: string,
    key: string,
    bytes: Uint8Array,
    options: { readonly signal?: AbortSignal },
  ): Promise<void>
  /** One that is not there is no error. @throws NicrError NICR_BLOBS_UNAVAILABLE */
  remove(bucket: string, key: string): Promise<void>
  close(): void
}

interface ReadOptions {
  readonly bytesMax: number
  readonly signal?: AbortSignal
}

/** @param endpoint a server that speaks S3, with buckets in the path; null: AWS */
export function createS3Objects(endpoint: string | null): S3Objects {
  // Loaded by the first object that is asked for: most Nicrs have none, and the SDK is large.
  let opened: Promise<{ readonly sdk: Sdk; readonly client: S3Client }> | null = null
  const open = () => {
    opened ??= import('@aws-sdk/client-s3').then(sdk => ({ sdk, client: createClient(sdk, endpoint) }))
    return opened
  }
  return {
    async read(bucket, key, { bytesMax, signal }) {
      const { sdk, client } = await open()
      try {
        const { Body, ContentLength } = await client.send(
          new sdk.GetObjectCommand({ Bucket: bucket, Key: key }),
          signal === undefined ? {} : { abortSignal: signal },
        )
        if (Body === undefined) return new Uint8Array(0)
        const body = Body as AsyncIterable<Uint8Array> & { destroy(): void }
        try {
          checkBytes(ContentLength ?? 0, bytesMax)
          return await collect(body, bytesMax)
        } finally {
          // Frees the connection of an object that was not read to its end.
          body.destroy()
        }
      } catch (error) {
        if (error instanceof NicrError) throw error
        if (isMissing(error, sdk)) return null
        throw blobsUnavailable(error)
      }
    },
    async write(bucket, key, bytes, { signal }) {
      const { sdk, client } = await open()
      try {
        await client.send(
          new sdk.PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes, ContentLength: bytes.length }),
          signal === undefined ? {} : { abortSignal: signal },
        )
      } catch (error) {
        throw blobsUnavailable(error)
      }
    },
    async remove(bucket, key) {
      const { sdk, client } = await open()
      try {
        await client.send(new sdk.DeleteObjectCommand({ Bucket: bucket, Key: key }))
      } catch (error) {
        if (!isMissing(error, sdk)) throw blobsUnavailable(error)
      }
    },
    close: () => void opened?.then(({ client }) => client.destroy()),
  }
}

function createClient({ S3Client }: Sdk, endpoint: string | null): S3Client {
  return new S3Client({
    ...(endpoint === null ? {} : { endpoint, forcePathStyle: true }),
    maxAttempts: ATTEMPTS_MAX,
    // Servers that speak S3 do not all know the newer checksums; names are digests already.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: REQUEST_MS,
      throwOnRequestTimeout: true,
    },
  })
}

/** A blob store in a bucket: `<prefix><sha256>`. A lifecycle rule of the bucket ages what is not put again. */
export function createS3Blobs(
  objects: S3Objects,
  {
    bucket,
    prefix,
    bytesMax,
  }: { readonly bucket: string; readonly prefix: string; readonly bytesMax: number },
): BlobStore {
  return {
    async put(bytes, { signal } = {}) {
      checkBytes(bytes.length, bytesMax)
      const sha256 = sha256Of(bytes)
      // Written anew where it is there already: that renews its age, by which lifecycle rules go.
      await objects.write(bucket, prefix + sha256, bytes, signal === undefined ? {} : { signal })
      return sha256
    },
    async get(sha256, { signal } = {}) {
      checkSha256(sha256)
      return objects.read(bucket, prefix + sha256, { bytesMax, ...(signal === undefined ? {} : { signal }) })
    },
    async remove(sha256) {
      checkSha256(sha256)
      await objects.remove(bucket, prefix + sha256)
    },
    sweep: async () => 0,
  }
}

async function collect(body: AsyncIterable<Uint8Array>, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    checkBytes(bytes, bytesMax)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** A bucket that is not there is a mistake of the configuration, not a missing object. */
function isMissing(error: unknown, { S3ServiceException }: Sdk): boolean {
  if (!(error instanceof S3ServiceException)) return false
  return (
    error.name === 'NoSuchKey' || (error.$metadata.httpStatusCode === 404 && error.name !== 'NoSuchBucket')
  )
}
