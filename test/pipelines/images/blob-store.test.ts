import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type BlobStore, sha256Of } from '../../../pipelines/images/blob-store.ts'
import { createFileBlobs } from '../../../pipelines/images/file-blobs.ts'
import { createS3Blobs, createS3Objects, type S3Objects } from '../../../pipelines/images/s3-objects.ts'
import { sweepDaily } from '../../../pipelines/images/sweep-blobs.ts'
import { type FakeS3, startFakeS3 } from '../../support/fake-s3.ts'
import { until } from '../../support/until.ts'

const BYTES_MAX = 1000
const picture = Buffer.from('the bytes of a picture')
const name = sha256Of(picture)

let folder: string
let s3: FakeS3
let objects: S3Objects
const environment = { ...process.env }
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nicr-blobs-'))
  s3 = await startFakeS3(['pictures'])
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'eu-west-1',
  })
  objects = createS3Objects(s3.url)
})
afterAll(async () => {
  objects.close()
  await s3.close()
  await rm(folder, { recursive: true })
  process.env = environment
})
afterEach(async () => {
  s3.objects.clear()
  await rm(join(folder, 'blobs'), { recursive: true, force: true })
})

const fileStore = () => createFileBlobs(join(folder, 'blobs'), { bytesMax: BYTES_MAX })
const s3Store = () => createS3Blobs(objects, { bucket: 'pictures', prefix: 'nicr/', bytesMax: BYTES_MAX })

describe.each<[string, () => BlobStore, (bytes: Buffer) => Promise<unknown>]>([
  ['file', fileStore, async bytes => write(pathOf(name), bytes)],
  ['s3', s3Store, async bytes => s3.objects.set(`pictures/nicr/${name}`, bytes)],
])('a blob store: %s', (_name, open, plant) => {
  it('gives back what was put, by its sha256', async () => {
    const store = open()
    expect(await store.put(picture)).toBe(name)
    expect(await store.put(picture)).toBe(name)
    expect(Buffer.from((await store.get(name))!)).toEqual(picture)
  })

  it('has nothing of a name that was not put', async () => {
    expect(await open().get(sha256Of(Buffer.from('another')))).toBeNull()
  })

  it('removes what it is told to and no more; what is not there is no error', async () => {
    const store = open()
    const other = await store.put(Buffer.from('another picture'))
    await store.put(picture)
    await store.remove(name)
    await store.remove(name)
    expect(await store.get(name)).toBeNull()
    expect(await store.get(other)).not.toBeNull()
    await expect(store.remove('../../etc/passwd')).rejects.toMatchObject({ code: 'NICR_IMAGE_REF_INVALID' })
  })

  it.each(['', '../../etc/passwd', name.toUpperCase(), `${name}/..`])(
    'takes no name such as %j',
    async other => {
      await expect(open().get(other)).rejects.toMatchObject({ code: 'NICR_IMAGE_REF_INVALID' })
    },
  )

  it('neither takes nor gives more bytes than the limit', async () => {
    const large = Buffer.alloc(BYTES_MAX + 1)
    await expect(open().put(large)).rejects.toMatchObject({ code: 'NICR_IMAGE_TOO_LARGE' })
    await plant(large)
    await expect(open().get(name)).rejects.toMatchObject({ code: 'NICR_IMAGE_TOO_LARGE' })
  })
})

describe('the file store', () => {
  it('mends a file that a crash left short, and leaves nothing beside it', async () => {
    await write(pathOf(name), picture.subarray(0, 3))
    await fileStore().put(picture)
    expect(Buffer.from((await fileStore().get(name))!)).toEqual(picture)
    expect(await readdir(join(folder, 'blobs', 'underway'))).toEqual([])
  })

  it('sweeps what is old, not what was put again, and what crashes left', async () => {
    const store = fileStore()
    const kept = Buffer.from('kept')
    const left = join(folder, 'blobs', 'underway', 'left')
    await write(left, picture)
    for (const bytes of [picture, kept]) await age(pathOf(await store.put(bytes)))
    await age(left)
    await store.put(kept)
    expect(await store.sweep(Date.now() - 60_000)).toBe(2)
    expect(await store.get(name)).toBeNull()
    expect(await store.get(sha256Of(kept))).not.toBeNull()
    expect(await readdir(join(folder, 'blobs', 'underway'))).toEqual([])
  })

  it('looks at a bounded number in a sweep and goes on in the next', async () => {
    const store = createFileBlobs(join(folder, 'blobs'), { bytesMax: BYTES_MAX, sweepFilesMax: 5 })
    for (let i = 0; i < 20; i++) await age(pathOf(await store.put(Buffer.from(String(i)))))
    const first = await store.sweep(Date.now() - 60_000)
    expect(first).toBeGreaterThanOrEqual(5)
    expect(first).toBeLessThan(20)
    let removed = first
    for (let i = 0; i < 10; i++) removed += await store.sweep(Date.now() - 60_000)
    expect(removed).toBe(20)
  })

  it('renews the age of what is put again', async () => {
    const path = pathOf(await fileStore().put(picture))
    await age(path)
    await fileStore().put(picture)
    expect((await stat(path)).mtimeMs).toBeGreaterThan(Date.now() - 60_000)
  })

  it('says that it is away where its folder cannot be used', async () => {
    await write(join(folder, 'a-file'), picture)
    const store = createFileBlobs(join(folder, 'a-file'), { bytesMax: BYTES_MAX })
    await expect(store.put(picture)).rejects.toMatchObject({ code: 'NICR_BLOBS_UNAVAILABLE' })
  })
})

describe('the S3 store', () => {
  it('writes anew what is put again, so that lifecycle rules see it young', async () => {
    s3.requests.length = 0
    await s3Store().put(picture)
    await s3Store().put(picture)
    expect(s3.requests).toEqual([`PUT pictures/nicr/${name}`, `PUT pictures/nicr/${name}`])
  })

  it('says that it is away when the server fails, and when the bucket is not there', async () => {
    s3.failWith = 503
    await expect(s3Store().get(name)).rejects.toMatchObject({ code: 'NICR_BLOBS_UNAVAILABLE' })
    await expect(s3Store().remove(name)).rejects.toMatchObject({ code: 'NICR_BLOBS_UNAVAILABLE' })
    s3.failWith = null
    const elsewhere = createS3Blobs(objects, { bucket: 'other', prefix: '', bytesMax: BYTES_MAX })
    await expect(elsewhere.get(name)).rejects.toMatchObject({ code: 'NICR_BLOBS_UNAVAILABLE' })
    await expect(elsewhere.remove(name)).rejects.toMatchObject({ code: 'NICR_BLOBS_UNAVAILABLE' })
  })
})

it('sweeps at once, with the age that is kept, and says what failed', async () => {
  const said: unknown[] = []
  const sweep = async (before: number) => before
  const onSwept = (removed: number, error?: unknown) => said.push(error ?? removed)
  sweepDaily({ sweep }, { ageMs: 10, now: () => 100, onSwept })()
  await until('the sweep is said', () => said.length === 1)
  sweepDaily({ sweep: () => Promise.reject('away') }, { ageMs: 10, now: () => 100, onSwept })()
  await until('the failure is said', () => said.length === 2)
  expect(said).toEqual([90, 'away'])
})

function pathOf(sha256: string): string {
  return join(folder, 'blobs', sha256.slice(0, 2), sha256)
}

async function write(path: string, bytes: Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, bytes)
}

async function age(path: string): Promise<void> {
  await utimes(path, new Date(0), new Date(0))
}
