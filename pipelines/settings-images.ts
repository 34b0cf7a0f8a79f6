import { isAbsolute, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Value } from './setting.ts'
import type { SettingName } from './settings.ts'

/** Where images lie, where they may be fetched from, and how large they may be. */
export interface ImagesConfig {
  readonly blobs: BlobsConfig
  /** null: AWS itself. */
  readonly s3Endpoint: string | null
  /** Lower case: `host`, `*.host`, either with `:port` where that is not 443. */
  readonly hosts: readonly string[]
  readonly buckets: readonly string[]
  readonly bytesMax: number
  readonly pixelsMax: number
  /** Threads that look at pictures; null: half of the machine's. */
  readonly threads: number | null
  /** For reading one picture, in ms. */
  readonly deadlineMs: number
}

export type BlobsConfig =
  | { readonly store: 'file'; readonly folder: string }
  | {
      readonly store: 's3'
      readonly bucket: string
      /** Empty, or with a slash at its end. */
      readonly prefix: string
    }

type Values = Readonly<Record<SettingName, Value>>

const HOST = /^(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?::\d{1,5})?$/

/** What does not hold among the settings of images. */
export function imageProblems(v: Values): string[] {
  const problems: string[] = []
  const blobs = v.NICR_BLOBS as string | null
  if (blobs !== null && parseBlobs(blobs) === null)
    problems.push(`NICR_BLOBS takes file:///path or s3://bucket/prefix, not ${blobs}`)
  for (const host of listOf(v.NICR_IMAGE_HOSTS))
    if (!HOST.test(host.toLowerCase()))
      problems.push(`NICR_IMAGE_HOSTS takes hosts such as cdn.example.org or *.example.org, not ${host}`)
  for (const bucket of listOf(v.NICR_IMAGE_BUCKETS))
    if (!BUCKET.test(bucket)) problems.push(`NICR_IMAGE_BUCKETS takes names of buckets, not ${bucket}`)
  return problems
}

/** The part of the configuration; images lie in `dataDir` unless told otherwise. */
export function imagesOf(v: Values, dataDir: string): ImagesConfig {
  const blobs = (v.NICR_BLOBS as string | null) ?? pathToFileURL(join(dataDir, 'blobs')).href
  return {
    // `imageProblems` has refused what cannot be parsed.
    blobs: parseBlobs(blobs)!,
    s3Endpoint: v.NICR_S3_ENDPOINT as string | null,
    hosts: listOf(v.NICR_IMAGE_HOSTS).map(host => host.toLowerCase()),
    buckets: listOf(v.NICR_IMAGE_BUCKETS),
    bytesMax: v.NICR_IMAGE_BYTES as number,
    pixelsMax: v.NICR_IMAGE_PIXELS as number,
    threads: v.NICR_IMAGE_THREADS as number | null,
    deadlineMs: v.NICR_IMAGE_DEADLINE as number,
  }
}

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/

function parseBlobs(text: string): BlobsConfig | null {
  const [, bucket, path = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/.exec(text) ?? []
  if (bucket !== undefined) {
    if (!BUCKET.test(bucket)) return null
    const prefix = path.replace(/\/+$/, '')
    return { store: 's3', bucket, prefix: prefix === '' ? '' : `${prefix}/` }
  }
  if (!text.startsWith('file:///') || !URL.canParse(text)) return null
  const folder = fileURLToPath(text)
  return isAbsolute(folder) ? { store: 'file', folder } : null
}

function listOf(value: Value): readonly string[] {
  return (value as readonly string[] | null) ?? []
}
